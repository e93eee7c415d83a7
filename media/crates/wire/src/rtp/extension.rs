//! RTP header extensions: the two element forms of RFC 8285, and the extensions we read or write.
//!
//! Browsers alternate between the two forms on one SSRC when `extmap-allow-mixed` was negotiated, so the form is decided
//! anew for each packet.

use crate::bytes::{array, u8_at, u16_at, u24_at, u24_bytes};

/// "Defined by profile" value of the one-byte form (RFC 8285 section 4.2).
pub const PROFILE_ONE_BYTE: u16 = 0xbede;

/// The two-byte form; the low four bits are "appbits" (RFC 8285 section 4.3).
pub const PROFILE_TWO_BYTE: u16 = 0x1000;

/// Longest mid, rid or repaired-rid we look at. RFC 9143 section 15.1 wants at most three bytes; the SDP of both browsers keeps to that.
pub const TOKEN_LEN_MAX: usize = 16;

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderExtension<'a> {
    /// 1 to 14 in the one-byte form, 1 to 255 in the two-byte form.
    pub id: u8,
    /// 1 to 16, or 0 to 255 bytes.
    pub value: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    OneByte,
    TwoByte,
    None,
}

/// Iterator over the elements of one packet. A broken element ends it: what came before stands (RFC 8285 section 4.2).
#[derive(Clone, Debug)]
pub struct Extensions<'a> {
    form: Form,
    rest: &'a [u8],
}

impl<'a> Extensions<'a> {
    /// Over the bytes of an extension block with this profile value.
    #[inline]
    pub fn new(profile: u16, rest: &'a [u8]) -> Extensions<'a> {
        let form = match profile {
            PROFILE_ONE_BYTE => Form::OneByte,
            p if p & 0xfff0 == PROFILE_TWO_BYTE => Form::TwoByte,
            _ => Form::None,
        };
        Extensions { form, rest }
    }

    /// Over nothing.
    pub fn empty() -> Extensions<'static> {
        Extensions {
            form: Form::None,
            rest: &[],
        }
    }

    /// The first element with this id.
    pub fn find_id(mut self, id: u8) -> Option<&'a [u8]> {
        self.find(|element| element.id == id)
            .map(|element| element.value)
    }

    fn skip_padding(&mut self) {
        while let Some((0, rest)) = self.rest.split_first() {
            self.rest = rest;
        }
    }

    fn take(&mut self, id: u8, head: usize, len: usize) -> Option<HeaderExtension<'a>> {
        let value = self.rest.get(head..head + len)?;
        self.rest = self.rest.get(head + len..).unwrap_or_default();
        Some(HeaderExtension { id, value })
    }

    fn step(&mut self) -> Option<HeaderExtension<'a>> {
        self.skip_padding();
        match self.form {
            Form::OneByte => {
                let head = u8_at(self.rest, 0)?;
                match head >> 4 {
                    // Id 15, and id 0 with a length: stop, whatever follows.
                    0 | 15 => None,
                    id => self.take(id, 1, usize::from(head & 0x0f) + 1),
                }
            }
            Form::TwoByte => {
                let [id, len] = array(self.rest, 0)?;
                self.take(id, 2, usize::from(len))
            }
            Form::None => None,
        }
    }
}

impl<'a> Iterator for Extensions<'a> {
    type Item = HeaderExtension<'a>;

    #[inline]
    fn next(&mut self) -> Option<HeaderExtension<'a>> {
        let element = self.step();
        if element.is_none() {
            self.rest = &[];
        }
        element
    }
}

/// `urn:ietf:params:rtp-hdrext:ssrc-audio-level` (RFC 6464).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioLevel {
    /// The V bit. Browsers set it on silence too: use the level.
    pub voice: bool,
    /// -dBov: 0 is loudest, 127 is digital silence.
    pub level: u8,
}

impl AudioLevel {
    /// From an element's value. The two-byte form may pad to more bytes; the first counts.
    pub fn parse(value: &[u8]) -> Option<AudioLevel> {
        let byte = u8_at(value, 0)?;
        Some(AudioLevel {
            voice: byte & 0x80 != 0,
            level: byte & 0x7f,
        })
    }

    /// As an element's value.
    pub fn encode(self) -> [u8; 1] {
        [(u8::from(self.voice) << 7) | (self.level & 0x7f)]
    }
}

/// `http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01`: one sequence over all RTP of a transport.
pub mod transport_cc {
    use super::u16_at;
    use crate::SeqNo;

    /// From an element's value. The four-byte second version carries a feedback request behind it, which we ignore.
    pub fn parse(value: &[u8]) -> Option<SeqNo> {
        u16_at(value, 0).map(SeqNo)
    }

    /// As an element's value.
    pub fn encode(seq: SeqNo) -> [u8; 2] {
        seq.0.to_be_bytes()
    }
}

/// `http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time`: 24 bits of seconds as 6.18 fixed point, wraps every 64 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbsSendTime(pub u32);

impl AbsSendTime {
    /// Of a time in microseconds, of any origin.
    pub fn from_us(time_us: u64) -> AbsSendTime {
        // Whole seconds first: the shift must not overflow however long we run.
        let seconds = (time_us / 1_000_000) % 64;
        let fraction = ((time_us % 1_000_000) << 18) / 1_000_000;
        AbsSendTime(((seconds << 18) | fraction) as u32 & 0x00ff_ffff)
    }

    /// From an element's value.
    pub fn parse(value: &[u8]) -> Option<AbsSendTime> {
        u24_at(value, 0).map(AbsSendTime)
    }

    /// As an element's value.
    pub fn encode(self) -> [u8; 3] {
        u24_bytes(self.0)
    }

    /// Signed shortest way from `other` to here in microseconds (at most 32 s either way).
    pub fn us_since(self, other: AbsSendTime) -> i64 {
        let ticks = (self.0.wrapping_sub(other.0) << 8) as i32 >> 8;
        (i64::from(ticks) * 1_000_000) >> 18
    }
}

/// mid (RFC 9143 section 15), rid and repaired-rid (RFC 8852): a short printable token.
pub mod token {
    use super::TOKEN_LEN_MAX;

    /// From an element's value; `None` when empty, too long or not made of SDP token characters.
    pub fn parse(value: &[u8]) -> Option<&str> {
        if value.is_empty() || value.len() > TOKEN_LEN_MAX {
            return None;
        }
        // All token characters are visible ASCII (RFC 8866 section 9), so no separator or control byte gets in.
        if !value.iter().all(|b| b.is_ascii_graphic()) {
            return None;
        }
        std::str::from_utf8(value).ok()
    }
}
