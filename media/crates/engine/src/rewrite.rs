//! One Slot's running numbers: whatever source feeds it, its sequence, time and picture ids go on.
//!
//! The Slot's life is a chain of stretches, each from one source (a layer of a Track). A stretch maps numbers with
//! [`NumberMap`] and time with one offset; at a switch the next stretch goes on where the last one ended.

use wire::{ExtSeq, RtpTime, SeqNo, SeqUnwrapper};

use crate::api::{Mono, TrackKey};
use crate::cache::Cached;
use crate::history::{Carried, History, Refusal};
use crate::numbers::{NumberMap, Place};
use crate::picture::Shape;

/// A new source whose clock disagrees with the arrival by more than this is aligned by arrival.
const DISAGREE_US: i64 = 300_000;

/// Where a stretch gets its packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Index in the Room, and the key to know that it is still the same Track.
    pub at: u32,
    pub track: TrackKey,
    pub layer: u8,
    /// The layer's beginnings: a new SSRC, an unmuting.
    pub epoch: u32,
}

/// What replaces the source's own values in a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewritten {
    pub number: u64,
    pub time: RtpTime,
    pub picture: u16,
    pub tl0: u8,
}

/// What to do with a packet of the current source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Send(Rewritten),
    /// Its number was reserved but it is not wanted any more: fill the number with an empty packet.
    Fill(Rewritten),
    /// Dropped on purpose, no number taken.
    Drop,
    /// Cannot be placed: too old, or the number was used.
    Refuse,
}

#[derive(Clone, Debug)]
struct Stretch {
    source: Source,
    /// First number of the Slot that is its own.
    since: u64,
    numbers: NumberMap,
    pictures: NumberMap,
    picture_ids: SeqUnwrapper,
    tl0_offset: u8,
    time_offset: u32,
}

#[derive(Clone, Debug)]
pub struct Rewriter {
    clock_rate_hz: u32,
    history: History,
    current: Option<Stretch>,
    /// Kept so that losses just before a switch can still be repaired.
    previous: Option<Stretch>,
    /// Highest temporal layer that flows.
    temporal: u8,
    /// Newest values that went out.
    time: RtpTime,
    picture: u64,
    tl0: u8,
    /// The source's time and arrival of the newest packet.
    source_time: RtpTime,
    arrival: Option<Mono>,
}

/// A picture id as a number that does not wrap: its bits are moved up so that the 16-bit unwrapper serves 15 and 7 bits alike.
fn picture_number(ids: &mut SeqUnwrapper, shape: &Shape) -> Option<u64> {
    let id = shape.vp8.as_ref()?.picture_id?;
    let shift = if id.wide { 1 } else { 9 };
    Some(ids.unwrap(SeqNo(id.value << shift)).0 >> shift)
}

impl Rewriter {
    /// `first` is the number before the first to be sent; `time` is random (RFC 3550 section 5.1).
    pub fn new(clock_rate_hz: u32, first: u64, time: u32, video: bool) -> Self {
        Self {
            clock_rate_hz,
            history: History::new(first, video),
            current: None,
            previous: None,
            temporal: u8::MAX,
            time: RtpTime(time),
            picture: u64::from(time) & 0x3fff,
            tl0: time as u8,
            source_time: RtpTime(0),
            arrival: None,
        }
    }

    pub fn source(&self) -> Option<Source> {
        self.current.as_ref().map(|stretch| stretch.source)
    }

    /// The newest RTP time that went out.
    pub fn time(&self) -> RtpTime {
        self.time
    }

    /// The current source's own time of the newest packet, to align a switch by capture time.
    pub fn source_time(&self) -> RtpTime {
        self.source_time
    }

    /// The Slot's RTP time for a time of the current source.
    pub fn map_time(&self, time: RtpTime) -> Option<RtpTime> {
        self.current
            .as_ref()
            .map(|stretch| time.plus(stretch.time_offset))
    }

    pub fn temporal(&self) -> u8 {
        self.temporal
    }

