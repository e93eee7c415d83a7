//! A probe on its way: short runs of repeats and padding on a Slot's RTX, so that the estimator learns whether the link carries more.
//!
//! Media that leaves meanwhile counts as part of it. What is repeated was sent before, under the RTX stream's own numbers, so
//! nothing is sealed twice; where there is no RTX there is no probe.

use wire::{ExtSeq, SeqNo};

use crate::api::{Mono, Path};
use crate::bwe::{Cluster, ProbePlan};
use crate::context::Cx;
use crate::egress::{finish, seal};
use crate::room::Room;
use crate::slab::Slab;
use crate::subscribe::{Gathered, Subscribe, What};
use crate::track::Track;
use crate::transport::{Crypto, Role, Transport};

/// Leaves in one go.
pub const QUANTUM_US: u64 = 5_000;
/// A probe that could not be sent in this time is given up.
const PROBE_MAX_US: u64 = 500_000;
/// As large as media, as small as still tells something.
const PACKET_MAX: u32 = 1_200;
const PACKET_MIN: u32 = 150;
/// The count of padding is one byte (RFC 3550 section 5.1).
const PADDING_MAX: u32 = 255;
/// Headers and tag around padding.
const AROUND: u32 = 60;
/// Packets looked back for one of the wanted size.
const LOOK_BACK: u64 = 24;

#[derive(Clone, Copy, Debug)]
pub struct Probing {
    plan: ProbePlan,
    began: Mono,
    bytes: u32,
    packets: u32,
    pub due: Mono,
}

impl Probing {
    pub fn new(plan: ProbePlan, now: Mono) -> Self {
        Self {
            plan,
            began: now,
            bytes: 0,
            packets: 0,
            due: now,
        }
    }

    pub fn cluster(&self) -> Cluster {
        self.plan.cluster
    }

    /// Something left, of whatever kind.
    pub fn left(&mut self, bytes: u16) {
        self.bytes += u32::from(bytes);
        self.packets += 1;
    }

    pub fn over(&self, now: Mono) -> bool {
        let done = self.bytes >= self.plan.bytes_min && self.packets >= self.plan.packets_min;
        done || now.0 - self.began.0 > PROBE_MAX_US
    }

    /// How large the next packet should be, if one is due: what should have left by the end of this quantum has not.
    fn wants(&self, now: Mono) -> Option<u32> {
        let until_us = now.0 - self.began.0 + QUANTUM_US;
        let allowed = u64::from(self.plan.target_bps) * until_us / 8_000_000;
        if self.over(now)
            || u64::from(self.bytes) + u64::from(PACKET_MIN) > allowed.max(PACKET_MIN.into())
        {
            return None;
        }
        let packets = self.plan.packets_min.saturating_sub(self.packets).max(1);
        let share = self
            .plan
            .bytes_min
            .saturating_sub(self.bytes)
            .div_ceil(packets);
        Some(share.clamp(PACKET_MIN, PACKET_MAX))
    }
}

impl Room {
    /// All probes of the Room go on; says when the next one is due.
    pub fn poll_probes(&mut self, cx: &mut Cx<'_>) {
        self.probe_due = Mono(u64::MAX);
        for at in 0..self.transports.end() {
            let Some(transport) = self.transports.get_mut(at) else {
                continue;
            };
            let due = poll_probe(transport, &self.tracks, cx);
            self.probe_due = self.probe_due.min(due);
        }
    }
}

