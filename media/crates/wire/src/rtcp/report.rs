//! Sender and receiver reports (RFC 3550 section 6.4).

use super::{append_packet, packet_type};
use crate::bytes::{u8_at, u24_at, u24_bytes, u32_at, u64_at};
use crate::{Malformed, RtpTime, Ssrc};

/// Bytes of one report block.
pub const REPORT_BLOCK_LEN: usize = 24;

/// Blocks one report can hold (five bits); the writers leave out what is over it.
pub const REPORT_BLOCKS_MAX: usize = 31;

const SENDER_PART_LEN: usize = 24;

/// What a subscriber says about one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// The source reported on.
    pub ssrc: Ssrc,
    /// Loss since the last report, in 1/256.
    pub fraction_lost: u8,
    /// 24 bits, signed: duplicates can make it negative.
    pub packets_lost: i32,
    /// Low 16 bits are the sequence number, high ones count rollovers as the reporter saw them.
    pub highest_seq: u32,
    /// In timestamp units.
    pub jitter: u32,
    /// Middle 32 bits of the NTP time of the last SR; 0 if none came.
    pub last_sr: u32,
    /// In 1/65536 s.
    pub delay_since_last_sr: u32,
}

impl ReportBlock {
    fn parse(bytes: &[u8]) -> Option<ReportBlock> {
        let lost = u24_at(bytes, 5)?;
        Some(ReportBlock {
            ssrc: Ssrc(u32_at(bytes, 0)?),
            fraction_lost: u8_at(bytes, 4)?,
            packets_lost: (lost << 8) as i32 >> 8,
            highest_seq: u32_at(bytes, 8)?,
            jitter: u32_at(bytes, 12)?,
            last_sr: u32_at(bytes, 16)?,
            delay_since_last_sr: u32_at(bytes, 20)?,
        })
    }

    fn append(&self, out: &mut Vec<u8>) {
        let lost = self.packets_lost.clamp(-0x80_0000, 0x7f_ffff) as u32;
        out.extend_from_slice(&self.ssrc.0.to_be_bytes());
        out.push(self.fraction_lost);
        out.extend_from_slice(&u24_bytes(lost));
        for field in [
            self.highest_seq,
            self.jitter,
            self.last_sr,
            self.delay_since_last_sr,
        ] {
            out.extend_from_slice(&field.to_be_bytes());
        }
    }

    /// Round-trip time in 1/65536 s, given the middle 32 bits of our NTP clock at arrival (RFC 3550 section 6.4.1). `None`
    /// when no SR has come back yet, or when the fields contradict our clock.
    pub fn round_trip(&self, now_ntp_middle: u32) -> Option<u32> {
        if self.last_sr == 0 {
            return None;
        }
        let away = now_ntp_middle.wrapping_sub(self.last_sr);
        let trip = away.wrapping_sub(self.delay_since_last_sr);
        // Over half the circle is a negative time: the reporter's delay is longer than we waited.
        (trip < 1 << 31).then_some(trip)
    }
}

/// Iterator over the blocks of a report.
#[derive(Clone, Debug)]
pub struct ReportBlocks<'a> {
    rest: &'a [u8],
}

impl Iterator for ReportBlocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let block = ReportBlock::parse(self.rest)?;
        self.rest = self.rest.get(REPORT_BLOCK_LEN..).unwrap_or_default();
        Some(block)
    }
}

/// The sender's own part of an SR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderFacts {
    /// Who reports.
    pub ssrc: Ssrc,
    /// Wall clock as 32.32 fixed point (RFC 5905).
    pub ntp: u64,
    /// The same instant in RTP time.
    pub time: RtpTime,
    /// Packets sent.
    pub packets: u32,
    /// Payload bytes sent.
    pub octets: u32,
}

/// RFC 3550 section 6.4.1. Profile-specific extensions behind the blocks are ignored.
#[derive(Clone, Debug)]
pub struct SenderReport<'a> {
    /// The sender's own part.
    pub facts: SenderFacts,
    blocks: &'a [u8],
}

impl<'a> SenderReport<'a> {
    pub(super) fn parse(count: u8, body: &'a [u8]) -> Result<SenderReport<'a>, Malformed> {
        let facts = (|| {
            Some(SenderFacts {
                ssrc: Ssrc(u32_at(body, 0)?),
                ntp: u64_at(body, 4)?,
                time: RtpTime(u32_at(body, 12)?),
                packets: u32_at(body, 16)?,
                octets: u32_at(body, 20)?,
            })
        })()
        .ok_or(Malformed::TooShort)?;
        Ok(SenderReport {
            facts,
            blocks: blocks(count, body, SENDER_PART_LEN)?,
        })
    }

    /// What it says about others.
    pub fn blocks(&self) -> ReportBlocks<'a> {
        ReportBlocks { rest: self.blocks }
    }
}

/// RFC 3550 section 6.4.2.
#[derive(Clone, Debug)]
pub struct ReceiverReport<'a> {
    /// Who reports.
    pub ssrc: Ssrc,
    blocks: &'a [u8],
}

impl<'a> ReceiverReport<'a> {
    pub(super) fn parse(count: u8, body: &'a [u8]) -> Result<ReceiverReport<'a>, Malformed> {
        let ssrc = Ssrc(u32_at(body, 0).ok_or(Malformed::TooShort)?);
        Ok(ReceiverReport {
            ssrc,
            blocks: blocks(count, body, 4)?,
        })
    }

    /// What it says about others.
    pub fn blocks(&self) -> ReportBlocks<'a> {
        ReportBlocks { rest: self.blocks }
    }
}

fn blocks(count: u8, body: &[u8], start: usize) -> Result<&[u8], Malformed> {
    body.get(start..start + REPORT_BLOCK_LEN * usize::from(count))
        .ok_or(Malformed::Length)
}

/// Appends an SR with up to [`REPORT_BLOCKS_MAX`] blocks.
pub fn append_sender_report(facts: &SenderFacts, blocks: &[ReportBlock], out: &mut Vec<u8>) {
    let blocks = blocks.get(..REPORT_BLOCKS_MAX).unwrap_or(blocks);
    append_packet(packet_type::SR, blocks.len() as u8, out, |out| {
        out.extend_from_slice(&facts.ssrc.0.to_be_bytes());
        out.extend_from_slice(&facts.ntp.to_be_bytes());
        for field in [facts.time.0, facts.packets, facts.octets] {
            out.extend_from_slice(&field.to_be_bytes());
        }
        blocks.iter().for_each(|block| block.append(out));
    });
}

/// Appends an RR with up to [`REPORT_BLOCKS_MAX`] blocks.
pub fn append_receiver_report(ssrc: Ssrc, blocks: &[ReportBlock], out: &mut Vec<u8>) {
    let blocks = blocks.get(..REPORT_BLOCKS_MAX).unwrap_or(blocks);
    append_packet(packet_type::RR, blocks.len() as u8, out, |out| {
        out.extend_from_slice(&ssrc.0.to_be_bytes());
        blocks.iter().for_each(|block| block.append(out));
    });
}
