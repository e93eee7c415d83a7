//! Taps: what a Track brings, as records for whoever writes a recording.
//!
//! A Tap watches as a Slot does: the highest wanted layer that flows, another one from its key frame on. It begins with
//! whatever comes first, so that nothing is lost while a key frame is on its way. Records go into the outbox in the order of
//! arrival; a packet is copied once, nothing is sealed, numbered or written here.

use wire::rtcp::report::SenderFacts;
use wire::rtp::{FIXED_HEADER_LEN, VERSION_2};
use wire::{ExtSeq, RtpTime, Ssrc};

use crate::api::{CommandError, Kind, Layer, Mono, TapKey, TapSpec};
use crate::cache::Cached;
use crate::context::Cx;
use crate::random::Random;
use crate::room::Room;
use crate::track::{LAYERS_MAX, NO_LAYER, Track};

/// Taps of one Track: its recording, its captions, and some to spare. One over: [`CommandError::LimitReached`].
const TAPS_PER_TRACK_MAX: usize = 4;
const MARKER: u8 = 0x80;
/// As many packets of a key frame can have come before its first one was repaired (see `fanout`).
const REPLAY_MAX: u64 = 128;

/// One record of a Tap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TapRecord {
    pub tap: TapKey,
    pub arrival: Mono,
    /// Names an unbroken run of extended sequence numbers of a layer, for ever.
    pub epoch: u64,
    pub layer: u8,
    pub what: Tapped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tapped {
    /// An RTP packet: header of 12 bytes and payload, in the outbox's `tapped.bytes`.
    Packet {
        seq: ExtSeq,
        level: Option<u8>,
        repaired: bool,
        starts_keyframe: bool,
        start: u32,
        len: u32,
    },
    /// A sender report of the publisher.
    Report {
        ntp: u64,
        time: RtpTime,
        packets: u32,
        octets: u32,
    },
}

/// What was recorded since the outbox was cleared.
#[derive(Default)]
pub struct TapBatch {
    pub bytes: Vec<u8>,
    pub records: Vec<TapRecord>,
}

impl TapBatch {
    /// Forget everything, keep the capacity.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.records.clear();
    }

    fn push(&mut self, record: TapRecord) {
        self.records.push(record);
    }
}

/// What is recorded of a Track by one Tap.
#[derive(Clone, Copy, Debug)]
pub struct Tap {
    pub key: TapKey,
    pub layer_max: Layer,
    /// What is recorded now.
    pub current: u8,
    /// What was before the last switch: its stragglers are still taken.
    pub previous: u8,
    /// What should be; a switch waits for its key frame.
    pub target: u8,
}

impl Tap {
    fn new(spec: &TapSpec) -> Self {
        Self {
            key: spec.tap,
            layer_max: spec.layer_max,
            current: NO_LAYER,
            previous: NO_LAYER,
            target: NO_LAYER,
        }
    }

    pub fn watches(&self, layer: usize) -> bool {
        usize::from(self.current) == layer || usize::from(self.target) == layer
    }

    /// Whether a packet of this layer is taken; a switch happens here.
    fn takes(&mut self, layer: u8, begins: bool, late: bool) -> Taken {
        if self.current == layer {
            return Taken::One;
        }
        let starts = self.current == NO_LAYER && layer <= self.layer_max.spatial;
        if starts || (begins && self.target == layer) {
            self.previous = self.current;
            self.current = layer;
            return if late && begins {
                Taken::AndWhatFollows
            } else {
                Taken::One
            };
        }
        if late && self.previous == layer {
            Taken::One
        } else {
            Taken::Not
        }
    }
}

#[derive(PartialEq, Eq)]
enum Taken {
    Not,
    One,
    /// A key frame's first packet was repaired: the rest of the frame is here already.
    AndWhatFollows,
}

/// The names of the epochs that the layers of a Track are in, shared by all its Taps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Epochs {
    named: [Option<(u32, u64)>; LAYERS_MAX],
}

