//! A microphone: packets like those of Opus every 20 ms while it speaks, and a sign of life now and then when it does not (DTX).

use std::time::{Duration, Instant};

use crate::stamp::{Stamp, Tag};

const TICK: Duration = Duration::from_millis(20);
const SAMPLES_A_TICK: u32 = 960;
/// Hybrid, full band, 20 ms, mono, one frame (RFC 6716 table 2).
const TOC: u8 = 15 << 3;
/// 32 kbit/s.
const SPEECH_LEN: usize = 80;
/// In DTX an encoder sends one packet in so many.
const DTX_TICKS: u32 = 20;
const SPEECH_DBOV: i8 = -30;
const SILENCE_DBOV: i8 = -127;

pub struct Mic {
    tag: Tag,
    start: Instant,
    tick: u32,
    speaking: bool,
    /// Spoken frames so far, and those of this talk-spurt.
    number: u32,
    place: u32,
}

pub struct Spoken {
    pub rtp_time: u32,
    pub payload: Vec<u8>,
    pub level_dbov: i8,
    /// First of a talk-spurt (RFC 3551 section 4.1).
    pub marker: bool,
}

impl Mic {
    pub fn new(bot: u32, source: u32, start: Instant) -> Mic {
        Mic {
            tag: Tag::new(bot, source, 0),
            start,
            tick: 0,
            speaking: false,
            number: 0,
            place: 0,
        }
    }

    pub fn speak(&mut self, on: bool) {
        if on && !self.speaking {
            self.place = 0;
        }
        self.speaking = on;
    }

    pub fn due(&self) -> Instant {
        self.start + TICK * self.tick
    }

    pub fn skip_to(&mut self, now: Instant) {
        while self.due() + Duration::from_millis(200) < now {
            self.tick += 1;
        }
    }

    /// What is due; None in silence.
    pub fn record(&mut self, sent_us: u64) -> Option<Spoken> {
        let tick = self.tick;
        self.tick += 1;
        let rtp_time = tick.wrapping_mul(SAMPLES_A_TICK);
        if !self.speaking {
            return tick.is_multiple_of(DTX_TICKS).then(|| Spoken {
                rtp_time,
                payload: vec![TOC],
                level_dbov: SILENCE_DBOV,
                marker: false,
            });
        }
        let mut payload = Vec::with_capacity(SPEECH_LEN);
        payload.push(TOC);
        let stamp = Stamp {
            tag: self.tag,
            number: self.number,
            reference: self.place,
            sent_us,
        };
        stamp.write(&mut payload);
        payload.resize(SPEECH_LEN, 0);
        self.number += 1;
        self.place += 1;
        Some(Spoken {
            rtp_time,
            payload,
            level_dbov: SPEECH_DBOV,
            marker: self.place == 1,
        })
    }
}

/// The stamp in an audio payload; None for DTX and for strangers.
pub fn read(payload: &[u8]) -> Option<Stamp> {
    Stamp::read(payload.get(1..)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speaks_every_20_ms_and_is_nearly_still_otherwise() {
        let mut mic = Mic::new(3, 0, Instant::now());
        assert_eq!((0..40).filter_map(|_| mic.record(0)).count(), 2);
        mic.speak(true);
        let spoken: Vec<Spoken> = (0..10).filter_map(|_| mic.record(0)).collect();
        assert_eq!(spoken.len(), 10);
        assert!(spoken[0].marker && !spoken[1].marker);
        assert_eq!(spoken[9].rtp_time - spoken[0].rtp_time, 9 * 960);
        assert_eq!(read(&spoken[4].payload).unwrap().reference, 4);
        mic.speak(false);
        mic.speak(true);
        let stamp = read(&mic.record(0).unwrap().payload).unwrap();
        assert_eq!((stamp.number, stamp.reference), (10, 0));
    }
}
