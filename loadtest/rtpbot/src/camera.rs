//! A camera or a screen: frames of the right sizes at the right times, in up to three Layers, key frames when asked.

use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::stamp::{NO_REFERENCE, Stamp, Tag};
use crate::vp8::Frame;

pub const CLOCK_HZ: u64 = 90_000;
/// How many times an ordinary frame a key frame weighs.
const KEY_WEIGHT: usize = 4;

/// One encoding as the controller wants it, lowest first.
#[derive(Clone, Debug, Deserialize)]
pub struct LayerWish {
    pub rid: String,
    pub kbps: u32,
    pub width: u16,
    pub height: u16,
}

struct Layer {
    tag: Tag,
    wish: LayerWish,
    /// The frame that the next base frame refers to.
    base: Option<u32>,
    key_wanted: bool,
    key_idx: u8,
    tl0_pic_idx: u8,
    /// Frames since the last key frame: even ones are base, odd ones are temporal layer 1, which nobody refers to.
    since_key: u32,
}

pub struct Camera {
    fps: u32,
    start: Instant,
    number: u32,
    layers: Vec<Layer>,
}

impl Camera {
    pub fn new(bot: u32, source: u32, fps: u32, wishes: &[LayerWish], start: Instant) -> Camera {
        let layer = |(at, wish): (usize, &LayerWish)| Layer {
            tag: Tag::new(bot, source, at as u32),
            wish: wish.clone(),
            base: None,
            key_wanted: true,
            key_idx: 0,
            tl0_pic_idx: 0,
            since_key: 0,
        };
        Camera {
            fps: fps.clamp(1, 60),
            start,
            number: 0,
            layers: wishes.iter().enumerate().map(layer).collect(),
        }
    }

    pub fn due(&self) -> Instant {
        self.start + Duration::from_micros(u64::from(self.number) * 1_000_000 / u64::from(self.fps))
    }

    /// PLI or FIR came for this rid, or for all.
    pub fn ask_key(&mut self, rid: Option<&str>) {
        for layer in &mut self.layers {
            if rid.is_none_or(|rid| rid == layer.wish.rid) {
                layer.key_wanted = true;
            }
        }
    }

    /// What was missed while the process was busy is not sent late: a real camera drops it too.
    pub fn skip_to(&mut self, now: Instant) {
        while self.due() + Duration::from_millis(200) < now {
            self.number += 1;
        }
    }

    /// The frame that is due, of every Layer: place of the Layer, RTP time, packets, and whether it is a key frame.
    pub fn shoot(&mut self, sent_us: u64) -> Vec<(usize, u32, Vec<Vec<u8>>, bool)> {
        let rtp_time = (u64::from(self.number) * CLOCK_HZ / u64::from(self.fps)) as u32;
        let (number, fps) = (self.number, self.fps);
        self.number += 1;
        self.layers
            .iter_mut()
            .enumerate()
            .map(|(at, layer)| {
                let frame = layer.frame(number, fps, sent_us);
                (at, rtp_time, frame.packets(), frame.key)
            })
            .collect()
    }
}

impl Layer {
    fn frame(&mut self, number: u32, fps: u32, sent_us: u64) -> Frame {
        let key = self.key_wanted || self.base.is_none();
        if key {
            self.key_wanted = false;
            self.key_idx = (self.key_idx + 1) & 0x1f;
            self.since_key = 0;
        }
        let is_base = self.since_key.is_multiple_of(2);
        let reference = if key {
            NO_REFERENCE
        } else {
            self.base.unwrap_or(NO_REFERENCE)
        };
        if is_base {
            self.base = Some(number);
            self.tl0_pic_idx = self.tl0_pic_idx.wrapping_add(1);
        }
        self.since_key += 1;
        let usual = self.wish.kbps as usize * 125 / fps as usize;
        Frame {
            key,
            temporal: u8::from(!is_base),
            picture_id: (number & 0x7fff) as u16,
            tl0_pic_idx: self.tl0_pic_idx,
            key_idx: self.key_idx,
            width: self.wish.width,
            height: self.wish.height,
            len: if key { usual * KEY_WEIGHT } else { usual },
            stamp: Stamp {
                tag: self.tag,
                number,
                reference,
                sent_us,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vp8::read;

    fn wish(rid: &str, kbps: u32) -> LayerWish {
        LayerWish {
            rid: rid.into(),
            kbps,
            width: 320,
            height: 180,
        }
    }

    #[test]
    fn base_frames_refer_to_base_frames() {
        let mut camera = Camera::new(1, 1, 20, &[wish("q", 160)], Instant::now());
        let references: Vec<u32> = (0..6)
            .map(|_| {
                read(&camera.shoot(0)[0].2[0])
                    .unwrap()
                    .stamp
                    .unwrap()
                    .reference
            })
            .collect();
        assert_eq!(references, [NO_REFERENCE, 0, 0, 2, 2, 4]);
    }

    #[test]
    fn a_key_frame_comes_for_the_layer_that_asked() {
        let mut camera = Camera::new(1, 1, 20, &[wish("q", 160), wish("f", 800)], Instant::now());
        assert!(camera.shoot(0).iter().all(|shot| shot.3));
        camera.ask_key(Some("f"));
        let keys: Vec<bool> = camera.shoot(0).iter().map(|shot| shot.3).collect();
        assert_eq!(keys, [false, true]);
        assert_eq!(camera.shoot(0)[0].1, 2 * 4500);
    }
}
