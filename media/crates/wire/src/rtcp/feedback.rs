//! Feedback messages: generic NACK, PLI (RFC 4585), FIR (RFC 5104), REMB (draft-alvestrand-rmcat-remb-03).

use super::{append_packet, feedback_head, packet_type};
use crate::bytes::{u8_at, u16_at, u24_at, u24_bytes, u32_at};
use crate::rtp::Csrcs;
use crate::{Malformed, SeqNo, Ssrc};

pub(super) const FORMAT_NACK: u8 = 1;
pub(super) const FORMAT_PLI: u8 = 1;
pub(super) const FORMAT_FIR: u8 = 4;
/// Application-layer feedback, which carries REMB.
pub(super) const FORMAT_AFB: u8 = 15;

const REMB_MARK: [u8; 4] = *b"REMB";

/// Generic NACK (RFC 4585 section 6.2.1).
#[derive(Clone, Debug)]
pub struct Nack<'a> {
    /// Who asks.
    pub sender: Ssrc,
    /// Whose packets are missing.
    pub media: Ssrc,
    pairs: &'a [u8],
}

impl<'a> Nack<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Nack<'a>, Malformed> {
        let (sender, media, pairs) = feedback_head(body)?;
        if pairs.is_empty() {
            return Err(Malformed::TooShort);
        }
        Ok(Nack {
            sender,
            media,
            pairs,
        })
    }

    /// The missing numbers, in the order given. At most 17 for each word, so a datagram bounds it.
    pub fn missing(&self) -> Missing<'a> {
        Missing {
            rest: self.pairs,
            base: SeqNo(0),
            mask: 0,
            step: 17,
        }
    }
}

/// Iterator over the numbers of a NACK.
#[derive(Clone, Debug)]
pub struct Missing<'a> {
    rest: &'a [u8],
    base: SeqNo,
    mask: u16,
    step: u16,
}

impl Iterator for Missing<'_> {
    type Item = SeqNo;

    fn next(&mut self) -> Option<SeqNo> {
        loop {
            while self.step < 17 {
                let step = self.step;
                self.step += 1;
                // Step 0 is the packet id itself, bit i-1 of the mask stands for id + i.
                if step == 0 || self.mask & (1 << (step - 1)) != 0 {
                    return Some(self.base.plus(step));
                }
            }
            self.base = SeqNo(u16_at(self.rest, 0)?);
            self.mask = u16_at(self.rest, 2)?;
            self.rest = self.rest.get(4..).unwrap_or_default();
            self.step = 0;
        }
    }
}

/// Appends one NACK for all of `missing`, packed by bit masks. Ascending order packs best; any order is correct. Nothing is
/// appended for nothing. Keep `missing` short enough for a datagram: each number takes at most four bytes.
pub fn append_nack(sender: Ssrc, media: Ssrc, missing: &[SeqNo], out: &mut Vec<u8>) {
    let Some((&first, rest)) = missing.split_first() else {
        return;
    };
    append_packet(packet_type::RTPFB, FORMAT_NACK, out, |out| {
        out.extend_from_slice(&sender.0.to_be_bytes());
        out.extend_from_slice(&media.0.to_be_bytes());
        let mut base = first;
        let mut mask = 0u16;
        let mut flush = |base: SeqNo, mask: u16| {
            out.extend_from_slice(&base.0.to_be_bytes());
            out.extend_from_slice(&mask.to_be_bytes());
        };
        for &seq in rest {
            match seq.distance_from(base) {
                0 => {}
                step @ 1..=16 => mask |= 1 << (step - 1),
                _ => {
                    flush(base, mask);
                    base = seq;
                    mask = 0;
                }
            }
        }
        flush(base, mask);
    });
}

/// Picture loss indication (RFC 4585 section 6.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pli {
    /// Who asks.
    pub sender: Ssrc,
    /// Whose picture.
    pub media: Ssrc,
}

impl Pli {
    pub(super) fn parse(body: &[u8]) -> Result<Pli, Malformed> {
        let (sender, media, _) = feedback_head(body)?;
        Ok(Pli { sender, media })
    }
}

