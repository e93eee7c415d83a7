//! Reading what was written: for tests, the simulator and tools. Foreign bytes: never panics, stops at what is torn.

use crate::format::{
    BODY_MAX, BODY_MIN, FRONT_BYTES, HEAD_JSON_MAX, MAGIC, PACKET_HEAD_BYTES, PacketHead, Place,
    Report, TYPE_END, TYPE_GAP, TYPE_PACKET, TYPE_REPORT, TYPE_TAP,
};
use crate::seal::TapSeal;

/// One record, as it lies there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    body: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// JSON.
    Tap(&'a [u8]),
    /// What is sealed is opened with [`Record::open`].
    Packet(PacketHead),
    Report(Report),
    Gap {
        last: u64,
        last_arrival_us: u64,
        reason: u8,
    },
    End {
        reason: u8,
    },
    Unknown,
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

impl<'a> Record<'a> {
    pub fn place(&self) -> Place {
        // A record has at least `BODY_MIN` bytes.
        Place {
            tap: u32_at(self.body, 4).unwrap_or(0),
            number: u64_at(self.body, 8).unwrap_or(0),
            arrival_us: u64_at(self.body, 16).unwrap_or(0),
        }
    }

    pub fn content(&self) -> Content<'a> {
        self.known().unwrap_or(Content::Unknown)
    }

    fn known(&self) -> Option<Content<'a>> {
        let body = self.body;
        Some(match *body.first()? {
            TYPE_TAP => Content::Tap(body.get(BODY_MIN..)?),
            TYPE_PACKET => Content::Packet(PacketHead {
                epoch: u64_at(body, 24)?,
                seq: u64_at(body, 32)?,
                layer: *body.get(40)?,
                level: *body.get(41)?,
                flags: *body.get(1)?,
            }),
            TYPE_REPORT => Content::Report(Report {
                epoch: u64_at(body, 24)?,
                ntp: u64_at(body, 32)?,
                rtp_time: u32_at(body, 40)?,
                packets: u32_at(body, 44)?,
                octets: u32_at(body, 48)?,
                layer: *body.get(52)?,
            }),
            TYPE_GAP => Content::Gap {
                last: u64_at(body, 24)?,
                last_arrival_us: u64_at(body, 32)?,
                reason: *body.get(40)?,
            },
            TYPE_END => Content::End {
                reason: *body.get(24)?,
            },
            _ => return None,
        })
    }

    /// The RTP packet, if this is one and the key is right.
    pub fn open(&self, seal: &TapSeal) -> Option<Vec<u8>> {
        if *self.body.first()? != TYPE_PACKET {
            return None;
        }
        let (aad, sealed) = self.body.split_at_checked(PACKET_HEAD_BYTES)?;
        let mut sealed = sealed.to_vec();
        let plain = seal.open(self.place().number, aad, &mut sealed)?;
        Some(plain.to_vec())
    }
}

/// Whole records with right checksums; ends where one is torn or damaged.
pub fn records(bytes: &[u8]) -> impl Iterator<Item = Record<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let len = u32_at(rest, 0)? as usize;
        if !(BODY_MIN..=BODY_MAX).contains(&len) {
            return None;
        }
        let body = rest.get(FRONT_BYTES..FRONT_BYTES + len)?;
        if u32_at(rest, 4)? != crc32c::crc32c(body) {
            return None;
        }
        rest = &rest[FRONT_BYTES + len..];
        Some(Record { body })
    })
}

/// A segment's JSON and what follows it. None: not a segment, or its head is torn.
pub fn segment(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = bytes.strip_prefix(&MAGIC)?;
    let len = u32_at(rest, 0)? as usize;
    if len > HEAD_JSON_MAX {
        return None;
    }
    let json = rest.get(8..8 + len)?;
    (u32_at(rest, 4)? == crc32c::crc32c(json)).then(|| (json, &rest[8 + len..]))
}
