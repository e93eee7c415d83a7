//! Reading a STUN message.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::crc32::crc32;
use super::{
    Class, FINGERPRINT_XOR, HEADER_LEN, INTEGRITY_LEN, IntegrityKey, MAGIC_COOKIE, TransactionId,
    attribute,
};
use crate::Malformed;
use crate::bytes::{array, u8_at, u16_at, u32_at, u64_at};

/// Most attributes read; a browser's check has seven.
const ATTRIBUTES_MAX: usize = 32;

/// Unknown attributes remembered for the 420 answer; more are left out of it.
pub const UNKNOWN_ATTRIBUTES_MAX: usize = 4;

/// A parsed message. A FINGERPRINT that is there has been verified; integrity has not: ask
/// [`Message::has_integrity_by`] before believing anything.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// Request, indication or answer.
    pub class: Class,
    /// Binding is 1.
    pub method: u16,
    /// Pairs answers with requests.
    pub transaction: TransactionId,
    /// `theirs:ours`, from the point of view of whoever is asked: ours first.
    pub username: Option<&'a str>,
    /// Priority that the prober would give a peer-reflexive candidate (RFC 8445 section 7.1.1).
    pub priority: Option<u32>,
    /// Nomination (RFC 8445 section 8.1.1).
    pub use_candidate: bool,
    /// Tie-breaker of a controlling agent.
    pub ice_controlling: Option<u64>,
    /// Tie-breaker of a controlled agent.
    pub ice_controlled: Option<u64>,
    /// The prober's address as the answerer saw it.
    pub xor_mapped_address: Option<SocketAddr>,
    /// 300 to 699.
    pub error_code: Option<u16>,
    /// Whether a (verified) FINGERPRINT was there.
    pub fingerprint: bool,
    unknown: [u16; UNKNOWN_ATTRIBUTES_MAX],
    unknown_len: usize,
    bytes: &'a [u8],
    integrity_at: Option<usize>,
}