/// Appends a PLI.
pub fn append_pli(sender: Ssrc, media: Ssrc, out: &mut Vec<u8>) {
    append_packet(packet_type::PSFB, FORMAT_PLI, out, |out| {
        out.extend_from_slice(&sender.0.to_be_bytes());
        out.extend_from_slice(&media.0.to_be_bytes());
    });
}

/// Full intra request (RFC 5104 section 4.3.1). The media SSRC of the common head is unused; each entry names one.
#[derive(Clone, Debug)]
pub struct Fir<'a> {
    /// Who asks.
    pub sender: Ssrc,
    entries: &'a [u8],
}

/// One request of a FIR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirEntry {
    /// Whose picture.
    pub media: Ssrc,
    /// Same number, same request.
    pub number: u8,
}

impl<'a> Fir<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Fir<'a>, Malformed> {
        let (sender, _, entries) = feedback_head(body)?;
        if entries.len() % 8 != 0 {
            return Err(Malformed::Length);
        }
        Ok(Fir { sender, entries })
    }

    /// The requests.
    pub fn entries(&self) -> impl Iterator<Item = FirEntry> + use<'a> {
        self.entries.chunks_exact(8).filter_map(|entry| {
            Some(FirEntry {
                media: Ssrc(u32_at(entry, 0)?),
                number: u8_at(entry, 4)?,
            })
        })
    }
}

/// Appends a FIR with one entry.
pub fn append_fir(sender: Ssrc, entry: FirEntry, out: &mut Vec<u8>) {
    append_packet(packet_type::PSFB, FORMAT_FIR, out, |out| {
        out.extend_from_slice(&sender.0.to_be_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&entry.media.0.to_be_bytes());
        out.extend_from_slice(&[entry.number, 0, 0, 0]);
    });
}

/// The other side's own estimate of what it can take.
#[derive(Clone, Debug)]
pub struct Remb<'a> {
    /// Who estimates.
    pub sender: Ssrc,
    /// 18-bit mantissa shifted by a 6-bit exponent; saturates at `u64::MAX`.
    pub bitrate_bps: u64,
    sources: &'a [u8],
}

impl<'a> Remb<'a> {
    pub(super) fn is(body: &[u8]) -> bool {
        body.get(8..12) == Some(REMB_MARK.as_slice())
    }

    pub(super) fn parse(body: &'a [u8]) -> Result<Remb<'a>, Malformed> {
        let (sender, _, _) = feedback_head(body)?;
        let count = u8_at(body, 12).ok_or(Malformed::TooShort)?;
        let packed = u24_at(body, 13).ok_or(Malformed::TooShort)?;
        let sources = body
            .get(16..16 + 4 * usize::from(count))
            .ok_or(Malformed::Length)?;
        let (exponent, mantissa) = (packed >> 18, u64::from(packed & 0x3_ffff));
        let fits = exponent <= mantissa.leading_zeros();
        let bitrate_bps = if fits {
            mantissa << exponent.min(63)
        } else {
            u64::MAX
        };
        Ok(Remb {
            sender,
            bitrate_bps,
            sources,
        })
    }

    /// The sources it speaks of.
    pub fn sources(&self) -> Csrcs<'a> {
        Csrcs::over(self.sources)
    }
}

/// Appends a REMB; the bitrate is rounded down to 18 significant bits. At most 255 sources.
pub fn append_remb(sender: Ssrc, bitrate_bps: u64, sources: &[Ssrc], out: &mut Vec<u8>) {
    let sources = sources.get(..255).unwrap_or(sources);
    let exponent = (64 - bitrate_bps.leading_zeros()).saturating_sub(18);
    // At most 46 for 64 bits, so both fields fit.
    let packed = (exponent << 18) | (bitrate_bps >> exponent) as u32;
    append_packet(packet_type::PSFB, FORMAT_AFB, out, |out| {
        out.extend_from_slice(&sender.0.to_be_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&REMB_MARK);
        out.push(sources.len() as u8);
        out.extend_from_slice(&u24_bytes(packed));
        for ssrc in sources {
            out.extend_from_slice(&ssrc.0.to_be_bytes());
        }
    });
}