    /// Go on with another source, from the packet `first` on. `captured_us_since` is the capture time of `first` since that
    /// of the newest packet sent, where both are known on one clock.
    pub fn switch(
        &mut self,
        source: Source,
        first: &Cached,
        captured_us_since: Option<i64>,
        temporal: u8,
        now: Mono,
    ) {
        let since = self.history.newest() + 1;
        let mut numbers = NumberMap::default();
        numbers.start(first.seq.0, since);
        let mut picture_ids = SeqUnwrapper::new();
        let mut pictures = NumberMap::default();
        if let Some(number) = picture_number(&mut picture_ids, &first.shape) {
            pictures.start(number, self.picture + 1);
        }
        let tl0 = first.shape.vp8.and_then(|vp8| vp8.tl0_pic_idx).unwrap_or(0);
        let time = if self.arrival.is_some() {
            self.time.plus(self.ticks_since(captured_us_since, now))
        } else {
            self.time
        };
        let stretch = Stretch {
            source,
            since,
            numbers,
            pictures,
            picture_ids,
            tl0_offset: self.tl0.wrapping_add(1).wrapping_sub(tl0),
            time_offset: time.0.wrapping_sub(first.time.0),
        };
        self.previous = self.current.replace(stretch);
        self.temporal = temporal;
        // So that `first` counts as newer than all.
        self.time = time.minus(1);
        self.source_time = first.time.minus(1);
    }

    /// The source is gone or paused; the next one goes on from here.
    pub fn stop(&mut self) {
        if let Some(stretch) = self.current.take() {
            self.previous = Some(stretch);
        }
    }

    /// How far the Slot's time moves from the newest packet to a new source's first: never back, never less than a frame could.
    fn ticks_since(&self, captured_us_since: Option<i64>, now: Mono) -> u32 {
        let arrived_us = self.arrival.map_or(0, |arrival| (now.0 - arrival.0) as i64);
        let moved_us = captured_us_since
            .filter(|us| (us - arrived_us).abs() < DISAGREE_US)
            .unwrap_or(arrived_us);
        // 20 ms of sound were in the newest packet; two pictures closer than 10 ms would be one.
        let least_us = if self.clock_rate_hz == 48_000 {
            20_000
        } else {
            10_000
        };
        let ticks = i128::from(moved_us.max(least_us)) * i128::from(self.clock_rate_hz) / 1_000_000;
        ticks as u32
    }

    /// Place a packet of the current source. `temporal_max` is what the subscriber is allowed.
    pub fn place(&mut self, packet: &Cached, temporal_max: u8, now: Mono) -> Step {
        let Some(stretch) = self.current.as_mut() else {
            return Step::Refuse;
        };
        let begins = packet.time.is_newer_than(self.source_time);
        if begins {
            self.temporal = next_temporal(self.temporal, temporal_max, &packet.shape);
        }
        let unwanted = packet.shape.temporal > self.temporal;
        let picture = match picture_number(&mut stretch.picture_ids, &packet.shape) {
            // A frame of which nothing was seen while it was new keeps its place even if unwanted: its number was given.
            Some(number) if unwanted && number > stretch.pictures.highest() => {
                stretch.pictures.skip(number)
            }
            Some(number) => stretch.pictures.take(number),
            None if unwanted => Place::Dropped,
            None => Place::At(0),
        };
        if begins {
            self.source_time = packet.time;
        }
        let (place, wanted) = match picture {
            Place::At(_) => (stretch.numbers.take(packet.seq.0), true),
            Place::Dropped => (stretch.numbers.skip(packet.seq.0), false),
            Place::TooOld => return Step::Refuse,
        };
        let Place::At(number) = place else {
            return if place == Place::Dropped {
                Step::Drop
            } else {
                Step::Refuse
            };
        };
        let carried = if wanted {
            Carried::Media(packet.seq.seq())
        } else {
            Carried::Padding
        };
        if !self.history.claim(number, carried, now.0 / 1000) {
            return Step::Refuse;
        }
        let rewritten = rewritten(stretch, packet, picture, number);
        self.note_sent(&rewritten, packet, picture, now);
        if wanted {
            Step::Send(rewritten)
        } else {
            Step::Fill(rewritten)
        }
    }

    /// Whether a packet is from the stretch before the current one: it can only fill a hole there.
    pub fn belongs_to_previous(&self, source: Source, seq: ExtSeq) -> bool {
        let previous = self
            .previous
            .as_ref()
            .filter(|previous| previous.source == source);
        previous.is_some_and(|previous| seq.0 <= previous.numbers.highest())
    }