impl Epochs {
    /// Unlike any other name: the high half is the engine's own by chance, the low half counts.
    fn name(&mut self, layer: u8, epoch: u32, cx: &mut Cx<'_>) -> u64 {
        let place = &mut self.named[usize::from(layer)];
        if let Some((known, name)) = *place
            && known == epoch
        {
            return name;
        }
        cx.counters.tap_epochs += 1;
        let engine = u64::from(Random::new(cx.config.seed).u32());
        let name = (engine << 32) | (cx.counters.tap_epochs & 0xffff_ffff);
        *place = Some((epoch, name));
        name
    }
}

/// A packet on its way to the Taps.
pub struct Arrived<'a> {
    pub layer: u8,
    pub seq: ExtSeq,
    pub time: RtpTime,
    pub marker: bool,
    pub repaired: bool,
    pub late: bool,
    pub starts_keyframe: bool,
    pub level: Option<u8>,
    pub payload: &'a [u8],
}

impl Track {
    /// Give a packet to every Tap that records its layer. Steady state: no allocation, one copy a Tap.
    #[inline]
    pub fn tap(&mut self, arrived: &Arrived<'_>, cx: &mut Cx<'_>) {
        if !self.taps.is_empty() {
            self.tap_each(arrived, cx);
        }
    }

    fn tap_each(&mut self, arrived: &Arrived<'_>, cx: &mut Cx<'_>) {
        let begins = arrived.starts_keyframe || self.spec.kind == Kind::Audio;
        let layer = &self.layers[usize::from(arrived.layer)];
        let Some(ssrc) = layer.ssrc else { return };
        let payload_type = self.spec.codec.payload_type;
        for at in 0..self.taps.len() {
            let taken = self.taps[at].takes(arrived.layer, begins, arrived.late);
            if taken == Taken::Not {
                continue;
            }
            let key = self.taps[at].key;
            let layer = &self.layers[usize::from(arrived.layer)];
            let epoch = self.epochs.name(arrived.layer, layer.epoch, cx);
            write(key, epoch, ssrc, payload_type, arrived, cx.now, cx);
            if taken == Taken::AndWhatFollows {
                let end = layer
                    .cache
                    .newest()
                    .map_or(0, |newest| newest.0.min(arrived.seq.0 + REPLAY_MAX));
                for seq in arrived.seq.0 + 1..=end {
                    if let Some(cached) = layer.cache.get(ExtSeq(seq)) {
                        let again = arrived.again(cached);
                        write(key, epoch, ssrc, payload_type, &again, cached.arrival, cx);
                    }
                }
            }
        }
    }

    /// Give a sender report to every Tap.
    pub fn tap_report(&mut self, layer: u8, facts: &SenderFacts, cx: &mut Cx<'_>) {
        if self.taps.is_empty() {
            return;
        }
        let epoch = self.layers[usize::from(layer)].epoch;
        let epoch = self.epochs.name(layer, epoch, cx);
        for tap in &self.taps {
            if layer > tap.layer_max.spatial {
                continue;
            }
            cx.counters.tapped += 1;
            cx.out.tapped.push(TapRecord {
                tap: tap.key,
                arrival: cx.now,
                epoch,
                layer,
                what: Tapped::Report {
                    ntp: facts.ntp,
                    time: facts.time,
                    packets: facts.packets,
                    octets: facts.octets,
                },
            });
        }
    }
}

impl<'a> Arrived<'a> {
    /// The same for a packet that came before.
    fn again<'b>(&self, cached: &'b Cached) -> Arrived<'b> {
        Arrived {
            layer: self.layer,
            seq: cached.seq,
            time: cached.time,
            marker: cached.marker,
            repaired: false,
            late: true,
            starts_keyframe: cached.shape.starts_keyframe,
            level: None,
            payload: &cached.payload,
        }
    }
}

