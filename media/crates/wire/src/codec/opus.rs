//! The first byte of an Opus packet (RFC 6716 section 3.1): how long it lasts and whether it is silence.

use crate::Malformed;
use crate::bytes::u8_at;

/// Longest packet (RFC 6716 section 3.2.5, R5).
pub const DURATION_US_MAX: u32 = 120_000;

/// Packets of at most this many bytes carry no sound: the encoder's DTX (RFC 7587 section 3.1.3) or lost-frame signal.
pub const DTX_LEN_MAX: usize = 2;

/// What the table of contents byte says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Toc {
    /// 0 to 31: mode, bandwidth and frame length.
    pub config: u8,
    /// Two channels coded.
    pub stereo: bool,
    /// 1 to 48.
    pub frames: u8,
    /// Length of one frame.
    pub frame_us: u32,
    /// So short that it can only be silence.
    pub dtx: bool,
}

impl Toc {
    /// Reads an RTP payload.
    pub fn parse(payload: &[u8]) -> Result<Toc, Malformed> {
        let toc = u8_at(payload, 0).ok_or(Malformed::TooShort)?;
        let frames = match toc & 3 {
            0 => 1,
            1 | 2 => 2,
            _ => u8_at(payload, 1).ok_or(Malformed::TooShort)? & 0x3f,
        };
        let parsed = Toc {
            config: toc >> 3,
            stereo: toc & 4 != 0,
            frames,
            frame_us: frame_us(toc >> 3),
            dtx: payload.len() <= DTX_LEN_MAX,
        };
        if frames == 0 || parsed.duration_us() > DURATION_US_MAX {
            return Err(Malformed::Value);
        }
        Ok(parsed)
    }

    /// Length of the packet.
    pub fn duration_us(&self) -> u32 {
        u32::from(self.frames) * self.frame_us
    }
}

/// RFC 6716 table 2.
fn frame_us(config: u8) -> u32 {
    match (config, config & 3) {
        // SILK: 10, 20, 40, 60 ms.
        (0..=11, 0) => 10_000,
        (0..=11, 1) => 20_000,
        (0..=11, 2) => 40_000,
        (0..=11, _) => 60_000,
        // Hybrid: 10, 20 ms.
        (12..=15, 0 | 2) => 10_000,
        (12..=15, _) => 20_000,
        // CELT: 2.5, 5, 10, 20 ms.
        (_, step) => 2_500 << step,
    }
}
