//! STUN binding messages as ICE uses them (RFC 8489, RFC 8445). The HMAC is handed in: this crate knows no cryptography.

mod crc32;
mod message;
mod writer;

pub use message::{Message, UNKNOWN_ATTRIBUTES_MAX, local_ufrag};
pub use writer::Writer;

/// RFC 8489 section 5.
pub const MAGIC_COOKIE: u32 = 0x2112_a442;

/// Bytes of the message header.
pub const HEADER_LEN: usize = 20;

/// Bytes of a MESSAGE-INTEGRITY value.
pub const INTEGRITY_LEN: usize = 20;

/// XORed onto the CRC, so that a FINGERPRINT differs from other checksums (RFC 8489 section 14.7).
const FINGERPRINT_XOR: u32 = 0x5354_554e;

/// Identifies a request and its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TransactionId(pub [u8; 12]);

/// RFC 8489 section 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Wants an answer.
    Request,
    /// Wants none; keeps a NAT open.
    Indication,
    /// Yes.
    Success,
    /// No, with an ERROR-CODE.
    Error,
}

/// The only method that ICE has.
pub const METHOD_BINDING: u16 = 1;

/// A short-term credential: HMAC-SHA1 keyed with the ICE password (RFC 8489 section 14.5).
pub trait IntegrityKey {
    /// HMAC-SHA1 over the parts, one after another.
    fn tag(&self, parts: &[&[u8]]) -> [u8; INTEGRITY_LEN];
}

/// Attribute types (RFC 8489 section 18.3, RFC 8445 section 16.1).
mod attribute {
    pub const USERNAME: u16 = 0x0006;
    pub const MESSAGE_INTEGRITY: u16 = 0x0008;
    pub const ERROR_CODE: u16 = 0x0009;
    pub const UNKNOWN_ATTRIBUTES: u16 = 0x000a;
    pub const XOR_MAPPED_ADDRESS: u16 = 0x0020;
    pub const PRIORITY: u16 = 0x0024;
    pub const USE_CANDIDATE: u16 = 0x0025;
    pub const FINGERPRINT: u16 = 0x8028;
    pub const ICE_CONTROLLED: u16 = 0x8029;
    pub const ICE_CONTROLLING: u16 = 0x802a;
}
