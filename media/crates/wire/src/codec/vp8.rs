//! VP8 payload descriptor and key frame header (RFC 7741 sections 4.2 and 4.3), and rewriting of the running ids.
//!
//! A slot shows one layer after another; each encoder counts its pictures for itself. The ids are rewritten in place, at the
//! width they came in, so that a decoder sees one run.

use super::FramePeek;
use crate::Malformed;
use crate::bytes::{array, u8_at};

/// The picture id, 7 or 15 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureId {
    /// The number.
    pub value: u16,
    /// 15 bits rather than 7.
    pub wide: bool,
}

impl PictureId {
    /// Numbers before it wraps.
    pub fn modulus(self) -> u16 {
        if self.wide { 1 << 15 } else { 1 << 7 }
    }
}

/// The parsed descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Descriptor {
    /// N: no later frame depends on this one.
    pub non_reference: bool,
    /// S: begins a partition.
    pub partition_start: bool,
    /// PID, 0 to 7.
    pub partition: u8,
    /// Picture id.
    pub picture_id: Option<PictureId>,
    /// TL0PICIDX: counts base-layer frames.
    pub tl0_pic_idx: Option<u8>,
    /// TID, 0 to 3.
    pub temporal: Option<u8>,
    /// Y: depends on base-layer frames only.
    pub layer_sync: bool,
    /// KEYIDX, 0 to 31.
    pub key_idx: Option<u8>,
    /// Bytes before the VP8 payload.
    pub len: usize,
    picture_id_at: usize,
    tl0_pic_idx_at: usize,
}

impl Descriptor {
    /// Reads the descriptor at the front of an RTP payload.
    pub fn parse(payload: &[u8]) -> Result<Descriptor, Malformed> {
        let b0 = u8_at(payload, 0).ok_or(Malformed::TooShort)?;
        let mut descriptor = Descriptor {
            non_reference: b0 & 0x20 != 0,
            partition_start: b0 & 0x10 != 0,
            partition: b0 & 0x07,
            len: 1,
            ..Descriptor::default()
        };
        if b0 & 0x80 != 0 {
            descriptor
                .parse_extended(payload)
                .ok_or(Malformed::TooShort)?;
        }
        // RFC 7741 section 4.2: the payload behind it has at least one byte.
        if descriptor.len >= payload.len() {
            return Err(Malformed::TooShort);
        }
        Ok(descriptor)
    }

    fn parse_extended(&mut self, payload: &[u8]) -> Option<()> {
        let flags = u8_at(payload, 1)?;
        let mut at = 2;
        if flags & 0x80 != 0 {
            let first = u8_at(payload, at)?;
            let wide = first & 0x80 != 0;
            let value = if wide {
                u16::from_be_bytes([first & 0x7f, u8_at(payload, at + 1)?])
            } else {
                u16::from(first)
            };
            self.picture_id = Some(PictureId { value, wide });
            self.picture_id_at = at;
            at += 1 + usize::from(wide);
        }
        if flags & 0x40 != 0 {
            self.tl0_pic_idx = Some(u8_at(payload, at)?);
            self.tl0_pic_idx_at = at;
            at += 1;
        }
        if flags & 0x30 != 0 {
            let byte = u8_at(payload, at)?;
            if flags & 0x20 != 0 {
                self.temporal = Some(byte >> 6);
                self.layer_sync = byte & 0x20 != 0;
            }
            if flags & 0x10 != 0 {
                self.key_idx = Some(byte & 0x1f);
            }
            at += 1;
        }
        self.len = at;
        Some(())
    }

    /// First packet of a frame.
    pub fn starts_frame(&self) -> bool {
        self.partition_start && self.partition == 0
    }

    /// First packet of a key frame: the P bit of the frame tag is clear.
    pub fn starts_keyframe(&self, payload: &[u8]) -> bool {
        self.starts_frame() && u8_at(payload, self.len).is_some_and(|tag| tag & 1 == 0)
    }

    /// Width and height, if this begins a key frame (RFC 6386 section 9.1). The upscaling bits are left out.
    pub fn size(&self, payload: &[u8]) -> Option<(u16, u16)> {
        if !self.starts_keyframe(payload) {
            return None;
        }
        let [s0, s1, s2, w0, w1, h0, h1] = array(payload, self.len + 3)?;
        let start_code = [s0, s1, s2] == [0x9d, 0x01, 0x2a];
        start_code.then(|| {
            (
                u16::from_le_bytes([w0, w1]) & 0x3fff,
                u16::from_le_bytes([h0, h1]) & 0x3fff,
            )
        })
    }

    /// All that forwarding asks.
    pub fn peek(&self, payload: &[u8]) -> FramePeek {
        FramePeek {
            starts_frame: self.starts_frame(),
            starts_keyframe: self.starts_keyframe(payload),
            temporal: self.temporal.unwrap_or(0),
            layer_sync: self.layer_sync,
            discardable: self.non_reference,
            size: self.size(payload),
        }
    }

    /// Puts other running ids into `payload`, a copy of the one this was parsed from. Only ids that are there are written, at
    /// their own width (the value is cut to it); the length never changes.
    pub fn rewrite(&self, payload: &mut [u8], picture_id: u16, tl0_pic_idx: u8) {
        match self.picture_id {
            Some(PictureId { wide: true, .. }) => {
                let bytes = (picture_id | 0x8000).to_be_bytes();
                if let Some(cell) = payload.get_mut(self.picture_id_at..self.picture_id_at + 2) {
                    cell.copy_from_slice(&bytes);
                }
            }
            Some(PictureId { wide: false, .. }) => {
                if let Some(cell) = payload.get_mut(self.picture_id_at) {
                    *cell = (picture_id & 0x7f) as u8;
                }
            }
            None => {}
        }
        if self.tl0_pic_idx.is_some()
            && let Some(cell) = payload.get_mut(self.tl0_pic_idx_at)
        {
            *cell = tl0_pic_idx;
        }
    }
}
