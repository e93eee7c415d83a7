//! How loud one audible Track is, made from what its packets claim and what they weigh.
//!
//! Loudness runs from 0 (digital silence) to 127 (full scale): 127 minus the level of RFC 6464. A claim is believed only as
//! far as the payload is heavy enough for it, and a voice that never pauses loses its head start: speech pauses, a machine
//! that claims to be loud does not.

use crate::api::Mono;

/// Speech lies at -20 to -45 dBov, a quiet room below -60.
pub const SPEAKING: f32 = 77.0;
/// Per packet of 20 ms: three packets of speech over silence reach [`SPEAKING`].
const ATTACK: f32 = 0.35;
/// Per packet of 20 ms: half a second of pause falls from speech to silence.
const RELEASE: f32 = 0.06;
/// Loudness that one payload byte can carry: 20 ms of Opus speech takes 20 bytes at the very least, a DTX packet has 1 to 3.
const LOUDNESS_PER_BYTE: f32 = 4.0;
/// Without the extension, the weight alone speaks: 40 bytes and more count as speech.
const LOUDNESS_PER_BYTE_UNCLAIMED: f32 = 2.0;
/// Nothing came for so long: DTX or gone, the loudness falls by itself.
const SILENT_AFTER_US: u64 = 120_000;
/// A pause this long makes the speaker fresh again.
const PAUSE_US: u64 = 250_000;
/// People pause within this time.
const BREATH_US: u64 = 30_000_000;
/// Lost per second without a pause, past [`BREATH_US`].
const FATIGUE_PER_S: f32 = 2.0;
const FATIGUE_MAX: f32 = 60.0;

#[derive(Clone, Copy, Debug, Default)]
pub struct Voice {
    loudness: f32,
    heard: Option<Mono>,
    /// Last time the claimed loudness was below speech.
    paused: Mono,
    pause_began: Option<Mono>,
    /// Last time the smoothed loudness was speech.
    spoke: Option<Mono>,
}

impl Voice {
    /// A packet came: the level of RFC 6464 (0 loudest), if it carries one, and its payload's length. `true`: the Track
    /// has just begun to speak.
    #[inline]
    pub fn hear(&mut self, level: Option<u8>, payload_len: usize, now: Mono) -> bool {
        let weight = payload_len as f32;
        let sample = match level {
            Some(level) => (127.0 - f32::from(level.min(127))).min(weight * LOUDNESS_PER_BYTE),
            None => (weight * LOUDNESS_PER_BYTE_UNCLAIMED).min(SPEAKING + 10.0),
        };
        self.note_pause(sample < SPEAKING, now);
        let was_speaking = self.loudness >= SPEAKING;
        let step = if sample > self.loudness {
            ATTACK
        } else {
            RELEASE
        };
        self.loudness += (sample - self.loudness) * step;
        self.heard = Some(now);
        if self.loudness >= SPEAKING {
            self.spoke = Some(now);
        }
        !was_speaking && self.loudness >= SPEAKING
    }

    /// Called every so often, for what no packet says.
    pub fn settle(&mut self, now: Mono) {
        if self
            .heard
            .is_some_and(|heard| now.0 - heard.0 > SILENT_AFTER_US)
        {
            self.loudness *= 0.7;
            self.note_pause(true, now);
        }
    }

    /// The server dropped the Track's sound on command.
    pub fn silence(&mut self, now: Mono) {
        self.loudness = 0.0;
        self.note_pause(true, now);
    }

    fn note_pause(&mut self, quiet: bool, now: Mono) {
        if !quiet {
            self.pause_began = None;
            return;
        }
        let began = *self.pause_began.get_or_insert(now);
        if now.0 - began.0 >= PAUSE_US || self.heard.is_none() {
            self.paused = now;
        }
    }

    /// By how much the Track deserves to be heard.
    pub fn score(&self, now: Mono) -> f32 {
        let unbroken_us = now.0.saturating_sub(self.paused.0 + BREATH_US);
        let fatigue = (unbroken_us as f32 / 1_000_000.0 * FATIGUE_PER_S).min(FATIGUE_MAX);
        (self.loudness - fatigue).max(0.0)
    }

    pub fn is_speaking(&self, now: Mono) -> bool {
        self.score(now) >= SPEAKING
    }

    /// How long ago it last spoke.
    pub fn quiet_us(&self, now: Mono) -> u64 {
        self.spoke.map_or(u64::MAX, |spoke| now.0 - spoke.0)
    }

    /// As RFC 6464 counts.
    pub fn level_dbov(&self) -> u8 {
        (127.0 - self.loudness).clamp(0.0, 127.0) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk(voice: &mut Voice, from_ms: u64, ms: u64, level: u8, len: usize) {
        for at in (from_ms..from_ms + ms).step_by(20) {
            voice.hear(Some(level), len, Mono(at * 1000));
        }
    }

    #[test]
    fn speech_is_noticed_within_a_syllable_and_outlasts_a_gap() {
        let mut voice = Voice::default();
        talk(&mut voice, 0, 100, 30, 80);
        assert!(voice.is_speaking(Mono(100_000)));
        talk(&mut voice, 100, 200, 30, 80);
        talk(&mut voice, 300, 60, 110, 80);
        assert!(voice.is_speaking(Mono(360_000)));
        talk(&mut voice, 360, 500, 110, 80);
        assert!(!voice.is_speaking(Mono(860_000)));
        assert!(voice.quiet_us(Mono(860_000)) > 300_000);
    }

    #[test]
    fn a_loud_claim_on_tiny_packets_is_not_believed() {
        let mut voice = Voice::default();
        talk(&mut voice, 0, 2000, 0, 3);
        assert!(!voice.is_speaking(Mono(2_000_000)));
    }

    #[test]
    fn a_claim_that_never_pauses_wears_off() {
        let mut voice = Voice::default();
        talk(&mut voice, 0, 29_000, 5, 80);
        assert!(voice.score(Mono(29_000_000)) > 100.0);
        talk(&mut voice, 29_000, 61_000, 5, 80);
        assert!(!voice.is_speaking(Mono(90_000_000)));
        talk(&mut voice, 90_000, 400, 120, 10);
        talk(&mut voice, 90_400, 400, 5, 80);
        assert!(voice.score(Mono(90_800_000)) > 100.0);
    }

    #[test]
    fn silence_by_absence_falls_too() {
        let mut voice = Voice::default();
        talk(&mut voice, 0, 400, 20, 80);
        for at in (500..1500u64).step_by(50) {
            voice.settle(Mono(at * 1000));
        }
        assert!(!voice.is_speaking(Mono(1_500_000)));
    }
}
