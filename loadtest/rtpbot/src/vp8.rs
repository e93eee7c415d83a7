//! The outside of VP8 over RTP (RFC 7741): descriptor and frame tag. What is inside is a stamp and zeros: nobody decodes.

use crate::stamp::{STAMP_LEN, Stamp};

/// Payload bytes of one packet at most; with headers, extensions and SRTP under 1200.
const PAYLOAD_LEN_MAX: usize = 1140;
const DESCRIPTOR_LEN: usize = 6;
const FRAME_TAG_LEN: usize = 3;
const KEY_HEADER_LEN: usize = 10;
const START_CODE: [u8; 3] = [0x9d, 0x01, 0x2a];

/// One frame to be cut into packets.
pub struct Frame {
    pub key: bool,
    pub temporal: u8,
    pub picture_id: u16,
    pub tl0_pic_idx: u8,
    pub key_idx: u8,
    pub width: u16,
    pub height: u16,
    pub len: usize,
    pub stamp: Stamp,
}

impl Frame {
    /// The payloads, equal in size within a byte, as libwebrtc cuts them.
    pub fn packets(&self) -> Vec<Vec<u8>> {
        let len = self.len.max(KEY_HEADER_LEN + STAMP_LEN);
        let room = PAYLOAD_LEN_MAX - DESCRIPTOR_LEN - KEY_HEADER_LEN;
        let count = len.div_ceil(room).max(1);
        (0..count)
            .map(|at| self.packet(at == 0, len / count + usize::from(at < len % count)))
            .collect()
    }

    fn packet(&self, first: bool, share: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(DESCRIPTOR_LEN + share.max(KEY_HEADER_LEN + STAMP_LEN));
        // X, N for what nobody refers to, S at the front of the only partition.
        out.push(0x80 | if self.temporal > 0 { 0x20 } else { 0 } | if first { 0x10 } else { 0 });
        out.push(0xf0); // I, L, T, K all follow
        out.extend((self.picture_id | 0x8000).to_be_bytes());
        out.push(self.tl0_pic_idx);
        out.push(self.temporal << 6 | (self.key_idx & 0x1f));
        let front = out.len();
        if first {
            // RFC 6386 section 9.1: P bit clear for a key frame, shown.
            out.extend([0x10 | u8::from(!self.key), 0, 0]);
            if self.key {
                out.extend(START_CODE);
                out.extend(self.width.to_le_bytes());
                out.extend(self.height.to_le_bytes());
            }
        }
        self.stamp.write(&mut out);
        out.resize(front + share.max(out.len() - front), 0);
        out
    }
}

/// What a receiver reads of one payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    pub starts_frame: bool,
    pub key: bool,
    pub stamp: Option<Stamp>,
}

/// None: not VP8.
pub fn read(payload: &[u8]) -> Option<Piece> {
    let b0 = *payload.first()?;
    let mut at = 1;
    if b0 & 0x80 != 0 {
        let flags = *payload.get(1)?;
        at = 2;
        if flags & 0x80 != 0 {
            at += if payload.get(at)? & 0x80 != 0 { 2 } else { 1 };
        }
        at += usize::from(flags & 0x40 != 0) + usize::from(flags & 0x30 != 0);
    }
    let starts_frame = b0 & 0x17 == 0x10;
    let key = starts_frame && payload.get(at)? & 1 == 0;
    let header = match (starts_frame, key) {
        (_, true) => KEY_HEADER_LEN,
        (true, false) => FRAME_TAG_LEN,
        (false, false) => 0,
    };
    let stamp = payload.get(at + header..).and_then(Stamp::read);
    Some(Piece {
        starts_frame,
        key,
        stamp,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stamp::{NO_REFERENCE, Tag};

    fn frame(key: bool, len: usize) -> Frame {
        Frame {
            key,
            temporal: 0,
            picture_id: 300,
            tl0_pic_idx: 3,
            key_idx: 1,
            width: 640,
            height: 360,
            len,
            stamp: Stamp {
                tag: Tag::new(1, 1, 0),
                number: 5,
                reference: NO_REFERENCE,
                sent_us: 17,
            },
        }
    }

    #[test]
    fn a_frame_is_cut_into_equal_packets_and_read_again() {
        for (key, len) in [
            (true, 5000),
            (false, 700),
            (false, 0),
            (true, 1124),
            (false, 1125),
        ] {
            let frame = frame(key, len);
            let packets = frame.packets();
            let sizes: Vec<usize> = packets.iter().map(Vec::len).collect();
            assert!(sizes.iter().all(|len| *len <= PAYLOAD_LEN_MAX), "{sizes:?}");
            assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
            for (at, packet) in packets.iter().enumerate() {
                let piece = read(packet).unwrap();
                assert_eq!((piece.starts_frame, piece.key), (at == 0, at == 0 && key));
                assert_eq!(piece.stamp, Some(frame.stamp));
            }
        }
    }

    #[test]
    fn foreign_bytes_are_no_picture() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[0x80]), None);
        assert_eq!(read(&[0x00, 1, 2]).unwrap().stamp, None);
    }
}
