//! Which audible Tracks fill the `loudest` Slots of a Room.

use crate::api::{Event, Layer, Mono, ParticipantKey, TrackKey};
use crate::context::Cx;
use crate::room::Room;
use crate::speakers::{Candidate, assign};
use crate::transport::Transport;

/// Slots of this mode on one Transport that are filled; more would be noise.
const LOUDEST_MAX: usize = 16;
/// Challengers looked at besides the holders: who is not among the loudest twenty waits.
const CHALLENGERS_MAX: usize = 20;

/// An audible Track as it competes.
struct Contender {
    candidate: Candidate,
    key: TrackKey,
    participant: ParticipantKey,
}

impl Room {
    /// Fill the `loudest` Slots of every subscriber.
    pub fn assign_loudest(&mut self, cx: &mut Cx<'_>) {
        self.voices_changed = false;
        let contenders = self.contenders(cx.now);
        for at in 0..self.transports.end() {
            self.assign_for(at, &contenders, cx);
        }
    }

    /// All that may be heard, loudest first.
    fn contenders(&self, now: Mono) -> Vec<Contender> {
        let audible = self
            .tracks
            .iter()
            .filter(|(_, track)| track.spec.audible && track.layers[0].last_packet.is_some());
        let mut contenders: Vec<Contender> = audible
            .map(|(at, track)| {
                let score = if track.spec.muted {
                    0.0
                } else {
                    track.voice.score(now)
                };
                let candidate = Candidate {
                    track: at,
                    score,
                    quiet_us: track.voice.quiet_us(now),
                };
                Contender {
                    candidate,
                    key: track.key(),
                    participant: track.spec.participant,
                }
            })
            .collect();
        contenders.sort_by(|a, b| {
            b.candidate
                .score
                .total_cmp(&a.candidate.score)
                .then(a.key.cmp(&b.key))
        });
        contenders
    }

    fn assign_for(&mut self, at: u32, contenders: &[Contender], cx: &mut Cx<'_>) {
        let Some(transport) = self.transports.get(at) else {
            return;
        };
        let can_send = transport.can_send();
        let me = transport.spec.participant;
        let Some(subscribe) = transport.subscribe_ref() else {
            return;
        };
        let slots: Vec<usize> = (0..subscribe.slots.len())
            .filter(|slot| subscribe.slots[*slot].is_loudest())
            .take(LOUDEST_MAX)
            .collect();
        let Some(first) = slots.first().copied() else {
            return;
        };
        let mut holders: Vec<Option<u32>> = slots
            .iter()
            .map(|slot| subscribe.slots[*slot].watched.map(|(track, _)| track))
            .collect();
        let before = holders.clone();
        let pinned: Vec<TrackKey> = subscribe
            .slots
            .iter()
            .filter_map(|slot| Some(slot.subscription.as_ref()?.track))
            .collect();
        let candidates: Vec<Candidate> = contenders
            .iter()
            .filter(|one| can_send && one.participant != me && !pinned.contains(&one.key))
            .filter(|one| self.can_show(at, first, one.candidate.track))
            .enumerate()
            .filter(|(rank, one)| {
                *rank < CHALLENGERS_MAX || before.contains(&Some(one.candidate.track))
            })
            .map(|(_, one)| one.candidate)
            .collect();
        if !assign(&mut holders, &candidates) {
            return;
        }
        let layer = Layer {
            spatial: 0,
            temporal: 0,
        };
        for ((slot, holder), was) in slots.into_iter().zip(holders).zip(before) {
            if holder == was {
                continue;
            }
            if let Some(held) = self
                .transports
                .get_mut(at)
                .and_then(Transport::subscribe)
                .and_then(|s| s.slots.get_mut(slot))
            {
                held.generation += 1;
            }
            self.watch(at, slot, holder, layer, cx);
        }
    }

    /// Tell who speaks, if it is time and it changed.
    pub fn tell_speakers(&mut self, cx: &mut Cx<'_>) {
        let mut speaking: Vec<(TrackKey, u8)> = self
            .tracks
            .iter()
            .filter(|(_, track)| {
                track.spec.audible && !track.spec.muted && track.voice.is_speaking(cx.now)
            })
            .map(|(_, track)| (track.key(), track.voice.level_dbov()))
            .collect();
        speaking.sort_by_key(|(key, level)| (*level, *key));
        if let Some(speakers) = self.told.tell(speaking, cx.now) {
            cx.out.events.push(Event::Speakers {
                room: self.key,
                speakers,
            });
        }
    }
}
