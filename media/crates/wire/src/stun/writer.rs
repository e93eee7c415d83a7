//! Writing a STUN message to the end of the outgoing buffer.

use std::net::{IpAddr, SocketAddr};

use super::crc32::crc32;
use super::{
    Class, FINGERPRINT_XOR, HEADER_LEN, INTEGRITY_LEN, IntegrityKey, MAGIC_COOKIE, TransactionId,
    attribute,
};

/// Longest reason phrase written (RFC 8489 section 14.8 allows 127 characters).
const REASON_LEN_MAX: usize = 127;

/// A message under way, worth nothing before it is finished. Attributes come in the order of the calls; [`Writer::finish`] closes it.
#[must_use]
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    transaction: TransactionId,
}

impl<'a> Writer<'a> {
    /// Begins a message behind what `out` holds.
    pub fn new(
        class: Class,
        method: u16,
        transaction: TransactionId,
        out: &'a mut Vec<u8>,
    ) -> Writer<'a> {
        let start = out.len();
        let class_bits = match class {
            Class::Request => 0x0000,
            Class::Indication => 0x0010,
            Class::Success => 0x0100,
            Class::Error => 0x0110,
        };
        let kind =
            (method & 0x000f) | ((method & 0x0070) << 1) | ((method & 0x0f80) << 2) | class_bits;
        out.extend_from_slice(&kind.to_be_bytes());
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&MAGIC_COOKIE.to_be_bytes());
        out.extend_from_slice(&transaction.0);
        Writer {
            out,
            start,
            transaction,
        }
    }

    fn attribute(&mut self, kind: u16, value: &[u8]) {
        // All values are ours and short, see the callers.
        self.out.extend_from_slice(&kind.to_be_bytes());
        self.out
            .extend_from_slice(&(value.len() as u16).to_be_bytes());
        self.out.extend_from_slice(value);
        let len = (self.out.len() - self.start).next_multiple_of(4);
        self.out.resize(self.start + len, 0);
    }

    /// USERNAME, cut at 512 bytes.
    pub fn username(mut self, username: &str) -> Self {
        let bytes = username.as_bytes();
        self.attribute(attribute::USERNAME, bytes.get(..512).unwrap_or(bytes));
        self
    }

    /// PRIORITY.
    pub fn priority(mut self, priority: u32) -> Self {
        self.attribute(attribute::PRIORITY, &priority.to_be_bytes());
        self
    }

    /// USE-CANDIDATE.
    pub fn use_candidate(mut self) -> Self {
        self.attribute(attribute::USE_CANDIDATE, &[]);
        self
    }

    /// ICE-CONTROLLING.
    pub fn ice_controlling(mut self, tie_breaker: u64) -> Self {
        self.attribute(attribute::ICE_CONTROLLING, &tie_breaker.to_be_bytes());
        self
    }

    /// ICE-CONTROLLED.
    pub fn ice_controlled(mut self, tie_breaker: u64) -> Self {
        self.attribute(attribute::ICE_CONTROLLED, &tie_breaker.to_be_bytes());
        self
    }

    /// XOR-MAPPED-ADDRESS (RFC 8489 section 14.2). An IPv4 address that came through an IPv6 socket is written as IPv4.
    pub fn xor_mapped_address(mut self, address: SocketAddr) -> Self {
        let port = (address.port() ^ (MAGIC_COOKIE >> 16) as u16).to_be_bytes();
        let mut value = [0u8; 20];
        value[2..4].copy_from_slice(&port);
        let len = match address.ip().to_canonical() {
            IpAddr::V4(ip) => {
                value[1] = 1;
                value[4..8].copy_from_slice(&(u32::from(ip) ^ MAGIC_COOKIE).to_be_bytes());
                8
            }
            IpAddr::V6(ip) => {
                let mut mask = [0u8; 16];
                mask[..4].copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
                mask[4..].copy_from_slice(&self.transaction.0);
                value[1] = 2;
                value[4..]
                    .copy_from_slice(&(u128::from(ip) ^ u128::from_be_bytes(mask)).to_be_bytes());
                20
            }
        };
        self.attribute(attribute::XOR_MAPPED_ADDRESS, &value[..len]);
        self
    }

    /// ERROR-CODE (RFC 8489 section 14.8): 300 to 699 and a sentence, cut at 127 bytes.
    pub fn error_code(mut self, code: u16, reason: &str) -> Self {
        let reason = reason.as_bytes();
        let reason = reason.get(..REASON_LEN_MAX).unwrap_or(reason);
        let mut value = [0u8; 4 + REASON_LEN_MAX];
        value[2] = ((code / 100) & 7) as u8;
        value[3] = (code % 100) as u8;
        value[4..4 + reason.len()].copy_from_slice(reason);
        self.attribute(attribute::ERROR_CODE, &value[..4 + reason.len()]);
        self
    }

    /// UNKNOWN-ATTRIBUTES (RFC 8489 section 14.9).
    pub fn unknown_attributes(mut self, kinds: &[u16]) -> Self {
        let mut value = [0u8; 2 * super::UNKNOWN_ATTRIBUTES_MAX];
        let mut len = 0;
        for (cell, kind) in value.chunks_exact_mut(2).zip(kinds) {
            cell.copy_from_slice(&kind.to_be_bytes());
            len += 2;
        }
        self.attribute(attribute::UNKNOWN_ATTRIBUTES, &value[..len]);
        self
    }

    /// Sets the header's length as if `more` bytes were to follow, and ends there.
    fn set_len(&mut self, more: usize) {
        let len = (self.out.len() + more - self.start - HEADER_LEN) as u16;
        self.out[self.start + 2..self.start + 4].copy_from_slice(&len.to_be_bytes());
    }

    /// Closes the message with MESSAGE-INTEGRITY, if a key is given, and FINGERPRINT. Returns its length.
    pub fn finish(mut self, key: Option<&dyn IntegrityKey>) -> usize {
        if let Some(key) = key {
            self.set_len(4 + INTEGRITY_LEN);
            let tag = key.tag(&[&self.out[self.start..]]);
            self.attribute(attribute::MESSAGE_INTEGRITY, &tag);
        }
        self.set_len(8);
        let crc = crc32(&[&self.out[self.start..]]) ^ FINGERPRINT_XOR;
        self.attribute(attribute::FINGERPRINT, &crc.to_be_bytes());
        self.out.len() - self.start
    }
}
