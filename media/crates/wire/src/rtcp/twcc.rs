//! Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1).
//!
//! One message tells, for a run of transport-wide sequence numbers, which packets arrived and when, in ticks of 250 us.

use super::{append_packet, feedback_head, packet_type};
use crate::bytes::{array, u8_at, u16_at, u24_at, u24_bytes};
use crate::{Malformed, SeqNo, Ssrc};

pub(super) const FORMAT: u8 = 15;

/// Resolution of arrival times.
pub const TICK_US: u64 = 250;

/// Resolution of the reference time: 256 ticks.
pub const REFERENCE_US: u64 = 64_000;

/// Most packets one written message speaks of. A longer gap is a new beginning, not a loss.
pub const STATUSES_MAX: usize = 2048;

/// Written messages stay below this, so that one fits any path with SRTCP, UDP and IPv6 around it.
pub const MESSAGE_LEN_MAX: usize = 1100;

/// Sender and media SSRC, base, count, reference time, feedback count, RTCP header.
const HEAD_LEN: usize = 20;

const NOT_RECEIVED: u8 = 0;
const SMALL_DELTA: u8 = 1;
const LARGE_DELTA: u8 = 2;

const RUN_MAX: usize = 0x1fff;
const ONE_BIT_SYMBOLS: usize = 14;
const TWO_BIT_SYMBOLS: usize = 7;

/// A parsed message. All chunks and deltas were checked to lie inside it.
#[derive(Clone, Debug)]
pub struct TransportFeedback<'a> {
    /// Who tells.
    pub sender: Ssrc,
    /// Some source of the transport; carries no meaning.
    pub media: Ssrc,
    /// First number told about.
    pub base: SeqNo,
    /// How many numbers are told about.
    pub count: u16,
    /// 24 bits, in units of [`REFERENCE_US`] of the teller's clock; wraps after 12 days.
    pub reference: u32,
    /// Counts messages, wrapping.
    pub feedback_count: u8,
    chunks: &'a [u8],
    deltas: &'a [u8],
}

impl<'a> TransportFeedback<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<TransportFeedback<'a>, Malformed> {
        let (sender, media, rest) = feedback_head(body)?;
        let base = SeqNo(u16_at(rest, 0).ok_or(Malformed::TooShort)?);
        let count = u16_at(rest, 2).ok_or(Malformed::TooShort)?;
        let reference = u24_at(rest, 4).ok_or(Malformed::TooShort)?;
        let feedback_count = u8_at(rest, 7).ok_or(Malformed::TooShort)?;
        let chunks = rest.get(8..).unwrap_or_default();
        let (chunks_len, deltas_len) = measure(chunks, count)?;
        let (chunks, deltas) = chunks
            .split_at_checked(chunks_len)
            .ok_or(Malformed::Length)?;
        let deltas = deltas.get(..deltas_len).ok_or(Malformed::Length)?;
        Ok(TransportFeedback {
            sender,
            media,
            base,
            count,
            reference,
            feedback_count,
            chunks,
            deltas,
        })
    }

    /// Each number told about, in order.
    pub fn packets(&self) -> Packets<'a> {
        Packets {
            seq: self.base,
            symbols: Symbols {
                chunks: self.chunks,
                left: self.count,
                chunk: 0,
                chunk_left: 0,
            },
            deltas: self.deltas,
            arrival_ticks: i64::from(self.reference) * (REFERENCE_US / TICK_US) as i64,
        }
    }
}

/// Bytes that the chunks for `count` symbols take, and bytes of their deltas.
fn measure(chunks: &[u8], count: u16) -> Result<(usize, usize), Malformed> {
    let mut symbols = Symbols {
        chunks,
        left: count,
        chunk: 0,
        chunk_left: 0,
    };
    let mut deltas_len = 0;
    for symbol in symbols.by_ref() {
        match symbol {
            NOT_RECEIVED => {}
            SMALL_DELTA => deltas_len += 1,
            LARGE_DELTA => deltas_len += 2,
            _ => return Err(Malformed::Value),
        }
    }
    if symbols.left > 0 {
        return Err(Malformed::Length);
    }
    Ok((chunks.len() - symbols.chunks.len(), deltas_len))
}

/// One number of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketStatus {
    /// Transport-wide sequence number.
    pub seq: SeqNo,
    /// Arrival in microseconds of the teller's clock from the message's own 24-bit reference time; `None` if it has not
    /// arrived. The reference wraps, so differences between messages must be taken modulo 2^24 * 64 ms.
    pub arrival_us: Option<i64>,
    /// Ticks since the previous arrival in the message (or since the reference time).
    pub delta_ticks: Option<i16>,
}

