//! Bytes to types and back: RTP, RTCP, STUN, header extensions, codec peeks.
//!
//! Everything here is a total function over foreign bytes: it borrows, bounds and answers, or says [`Malformed`]. Nothing
//! panics, allocates on the way of a packet, knows the time or remembers a packet. What is implemented, and what is left
//! out and why, stands in `docs/rfc.md`.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod bytes;
pub mod codec;
pub mod demux;
mod error;
pub mod number;
pub mod rtcp;
pub mod rtp;
pub mod stun;

pub use demux::{DatagramKind, demux};
pub use error::{Malformed, Unwritable};
pub use number::{ExtSeq, RtpTime, SeqNo, SeqUnwrapper, Ssrc};
