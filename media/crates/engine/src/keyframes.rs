//! Asking a publisher for a key frame: whatever many subscribers want becomes one request per layer, with a limit.

use crate::api::Mono;

/// At most one request in this time: a key frame is many times a frame's size, and a browser needs about 50 ms to make one.
const SPACING_US: u64 = 500_000;
/// After this many unanswered requests the layer is probably not sent at all; ask rarely from then on.
const EAGER_ASKS: u32 = 10;
const PATIENT_SPACING_US: u64 = 3_000_000;

#[derive(Clone, Copy, Debug, Default)]
pub struct Keyframes {
    wanted: bool,
    asked: Option<Mono>,
    unanswered: u32,
    /// Requests sent since the layer exists.
    pub asks: u64,
    /// Key frames seen.
    pub seen: u64,
}

impl Keyframes {
    /// Somebody cannot go on without a key frame.
    pub fn want(&mut self) {
        self.wanted = true;
    }

    /// Whether a request waits for its time or its answer.
    pub fn wanted(&self) -> bool {
        self.wanted
    }

    /// A key frame begins: who waited has it. Whoever starts to wait after this begins a new request.
    pub fn arrived(&mut self) {
        self.wanted = false;
        self.unanswered = 0;
        self.seen += 1;
    }

    /// Nobody waits any more.
    pub fn forget(&mut self) {
        self.wanted = false;
    }

    /// Whether a request must be sent now; it counts as sent.
    #[inline]
    pub fn due(&mut self, now: Mono) -> bool {
        if !self.wanted {
            return false;
        }
        let spacing_us = if self.unanswered < EAGER_ASKS {
            SPACING_US
        } else {
            PATIENT_SPACING_US
        };
        if self.asked.is_some_and(|asked| now.0 - asked.0 < spacing_us) {
            return false;
        }
        self.asked = Some(now);
        self.unanswered += 1;
        self.asks += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_wishes_are_one_request_until_the_key_frame_comes() {
        let mut keyframes = Keyframes::default();
        let mut asked = Vec::new();
        for ms in 0..1200 {
            keyframes.want();
            if keyframes.due(Mono(ms * 1000)) {
                asked.push(ms);
            }
        }
        assert_eq!(asked, [0, 500, 1000]);
        keyframes.arrived();
        assert!(!keyframes.due(Mono(5_000_000)));
    }

    #[test]
    fn a_new_wish_right_after_a_key_frame_still_keeps_the_limit() {
        let mut keyframes = Keyframes::default();
        keyframes.want();
        assert!(keyframes.due(Mono(0)));
        keyframes.arrived();
        keyframes.want();
        assert!(!keyframes.due(Mono(100_000)));
        assert!(keyframes.due(Mono(500_000)));
    }

    #[test]
    fn an_unanswered_wish_becomes_patient() {
        let mut keyframes = Keyframes::default();
        keyframes.want();
        let asked = (0..60_000u64)
            .filter(|ms| keyframes.due(Mono(ms * 1000)))
            .count();
        assert!((25..30).contains(&asked), "{asked}");
    }
}
