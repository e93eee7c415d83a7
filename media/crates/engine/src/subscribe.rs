//! The subscribing side of a Transport: its Slots, and what is gathered for them until the batch ends.

use wire::ExtSeq;

use crate::api::{Codec, CodecName, TransportSpec};
use crate::downlink::Downlink;
use crate::random::Random;
use crate::rewrite::{Rewritten, Source};
use crate::slot::Slot;

/// Repeats a subscriber may ask for: half of what it is sent, saved up to this many. A NACK names 17 packets in four
/// bytes, so without a budget one datagram could call for megabytes.
const REPEATS_SAVED_MAX: u32 = 256;
const REPEATS_FIRST: u32 = 64;

/// One packet that will leave at the end of the batch.
#[derive(Clone, Copy, Debug)]
pub struct Gathered {
    pub slot: u16,
    pub what: What,
    pub source: Source,
    pub seq: ExtSeq,
    pub rewritten: Rewritten,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The source's packet under the Slot's own header.
    Media,
    /// An empty packet, so that a number given does not stay a hole.
    Fill,
    /// The same packet again, as RTX (RFC 4588).
    Repeat,
    /// The same empty packet again.
    RepeatFill,
}

#[derive(Debug)]
pub struct Subscribe {
    pub slots: Vec<Slot>,
    pub codecs: Vec<Codec>,
    pub gathered: Vec<Gathered>,
    pub downlink: Downlink,
    /// In halves.
    repeats_saved: u32,
}

impl Subscribe {
    pub fn new(spec: &TransportSpec, random: &mut Random) -> Self {
        let slots = spec
            .slots
            .iter()
            .map(|slot| Slot::new(slot.clone(), random))
            .collect();
        Self {
            slots,
            codecs: spec.codecs.clone(),
            gathered: Vec::new(),
            downlink: Downlink::default(),
            repeats_saved: 2 * REPEATS_FIRST,
        }
    }

    /// The codec under which this subscriber takes what `name` is published as.
    pub fn codec(&self, name: CodecName) -> Option<&Codec> {
        self.codecs.iter().find(|codec| codec.name == name)
    }

    pub fn slot_at(&self, slot: u16) -> Option<usize> {
        self.slots.iter().position(|known| known.spec.slot == slot)
    }

    /// Media earns repeats.
    #[inline]
    pub fn earn_repeats(&mut self, packets: usize) {
        self.repeats_saved = (self.repeats_saved + packets as u32).min(2 * REPEATS_SAVED_MAX);
    }

    /// Take one repeat off the budget.
    pub fn afford_repeat(&mut self) -> bool {
        let affordable = self.repeats_saved >= 2;
        if affordable {
            self.repeats_saved -= 2;
        }
        affordable
    }
}
