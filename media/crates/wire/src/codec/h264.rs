//! H264 payloads (RFC 6184): which NAL units a packet carries, to find where decoding can start.
//!
//! Single NAL unit, STAP-A and FU-A are all that packetization-mode 1 has (section 6.3); the interleaved kinds are refused.

use super::FramePeek;
use crate::Malformed;
use crate::bytes::{u8_at, u16_at};

const NAL_IDR: u8 = 5;
const NAL_SPS: u8 = 7;
const NAL_PPS: u8 = 8;
const NAL_SINGLE_MAX: u8 = 23;
const NAL_STAP_A: u8 = 24;
const NAL_FU_A: u8 = 28;

/// What a packet carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nals {
    /// A sequence parameter set.
    pub sps: bool,
    /// A picture parameter set.
    pub pps: bool,
    /// The beginning of an IDR slice.
    pub idr_start: bool,
    /// Any part of an IDR slice.
    pub idr: bool,
    /// All units have nal_ref_idc 0: nothing depends on them.
    pub discardable: bool,
}

impl Nals {
    /// Reads an RTP payload.
    pub fn parse(payload: &[u8]) -> Result<Nals, Malformed> {
        let head = u8_at(payload, 0).ok_or(Malformed::TooShort)?;
        if head & 0x80 != 0 {
            // forbidden_zero_bit
            return Err(Malformed::Value);
        }
        let mut nals = Nals {
            discardable: true,
            ..Nals::default()
        };
        match head & 0x1f {
            1..=NAL_SINGLE_MAX => nals.note(head, true),
            NAL_STAP_A => nals.parse_aggregate(payload)?,
            NAL_FU_A => {
                let fragment = u8_at(payload, 1).ok_or(Malformed::TooShort)?;
                nals.note((head & 0xe0) | (fragment & 0x1f), fragment & 0x80 != 0);
            }
            _ => return Err(Malformed::Value),
        }
        Ok(nals)
    }

    /// STAP-A (section 5.7.1): units with 16-bit sizes. Each costs at least three bytes, so the payload bounds the loop.
    fn parse_aggregate(&mut self, payload: &[u8]) -> Result<(), Malformed> {
        let mut at = 1;
        while at < payload.len() {
            let len = usize::from(u16_at(payload, at).ok_or(Malformed::Length)?);
            let unit = payload.get(at + 2..at + 2 + len).ok_or(Malformed::Length)?;
            self.note(u8_at(unit, 0).ok_or(Malformed::Length)?, true);
            at += 2 + len;
        }
        if at == 1 {
            Err(Malformed::TooShort)
        } else {
            Ok(())
        }
    }

    fn note(&mut self, head: u8, start: bool) {
        match head & 0x1f {
            NAL_IDR => {
                self.idr = true;
                self.idr_start |= start;
            }
            NAL_SPS => self.sps |= start,
            NAL_PPS => self.pps |= start,
            _ => {}
        }
        self.discardable &= head & 0x60 == 0;
    }

    /// Decoding can start at the packet with the SPS: WebRTC encoders repeat it before each IDR. An IDR without one is of no
    /// use to a decoder that just came.
    pub fn starts_keyframe(&self) -> bool {
        self.sps
    }

    /// All that forwarding asks.
    pub fn peek(&self) -> FramePeek {
        FramePeek {
            starts_frame: self.sps,
            starts_keyframe: self.starts_keyframe(),
            discardable: self.discardable,
            ..FramePeek::default()
        }
    }
}
