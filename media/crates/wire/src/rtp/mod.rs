//! RTP (RFC 3550): reading headers where they lie, writing our own, header extensions, retransmission.

pub mod extension;
mod header;
pub mod rtx;
mod writer;

pub use extension::{Extensions, HeaderExtension};
pub use header::{Csrcs, ExtensionBlock, FIXED_HEADER_LEN, Header, VERSION_2};
pub use writer::HeaderSpec;