fn poll_probe(transport: &mut Transport, tracks: &Slab<Track>, cx: &mut Cx<'_>) -> Mono {
    const NEVER: Mono = Mono(u64::MAX);
    let path = transport.ice.selected(cx.now);
    let Transport {
        crypto,
        role: Role::Subscribe(subscribe),
        stats,
        ..
    } = transport
    else {
        return NEVER;
    };
    let Some(probing) = &mut subscribe.downlink.probing else {
        return NEVER;
    };
    if probing.due > cx.now {
        return probing.due;
    }
    probing.due = Mono(cx.now.0 + QUANTUM_US);
    let (Some(path), Some(crypto)) = (path, crypto.as_mut()) else {
        subscribe.downlink.probing = None;
        return NEVER;
    };
    while let Some(wanted) = subscribe
        .downlink
        .probing
        .and_then(|probing| probing.wants(cx.now))
    {
        let start = cx.out.arena.len();
        let Some(number) = pad(subscribe, crypto, tracks, wanted, cx) else {
            subscribe.downlink.probing = None; // Nothing to pad with: no probe.
            return NEVER;
        };
        let len = cx.out.arena.len() - start;
        subscribe.downlink.left(number, len, is_v6(path), cx.now);
        stats.packets_out += 1;
        stats.bytes_out += len as u64;
        cx.counters.probe_packets_out += 1;
        cx.counters.probe_bytes_out += len as u64;
        cx.push(path, start);
    }
    match subscribe.downlink.probing {
        Some(probing) if !probing.over(cx.now) => probing.due,
        _ => {
            subscribe.downlink.probing = None;
            NEVER
        }
    }
}

/// Whether the wire has the longer IP header.
pub fn is_v6(path: Path) -> bool {
    path.remote.ip().to_canonical().is_ipv6()
}

/// Seal one packet of about `wanted` bytes at the end of the arena; its transport-wide number.
fn pad(
    subscribe: &mut Subscribe,
    crypto: &mut Crypto,
    tracks: &Slab<Track>,
    wanted: u32,
    cx: &mut Cx<'_>,
) -> Option<u16> {
    let able = |subscribe: &Subscribe, at: usize| subscribe.slots[at].can_pad();
    let count = subscribe.slots.len();
    if wanted > PADDING_MAX + AROUND {
        let mut slots = (0..count).filter(|at| able(subscribe, *at));
        if let Some(one) = slots.find_map(|at| recent(subscribe, at, tracks, wanted)) {
            return seal(subscribe, crypto, tracks, &one, cx);
        }
    }
    let at = (0..count).find(|at| able(subscribe, *at))?;
    let slot = &mut subscribe.slots[at];
    let index = ExtSeq(slot.next_rtx());
    let time = slot.rewriter.time();
    let template = slot.dress.as_ref()?.rtx.as_ref()?;
    let number = subscribe.downlink.number();
    let start = cx.out.arena.len();
    let header_len = template.append(false, true, index.seq(), time, number, &mut cx.out.arena);
    let padding = wanted.saturating_sub(AROUND).clamp(1, PADDING_MAX) as u8;
    let end = cx.out.arena.len() + usize::from(padding);
    cx.out.arena.resize(end - 1, 0);
    cx.out.arena.push(padding);
    finish(crypto, index, header_len, start, cx)?;
    Some(number)
}

/// Something the Slot sent lately and that is about as large as wanted.
fn recent(subscribe: &Subscribe, at: usize, tracks: &Slab<Track>, wanted: u32) -> Option<Gathered> {
    let slot = &subscribe.slots[at];
    let source = slot.rewriter.source()?;
    let track = tracks
        .get(source.at)
        .filter(|track| track.key() == source.track)?;
    let layer = track.layers.get(usize::from(source.layer))?;
    if layer.epoch != source.epoch {
        return None;
    }
    let newest = slot.rewriter.newest();
    (newest.saturating_sub(LOOK_BACK)..=newest)
        .rev()
        .find_map(|number| {
            let seq: SeqNo = slot.rewriter.carried(number)?;
            let packet = layer
                .cache
                .nearest(seq)
                .and_then(|seq| layer.cache.get(seq))?;
            let bytes = packet.payload.len() as u32 + AROUND;
            if bytes > wanted + wanted / 4 || bytes < wanted / 2 {
                return None;
            }
            Some(Gathered {
                slot: at as u16,
                what: What::Repeat,
                source,
                seq: packet.seq,
                rewritten: slot.rewriter.repeat(number, packet)?,
            })
        })
}
