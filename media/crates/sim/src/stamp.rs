//! What a synthetic payload carries, so that whoever receives it can tell what it was.

use wire::codec::vp8;

/// Behind the VP8 descriptor or at the front of a sound packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub track: u32,
    pub layer: u8,
    /// The source's extended sequence number.
    pub seq: u64,
    pub frame: u64,
    /// Which packet of its frame, of how many.
    pub index: u16,
    pub count: u16,
    pub temporal: u8,
    pub key: bool,
    /// The frame that decoding this one needs, besides itself.
    pub reference: u64,
    /// True time of capture, in microseconds of the simulation.
    pub captured_us: u64,
}

const LEN: usize = 4 + 1 + 8 + 8 + 2 + 2 + 1 + 1 + 8 + 8;
/// Where it lies behind a VP8 descriptor: past the frame tag and the key frame's start code and size.
const BEHIND_TAG: usize = 10;
/// Bytes of the descriptor written here: X, I/L/T, 15-bit picture id, TL0PICIDX, TID.
const DESCRIPTOR: usize = 6;
/// Smallest payload that holds all of it.
pub const PAYLOAD_MIN: usize = DESCRIPTOR + BEHIND_TAG + LEN;

/// The codec part of a synthetic VP8 packet.
#[derive(Clone, Copy, Debug)]
pub struct Vp8 {
    pub picture: u16,
    pub tl0: u8,
    pub sync: bool,
}

impl Stamp {
    fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(LEN);
        out.extend_from_slice(&self.track.to_be_bytes());
        out.push(self.layer);
        out.extend_from_slice(&self.seq.to_be_bytes());
        out.extend_from_slice(&self.frame.to_be_bytes());
        out.extend_from_slice(&self.index.to_be_bytes());
        out.extend_from_slice(&self.count.to_be_bytes());
        out.push(self.temporal);
        out.push(u8::from(self.key));
        out.extend_from_slice(&self.reference.to_be_bytes());
        out.extend_from_slice(&self.captured_us.to_be_bytes());
        out
    }

    /// A video payload of `len` bytes (RFC 7741 section 4.2).
    pub fn video(&self, vp8: Vp8, len: usize) -> Vec<u8> {
        let start = self.index == 0;
        let mut out = vec![0x80 | (u8::from(start) << 4), 0xe0];
        out.extend_from_slice(&(vp8.picture | 0x8000).to_be_bytes());
        out.extend_from_slice(&[vp8.tl0, (self.temporal << 6) | (u8::from(vp8.sync) << 5)]);
        out.extend_from_slice(&[
            u8::from(!self.key),
            0,
            0,
            0x9d,
            0x01,
            0x2a,
            0x40,
            0x01,
            0xb4,
            0x00,
        ]);
        out.extend_from_slice(&self.bytes());
        out.resize(len.max(PAYLOAD_MIN), 0x55);
        out
    }

    /// A sound payload of `len` bytes.
    pub fn audio(&self, len: usize) -> Vec<u8> {
        let mut out = self.bytes();
        out.resize(len.max(LEN), 0x66);
        out
    }

    pub fn read(video: bool, payload: &[u8]) -> Option<Stamp> {
        let at = if video { DESCRIPTOR + BEHIND_TAG } else { 0 };
        let bytes = payload.get(at..at + LEN)?;
        let u64_at = |at| wire::bytes::u64_at(bytes, at);
        Some(Stamp {
            track: wire::bytes::u32_at(bytes, 0)?,
            layer: bytes[4],
            seq: u64_at(5)?,
            frame: u64_at(13)?,
            index: wire::bytes::u16_at(bytes, 21)?,
            count: wire::bytes::u16_at(bytes, 23)?,
            temporal: bytes[25],
            key: bytes[26] == 1,
            reference: u64_at(27)?,
            captured_us: u64_at(35)?,
        })
    }

    /// Picture id and TL0PICIDX of a video payload.
    pub fn running_ids(payload: &[u8]) -> Option<(u16, u8)> {
        let descriptor = vp8::Descriptor::parse(payload).ok()?;
        Some((descriptor.picture_id?.value, descriptor.tl0_pic_idx?))
    }
}
