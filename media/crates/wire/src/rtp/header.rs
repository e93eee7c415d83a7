//! The RTP header as a plain value (RFC 3550 section 5.1).
//!
//! The header is read before decryption and the payload after it, in the same buffer; so [`Header`] borrows nothing and is
//! shown the packet again for each part of variable length.

use std::ops::Range;

use crate::bytes::{u16_at, u32_at};
use crate::rtp::extension::Extensions;
use crate::{Malformed, RtpTime, SeqNo, Ssrc};

/// Bytes of a header without CSRCs and extension.
pub const FIXED_HEADER_LEN: usize = 12;

/// The version bits of the first byte, of RTP and RTCP.
pub const VERSION_2: u8 = 0x80;

/// Where the header extension lies (RFC 3550 section 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtensionBlock {
    /// "Defined by profile": 0xBEDE or 0x100x for RFC 8285.
    pub profile: u16,
    /// First byte after the four-byte extension header.
    pub start: usize,
    /// Length in bytes; a multiple of four.
    pub len: usize,
}

/// A parsed header. Its offsets are only true for the packet it was parsed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The marker bit.
    pub marker: bool,
    /// The padding bit. The count itself is the last payload byte, readable after decryption only.
    pub padding: bool,
    /// 7 bits.
    pub payload_type: u8,
    /// Sequence number.
    pub seq: SeqNo,
    /// Timestamp.
    pub time: RtpTime,
    /// Source.
    pub ssrc: Ssrc,
    /// 0 to 15.
    pub csrc_count: u8,
    /// Extension block, if the X bit is set.
    pub extension: Option<ExtensionBlock>,
    /// Everything before the payload: 12 bytes, CSRCs and extension.
    pub header_len: usize,
}

impl Header {
    /// Reads the header of `packet`, plain or encrypted. All lengths are checked against the bytes given.
    #[inline]
    pub fn parse(packet: &[u8]) -> Result<Header, Malformed> {
        let fixed: &[u8; FIXED_HEADER_LEN] = packet.first_chunk().ok_or(Malformed::TooShort)?;
        let [b0, b1, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *fixed;
        if b0 & 0xc0 != VERSION_2 {
            return Err(Malformed::Version);
        }
        let csrc_count = b0 & 0x0f;
        let mut header_len = FIXED_HEADER_LEN + 4 * usize::from(csrc_count);
        let mut extension = None;
        if b0 & 0x10 != 0 {
            let profile = u16_at(packet, header_len).ok_or(Malformed::Length)?;
            let words = u16_at(packet, header_len + 2).ok_or(Malformed::Length)?;
            let start = header_len + 4;
            let len = 4 * usize::from(words);
            extension = Some(ExtensionBlock {
                profile,
                start,
                len,
            });
            header_len = start + len;
        }
        if header_len > packet.len() {
            return Err(Malformed::Length);
        }
        Ok(Header {
            marker: b1 & 0x80 != 0,
            padding: b0 & 0x20 != 0,
            payload_type: b1 & 0x7f,
            seq: SeqNo(u16::from_be_bytes([s0, s1])),
            time: RtpTime(u32::from_be_bytes([t0, t1, t2, t3])),
            ssrc: Ssrc(u32::from_be_bytes([c0, c1, c2, c3])),
            csrc_count,
            extension,
            header_len,
        })
    }

    /// Where the payload lies in the decrypted `packet`, without padding. Empty for pure padding (bandwidth probes).
    #[inline]
    pub fn payload_range(&self, packet: &[u8]) -> Result<Range<usize>, Malformed> {
        let carried = packet.get(self.header_len..).ok_or(Malformed::Length)?;
        if !self.padding {
            return Ok(self.header_len..packet.len());
        }
        let count = usize::from(*carried.last().ok_or(Malformed::Padding)?);
        if count == 0 || count > carried.len() {
            return Err(Malformed::Padding);
        }
        Ok(self.header_len..packet.len() - count)
    }

    /// The payload of the decrypted `packet`, without padding.
    #[inline]
    pub fn payload<'a>(&self, packet: &'a [u8]) -> Result<&'a [u8], Malformed> {
        let range = self.payload_range(packet)?;
        packet.get(range).ok_or(Malformed::Length)
    }

    /// The contributing sources of `packet`.
    pub fn csrcs<'a>(&self, packet: &'a [u8]) -> Csrcs<'a> {
        let end = FIXED_HEADER_LEN + 4 * usize::from(self.csrc_count);
        Csrcs {
            rest: packet.get(FIXED_HEADER_LEN..end).unwrap_or_default(),
        }
    }

    /// The header extensions of `packet`, one-byte or two-byte form. Other profiles yield nothing.
    #[inline]
    pub fn extensions<'a>(&self, packet: &'a [u8]) -> Extensions<'a> {
        match self.extension {
            Some(block) => {
                let bytes = packet
                    .get(block.start..block.start + block.len)
                    .unwrap_or_default();
                Extensions::new(block.profile, bytes)
            }
            None => Extensions::empty(),
        }
    }
}

/// Iterator over the contributing sources.
#[derive(Clone, Debug)]
pub struct Csrcs<'a> {
    rest: &'a [u8],
}

impl<'a> Csrcs<'a> {
    /// Over bytes that hold nothing but sources; RTCP lists them the same way.
    pub(crate) fn over(rest: &'a [u8]) -> Csrcs<'a> {
        Csrcs { rest }
    }
}

impl Iterator for Csrcs<'_> {
    type Item = Ssrc;

    fn next(&mut self) -> Option<Ssrc> {
        let value = u32_at(self.rest, 0)?;
        self.rest = self.rest.get(4..).unwrap_or_default();
        Some(Ssrc(value))
    }
}