impl<'a> Message<'a> {
    /// Reads a whole datagram. Attributes behind MESSAGE-INTEGRITY other than FINGERPRINT are ignored (RFC 8489 section 14.5),
    /// of repeated ones the first counts (section 14).
    pub fn parse(bytes: &'a [u8]) -> Result<Message<'a>, Malformed> {
        let kind = u16_at(bytes, 0).ok_or(Malformed::TooShort)?;
        let len = usize::from(u16_at(bytes, 2).ok_or(Malformed::TooShort)?);
        let cookie = u32_at(bytes, 4).ok_or(Malformed::TooShort)?;
        let transaction = TransactionId(array(bytes, 8).ok_or(Malformed::TooShort)?);
        if kind & 0xc000 != 0 || cookie != MAGIC_COOKIE {
            return Err(Malformed::Version);
        }
        if len % 4 != 0 || bytes.len() != HEADER_LEN + len {
            return Err(Malformed::Length);
        }
        let mut message = Message {
            class: class_of(kind),
            method: (kind & 0x000f) | ((kind & 0x00e0) >> 1) | ((kind & 0x3e00) >> 2),
            transaction,
            username: None,
            priority: None,
            use_candidate: false,
            ice_controlling: None,
            ice_controlled: None,
            xor_mapped_address: None,
            error_code: None,
            fingerprint: false,
            unknown: [0; UNKNOWN_ATTRIBUTES_MAX],
            unknown_len: 0,
            bytes,
            integrity_at: None,
        };
        message.parse_attributes()?;
        Ok(message)
    }

    fn parse_attributes(&mut self) -> Result<(), Malformed> {
        let mut at = HEADER_LEN;
        for _ in 0..ATTRIBUTES_MAX {
            if at == self.bytes.len() {
                return Ok(());
            }
            let kind = u16_at(self.bytes, at).ok_or(Malformed::Length)?;
            let len = usize::from(u16_at(self.bytes, at + 2).ok_or(Malformed::Length)?);
            let value = self
                .bytes
                .get(at + 4..at + 4 + len)
                .ok_or(Malformed::Length)?;
            let end = at + 4 + len.next_multiple_of(4);
            if kind == attribute::FINGERPRINT {
                self.check_fingerprint(at, end, value)?;
            } else if self.integrity_at.is_none() {
                self.parse_attribute(kind, at, value)?;
            }
            at = end;
        }
        if at == self.bytes.len() {
            Ok(())
        } else {
            Err(Malformed::TooMany)
        }
    }

    fn parse_attribute(&mut self, kind: u16, at: usize, value: &'a [u8]) -> Result<(), Malformed> {
        match kind {
            attribute::USERNAME => {
                // RFC 8489 section 14.3: under 513 bytes; ICE uses printable ASCII only (RFC 8445 section 5.3).
                let text = std::str::from_utf8(value).map_err(|_| Malformed::Value)?;
                if text.len() > 512 || !text.bytes().all(|b| b.is_ascii_graphic()) {
                    return Err(Malformed::Value);
                }
                self.username.get_or_insert(text);
            }
            attribute::MESSAGE_INTEGRITY if value.len() == INTEGRITY_LEN => {
                self.integrity_at = Some(at)
            }
            attribute::MESSAGE_INTEGRITY => return Err(Malformed::Length),
            attribute::PRIORITY => {
                self.priority
                    .get_or_insert(u32_at(value, 0).ok_or(Malformed::Length)?);
            }
            attribute::USE_CANDIDATE => self.use_candidate = true,
            attribute::ICE_CONTROLLING => {
                self.ice_controlling
                    .get_or_insert(u64_at(value, 0).ok_or(Malformed::Length)?);
            }
            attribute::ICE_CONTROLLED => {
                self.ice_controlled
                    .get_or_insert(u64_at(value, 0).ok_or(Malformed::Length)?);
            }
            attribute::XOR_MAPPED_ADDRESS => {
                let address = self.unxor(value).ok_or(Malformed::Value)?;
                self.xor_mapped_address.get_or_insert(address);
            }
            attribute::ERROR_CODE => {
                let class = u8_at(value, 2).ok_or(Malformed::Length)? & 7;
                let number = u8_at(value, 3).ok_or(Malformed::Length)?;
                self.error_code
                    .get_or_insert(u16::from(class) * 100 + u16::from(number));
            }
            // Below 0x8000 one must understand it or refuse (RFC 8489 section 14).
            0..=0x7fff => self.note_unknown(kind),
            _ => {}
        }
        Ok(())
    }

    fn note_unknown(&mut self, kind: u16) {
        if let Some(cell) = self.unknown.get_mut(self.unknown_len) {
            *cell = kind;
            self.unknown_len += 1;
        }
    }

    /// The CRC covers everything before it, with the header's length as if the message ended behind it; it must indeed.
    fn check_fingerprint(&mut self, at: usize, end: usize, value: &[u8]) -> Result<(), Malformed> {
        let stated = u32_at(value, 0)
            .filter(|_| value.len() == 4)
            .ok_or(Malformed::Length)?;
        if end != self.bytes.len() {
            return Err(Malformed::Length);
        }
        let covered = self.bytes.get(..at).ok_or(Malformed::Length)?;
        if crc32(&[covered]) ^ FINGERPRINT_XOR != stated {
            return Err(Malformed::Checksum);
        }
        self.fingerprint = true;
        Ok(())
    }

    fn unxor(&self, value: &[u8]) -> Option<SocketAddr> {
        let port = u16_at(value, 2)? ^ (MAGIC_COOKIE >> 16) as u16;
        let ip = match (u8_at(value, 1)?, value.len()) {
            (1, 8) => IpAddr::V4(Ipv4Addr::from(u32_at(value, 4)? ^ MAGIC_COOKIE)),
            (2, 20) => {
                let stated = u128::from_be_bytes(array(value, 4)?);
                // Cookie and transaction id stand side by side in the header: 16 bytes to XOR with.
                IpAddr::V6(Ipv6Addr::from(
                    stated ^ u128::from_be_bytes(array(self.bytes, 4)?),
                ))
            }
            _ => return None,
        };
        Some(SocketAddr::new(ip, port))
    }

    /// Types of the attributes that one would have to understand and we do not.
    pub fn unknown_required(&self) -> &[u16] {
        self.unknown.get(..self.unknown_len).unwrap_or_default()
    }

    /// Whether there is a MESSAGE-INTEGRITY at all.
    pub fn has_integrity(&self) -> bool {
        self.integrity_at.is_some()
    }

    /// Whether MESSAGE-INTEGRITY was made with this key. Compares in constant time.
    pub fn has_integrity_by(&self, key: &dyn IntegrityKey) -> bool {
        let Some(at) = self.integrity_at else {
            return false;
        };
        let (Some(kind), Some(rest), Some(stated)) = (
            self.bytes.get(..2),
            self.bytes.get(4..at),
            array::<INTEGRITY_LEN>(self.bytes, at + 4),
        ) else {
            return false;
        };
        // The HMAC sees a length as if the message ended behind MESSAGE-INTEGRITY (RFC 8489 section 14.5).
        let len = ((at + 4 + INTEGRITY_LEN - HEADER_LEN) as u16).to_be_bytes();
        let made = key.tag(&[kind, &len, rest]);
        made.iter()
            .zip(stated)
            .fold(0, |differing, (a, b)| differing | (a ^ b))
            == 0
    }
}

fn class_of(kind: u16) -> Class {
    match (kind & 0x0100 != 0, kind & 0x0010 != 0) {
        (false, false) => Class::Request,
        (false, true) => Class::Indication,
        (true, false) => Class::Success,
        (true, true) => Class::Error,
    }
}

/// The ufrag of whoever is asked: what stands before the colon of USERNAME. Finds the transport that a check is for, before
/// anything is believed.
pub fn local_ufrag<'a>(message: &Message<'a>) -> Option<&'a str> {
    message.username?.split_once(':').map(|(local, _)| local)
}