fn write(
    tap: TapKey,
    epoch: u64,
    ssrc: Ssrc,
    payload_type: u8,
    arrived: &Arrived<'_>,
    arrival: Mono,
    cx: &mut Cx<'_>,
) {
    cx.counters.tapped += 1;
    let batch = &mut cx.out.tapped;
    let start = batch.bytes.len();
    let mut header = [0; FIXED_HEADER_LEN];
    header[0] = VERSION_2; // No padding, no extension, no CSRC (RFC 3550 section 5.1).
    header[1] = payload_type | if arrived.marker { MARKER } else { 0 };
    header[2..4].copy_from_slice(&arrived.seq.seq().0.to_be_bytes());
    header[4..8].copy_from_slice(&arrived.time.0.to_be_bytes());
    header[8..12].copy_from_slice(&ssrc.0.to_be_bytes());
    batch.bytes.extend_from_slice(&header);
    batch.bytes.extend_from_slice(arrived.payload);
    let len = batch.bytes.len() - start;
    batch.push(TapRecord {
        tap,
        arrival,
        epoch,
        layer: arrived.layer,
        what: Tapped::Packet {
            seq: arrived.seq,
            level: arrived.level,
            repaired: arrived.repaired,
            starts_keyframe: arrived.starts_keyframe,
            start: start as u32,
            len: len as u32,
        },
    });
}

impl Room {
    /// A Tap is on this Track, with this highest layer. Idempotent.
    pub fn set_tap(&mut self, spec: &TapSpec, cx: &mut Cx<'_>) -> Result<(), CommandError> {
        let at = *self
            .track_at
            .get(&spec.track)
            .ok_or(CommandError::UnknownTrack)?;
        let track = self.tracks.get_mut(at).ok_or(CommandError::UnknownTrack)?;
        if let Some(tap) = track.taps.iter_mut().find(|tap| tap.key == spec.tap) {
            tap.layer_max = spec.layer_max;
        } else if track.taps.len() >= TAPS_PER_TRACK_MAX {
            return Err(CommandError::LimitReached);
        } else {
            track.taps.push(Tap::new(spec));
        }
        self.retarget(at, cx);
        self.want_beginning(at, spec.tap);
        Ok(())
    }

    /// A Tap that begins in the middle of a picture needs a key frame, even of the layer that it has already.
    fn want_beginning(&mut self, at: u32, key: TapKey) {
        let Some(track) = self.tracks.get_mut(at).filter(|track| track.is_video()) else {
            return;
        };
        let Some(tap) = track.taps.iter().find(|tap| tap.key == key).copied() else {
            return;
        };
        if tap.current == NO_LAYER
            && let Some(layer) = track.layers.get_mut(usize::from(tap.target))
        {
            layer.keyframes.want();
            self.attention.push((at, tap.target));
        }
    }

    /// The Tap is gone; unknown: it is already.
    pub fn remove_tap(&mut self, track: crate::api::TrackKey, key: TapKey) {
        let at = self.track_at.get(&track).copied();
        if let Some(track) = at.and_then(|at| self.tracks.get_mut(at)) {
            track.taps.retain(|tap| tap.key != key);
            track.recount_watched();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOP: Layer = Layer {
        spatial: 1,
        temporal: 3,
    };

    fn tap() -> Tap {
        Tap::new(&TapSpec {
            tap: TapKey(1),
            track: crate::api::TrackKey(1),
            layer_max: TOP,
        })
    }

    #[test]
    fn begins_with_whatever_comes_and_switches_at_a_key_frame() {
        let mut tap = tap();
        assert!(tap.takes(2, true, false) == Taken::Not, "over its highest");
        assert!(tap.takes(0, false, false) == Taken::One);
        tap.target = 1;
        assert!(tap.takes(1, false, false) == Taken::Not);
        assert!(tap.takes(1, true, false) == Taken::One);
        assert!(tap.takes(0, false, false) == Taken::Not);
        assert!(tap.takes(0, false, true) == Taken::One, "a straggler");
    }

    #[test]
    fn a_repaired_beginning_brings_what_followed_it() {
        let mut tap = tap();
        assert!(tap.takes(0, true, false) == Taken::One);
        tap.target = 1;
        assert!(tap.takes(1, true, true) == Taken::AndWhatFollows);
        assert!(tap.takes(1, true, true) == Taken::One);
    }
}
