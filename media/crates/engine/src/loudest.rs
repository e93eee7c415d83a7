//! Which audible Tracks fill the `loudest` Slots of a Room.

use crate::api::{Event, Layer, Mono, ParticipantKey, TrackKey};
use crate::context::Cx;
use crate::room::Room;
use crate::slot::Slot;
use crate::speakers::{Candidate, SpeakersTold, assign};
use crate::track::Track;
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
    group: u16,
}

const SOUND: Layer = Layer {
    spatial: 0,
    temporal: 0,
};

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
                    group: self.group_of(track),
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
        let group = transport.spec.group;
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
            .filter(|one| can_send && one.group == group)
            .filter(|one| one.participant != me && !pinned.contains(&one.key))
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
        for ((slot, holder), was) in slots.into_iter().zip(holders).zip(before) {
            if holder != was {
                self.fill_loudest(at, slot, holder, cx);
            }
        }
    }

    fn fill_loudest(&mut self, at: u32, slot: usize, holder: Option<u32>, cx: &mut Cx<'_>) {
        let held = self
            .transports
            .get_mut(at)
            .and_then(Transport::subscribe)
            .and_then(|subscribe| subscribe.slots.get_mut(slot));
        if let Some(held) = held {
            held.generation += 1;
        }
        self.watch(at, slot, holder, SOUND, cx);
    }

    /// The group that a Track is published in.
    fn group_of(&self, track: &Track) -> u16 {
        self.transports
            .get(track.publisher)
            .map_or(0, |publisher| publisher.spec.group)
    }

    /// A Transport changed its group: not one more packet goes between it and those it left. Who is heard instead is found on
    /// the next tick, once for all that move together.
    pub fn part_from_others(&mut self, moved: u32, cx: &mut Cx<'_>) {
        let mut parted: Vec<(u32, usize)> = Vec::new();
        for (_, track) in self.tracks.iter().filter(|(_, track)| track.spec.audible) {
            let group = self.group_of(track);
            let apart = track.watches.iter().filter(|watch| {
                (watch.transport == moved || track.publisher == moved)
                    && self.is_apart(watch.transport, usize::from(watch.slot), group)
            });
            parted.extend(apart.map(|watch| (watch.transport, usize::from(watch.slot))));
        }
        for (transport, slot) in parted {
            self.fill_loudest(transport, slot, None, cx);
        }
        self.voices_changed = true;
    }

    /// Whether a Slot is filled by loudness, and in another group than this.
    fn is_apart(&self, transport: u32, slot: usize, group: u16) -> bool {
        self.transports.get(transport).is_some_and(|holder| {
            holder.spec.group != group
                && holder
                    .subscribe_ref()
                    .and_then(|subscribe| subscribe.slots.get(slot))
                    .is_some_and(Slot::is_loudest)
        })
    }

    /// Tell each group who speaks in it, if it is time and it changed.
    pub fn tell_speakers(&mut self, cx: &mut Cx<'_>) {
        let mut speaking: Vec<(u16, TrackKey, u8)> = self
            .tracks
            .iter()
            .filter(|(_, track)| {
                track.spec.audible && !track.spec.muted && track.voice.is_speaking(cx.now)
            })
            .map(|(_, track)| (self.group_of(track), track.key(), track.voice.level_dbov()))
            .collect();
        speaking.sort_by_key(|(group, key, level)| (*group, *level, *key));
        for (group, ..) in &speaking {
            if self.told.iter().all(|(known, _)| known != group) {
                self.told.push((*group, SpeakersTold::default()));
            }
        }
        for (group, told) in &mut self.told {
            let loudest = speaking
                .iter()
                .filter(|(one, ..)| one == group)
                .map(|(_, key, level)| (*key, *level));
            if let Some(speakers) = told.tell(loudest.collect(), cx.now) {
                cx.out.events.push(Event::Speakers {
                    room: self.key,
                    group: *group,
                    speakers,
                });
            }
        }
        self.told.retain(|(_, told)| !told.is_over(cx.now));
    }
}