/// Iterator over the numbers of a message.
#[derive(Clone, Debug)]
pub struct Packets<'a> {
    seq: SeqNo,
    symbols: Symbols<'a>,
    deltas: &'a [u8],
    arrival_ticks: i64,
}

impl Packets<'_> {
    fn take_delta(&mut self, symbol: u8) -> Option<i16> {
        let (delta, len) = match symbol {
            SMALL_DELTA => (i16::from(u8_at(self.deltas, 0)?), 1),
            LARGE_DELTA => (i16::from_be_bytes(array(self.deltas, 0)?), 2),
            _ => return None,
        };
        self.deltas = self.deltas.get(len..).unwrap_or_default();
        Some(delta)
    }
}

impl Iterator for Packets<'_> {
    type Item = PacketStatus;

    fn next(&mut self) -> Option<PacketStatus> {
        let symbol = self.symbols.next()?;
        let seq = self.seq;
        self.seq = seq.next();
        let delta_ticks = self.take_delta(symbol);
        let arrival_us = delta_ticks.map(|delta| {
            self.arrival_ticks += i64::from(delta);
            self.arrival_ticks * TICK_US as i64
        });
        Some(PacketStatus {
            seq,
            arrival_us,
            delta_ticks,
        })
    }
}

/// Iterator over status symbols; ends early when the chunks do.
#[derive(Clone, Debug)]
struct Symbols<'a> {
    chunks: &'a [u8],
    left: u16,
    chunk: u16,
    chunk_left: u16,
}

impl Iterator for Symbols<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if self.left == 0 {
            return None;
        }
        // A run of zero is legal and says nothing; each costs two bytes, so the loop is bounded by the message.
        while self.chunk_left == 0 {
            self.chunk = u16_at(self.chunks, 0)?;
            self.chunks = self.chunks.get(2..).unwrap_or_default();
            self.chunk_left = match self.chunk >> 14 {
                0b10 => ONE_BIT_SYMBOLS as u16,
                0b11 => TWO_BIT_SYMBOLS as u16,
                _ => self.chunk & RUN_MAX as u16,
            };
        }
        self.left -= 1;
        self.chunk_left -= 1;
        Some(match self.chunk >> 14 {
            0b10 => ((self.chunk >> self.chunk_left) & 1) as u8,
            0b11 => ((self.chunk >> (2 * self.chunk_left)) & 3) as u8,
            _ => ((self.chunk >> 13) & 3) as u8,
        })
    }
}

/// The fixed part of a message to be written.
#[derive(Clone, Copy, Debug)]
pub struct FeedbackHead {
    /// Us.
    pub sender: Ssrc,
    /// Any source of the transport.
    pub media: Ssrc,
    /// One more than in the last written message.
    pub feedback_count: u8,
}

/// How far [`append_transport_feedback`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedbackProgress {
    /// How many of the statuses are dealt with. At least one, unless none were given.
    pub statuses: usize,
    /// Whether a message was appended; not when none of those statuses is an arrival.
    pub written: bool,
}

/// Appends one message about the numbers from `base` on; `arrivals_us` is in microseconds of any steady clock of ours.
///
/// Stops early when the message is full or when two arrivals lie too far apart for a delta (8 s): call again with the rest.
/// Trailing losses are told about as well, so hand in nothing beyond the newest arrival.
pub fn append_transport_feedback(
    head: FeedbackHead,
    base: SeqNo,
    arrivals_us: &[Option<u64>],
    out: &mut Vec<u8>,
) -> FeedbackProgress {
    let considered = arrivals_us.get(..STATUSES_MAX).unwrap_or(arrivals_us);
    let Some(first_us) = considered.iter().flatten().next() else {
        return FeedbackProgress {
            statuses: considered.len(),
            written: false,
        };
    };
    let reference = first_us / REFERENCE_US;
    let mut deltas = Deltas::new(reference, considered);
    let mut chunks = [0u8; MESSAGE_LEN_MAX];
    let (chunks_len, statuses) = deltas.pack(&mut chunks);
    append_packet(packet_type::RTPFB, FORMAT, out, |out| {
        out.extend_from_slice(&head.sender.0.to_be_bytes());
        out.extend_from_slice(&head.media.0.to_be_bytes());
        out.extend_from_slice(&base.0.to_be_bytes());
        out.extend_from_slice(&(statuses as u16).to_be_bytes());
        out.extend_from_slice(&u24_bytes((reference & 0xff_ffff) as u32));
        out.push(head.feedback_count);
        out.extend_from_slice(chunks.get(..chunks_len).unwrap_or_default());
        deltas.append(statuses, out);
    });
    FeedbackProgress {
        statuses,
        written: true,
    }
}