    /// Place a late packet of the stretch before the current one: its number waits for it, or it is refused.
    pub fn place_in_previous(&mut self, packet: &Cached, now: Mono) -> Step {
        let Some(stretch) = self.previous.as_ref() else {
            return Step::Refuse;
        };
        let Place::At(number) = stretch.numbers.find(packet.seq.0) else {
            return Step::Refuse;
        };
        let mut ids = stretch.picture_ids;
        let picture = match picture_number(&mut ids, &packet.shape) {
            Some(number) => stretch.pictures.find(number),
            None => Place::At(0),
        };
        let wanted = matches!(picture, Place::At(_));
        let carried = if wanted {
            Carried::Media(packet.seq.seq())
        } else {
            Carried::Padding
        };
        if !self.history.claim(number, carried, now.0 / 1000) {
            return Step::Refuse;
        }
        let rewritten = rewritten(stretch, packet, picture, number);
        if wanted {
            Step::Send(rewritten)
        } else {
            Step::Fill(rewritten)
        }
    }

    /// An empty packet came from the source (a probe): it takes no number, unless one was reserved for it.
    pub fn skip(&mut self, seq: ExtSeq, time: RtpTime, now: Mono) -> Step {
        let Some(stretch) = self.current.as_mut() else {
            return Step::Refuse;
        };
        match stretch.numbers.skip(seq.0) {
            Place::At(number) if self.history.claim(number, Carried::Padding, now.0 / 1000) => {
                Step::Fill(Rewritten {
                    number,
                    time: time.plus(stretch.time_offset),
                    picture: 0,
                    tl0: 0,
                })
            }
            Place::At(_) | Place::TooOld => Step::Refuse,
            Place::Dropped => Step::Drop,
        }
    }

    fn note_sent(&mut self, rewritten: &Rewritten, packet: &Cached, picture: Place, now: Mono) {
        if rewritten.time.is_newer_than(self.time) {
            self.time = rewritten.time;
            self.arrival = Some(now);
        }
        if let (Place::At(picture), Some(vp8)) = (picture, packet.shape.vp8)
            && picture >= self.picture
        {
            self.picture = picture;
            if vp8.tl0_pic_idx.is_some() {
                self.tl0 = rewritten.tl0;
            }
        }
    }

    /// What a NACKed number carried, and from where to take it again.
    pub fn resend(
        &mut self,
        seq: SeqNo,
        now: Mono,
        spacing_ms: u16,
    ) -> Result<(u64, Source, Carried), Refusal> {
        let number = ExtSeq(self.history.newest()).nearest(seq).0;
        let stretch = self.stretch_of(number).ok_or(Refusal::Unknown)?;
        let source = stretch.source;
        let carried = self.history.resend(number, now.0 / 1000, spacing_ms)?;
        Ok((number, source, carried))
    }

    /// The values that a packet went out with, to repeat it byte for byte.
    pub fn repeat(&self, number: u64, packet: &Cached) -> Option<Rewritten> {
        let stretch = self.stretch_of(number)?;
        // Not unwrapped into the stretch's state: a repeat moves nothing.
        let mut ids = stretch.picture_ids;
        let picture = match picture_number(&mut ids, &packet.shape) {
            Some(number) => stretch.pictures.find(number),
            None => Place::At(0),
        };
        matches!(picture, Place::At(_)).then(|| rewritten(stretch, packet, picture, number))
    }

    /// The values for repeating an empty packet.
    pub fn repeat_empty(&self, number: u64) -> Rewritten {
        Rewritten {
            number,
            time: self.time,
            picture: 0,
            tl0: 0,
        }
    }

    fn stretch_of(&self, number: u64) -> Option<&Stretch> {
        [&self.current, &self.previous]
            .into_iter()
            .flatten()
            .find(|stretch| number >= stretch.since)
    }

    /// The newest number that was sent or reserved.
    pub fn newest(&self) -> u64 {
        self.history.newest()
    }
}

fn rewritten(stretch: &Stretch, packet: &Cached, picture: Place, number: u64) -> Rewritten {
    let tl0 = packet
        .shape
        .vp8
        .and_then(|vp8| vp8.tl0_pic_idx)
        .unwrap_or(0);
    Rewritten {
        number,
        time: packet.time.plus(stretch.time_offset),
        picture: if let Place::At(picture) = picture {
            picture as u16
        } else {
            0
        },
        tl0: tl0.wrapping_add(stretch.tl0_offset),
    }
}

/// The temporal layer that flows from a new frame on: down at once, up only where the frame says one may begin.
fn next_temporal(temporal: u8, wanted: u8, shape: &Shape) -> u8 {
    if wanted <= temporal || shape.starts_keyframe {
        wanted
    } else if shape.layer_sync && shape.temporal > temporal {
        wanted.min(shape.temporal)
    } else {
        temporal
    }
}

#[cfg(test)]
#[path = "rewrite_tests.rs"]
mod tests;