/// Symbols and deltas of the statuses that can go into one message.
struct Deltas {
    symbols: [u8; STATUSES_MAX],
    ticks: [i16; STATUSES_MAX],
    len: usize,
}

impl Deltas {
    fn new(reference: u64, arrivals_us: &[Option<u64>]) -> Deltas {
        let mut deltas = Deltas {
            symbols: [0; STATUSES_MAX],
            ticks: [0; STATUSES_MAX],
            len: 0,
        };
        // Differences of rounded times, not rounded differences: so errors do not add up.
        let mut previous = (reference * (REFERENCE_US / TICK_US)) as i64;
        let cells = deltas.symbols.iter_mut().zip(deltas.ticks.iter_mut());
        for (arrival_us, (symbol, ticks)) in arrivals_us.iter().zip(cells) {
            if let Some(arrival_us) = arrival_us {
                let now = (arrival_us / TICK_US) as i64;
                let Ok(delta) = i16::try_from(now - previous) else {
                    break;
                };
                *symbol = if (0..256).contains(&delta) {
                    SMALL_DELTA
                } else {
                    LARGE_DELTA
                };
                *ticks = delta;
                previous = now;
            }
            deltas.len += 1;
        }
        deltas
    }

    /// Chooses chunks until all is told or the message is full. Bytes of chunks, and statuses they cover.
    fn pack(&self, chunks: &mut [u8; MESSAGE_LEN_MAX]) -> (usize, usize) {
        let symbols = self.symbols.get(..self.len).unwrap_or_default();
        let (mut at, mut done, mut deltas_len) = (0, 0, 0);
        while let Some(rest) = symbols.get(done..).filter(|rest| !rest.is_empty()) {
            let (chunk, covered) = next_chunk(rest);
            let cost: usize = rest
                .iter()
                .take(covered)
                .map(|&symbol| usize::from(symbol))
                .sum();
            let full = HEAD_LEN + at + 2 + deltas_len + cost > MESSAGE_LEN_MAX;
            let Some(cell) = chunks.get_mut(at..at + 2).filter(|_| !full) else {
                break;
            };
            cell.copy_from_slice(&chunk.to_be_bytes());
            at += 2;
            done += covered;
            deltas_len += cost;
        }
        (at, done)
    }

    fn append(&mut self, statuses: usize, out: &mut Vec<u8>) {
        for (&symbol, ticks) in self.symbols.iter().zip(self.ticks).take(statuses) {
            match symbol {
                SMALL_DELTA => out.push(ticks as u8),
                LARGE_DELTA => out.extend_from_slice(&ticks.to_be_bytes()),
                _ => {}
            }
        }
    }
}

/// The chunk that tells most of what comes first in `symbols`, and how many of them it covers.
fn next_chunk(symbols: &[u8]) -> (u16, usize) {
    let first = symbols.first().copied().unwrap_or(NOT_RECEIVED);
    let run = symbols
        .iter()
        .take(RUN_MAX)
        .take_while(|&&symbol| symbol == first)
        .count();
    let in_vector = symbols.iter().take(ONE_BIT_SYMBOLS);
    let one_bit = in_vector.clone().all(|&symbol| symbol != LARGE_DELTA);
    let vector_len = if one_bit {
        ONE_BIT_SYMBOLS
    } else {
        TWO_BIT_SYMBOLS
    };
    if run >= vector_len || run == symbols.len() {
        let run = run.min(RUN_PACKED_MAX);
        return ((u16::from(first) << 13) | run as u16, run);
    }
    let covered = vector_len.min(symbols.len());
    let mut chunk = if one_bit {
        0b10u16 << 14
    } else {
        0b11u16 << 14
    };
    for (place, &symbol) in in_vector.take(covered).enumerate() {
        let shift = if one_bit {
            vector_len - 1 - place
        } else {
            2 * (vector_len - 1 - place)
        };
        chunk |= u16::from(symbol) << shift;
    }
    (chunk, covered)
}

/// Runs are written in pieces, so that a message that fills up in the middle of one does not lose the whole of it.
const RUN_PACKED_MAX: usize = 256;
