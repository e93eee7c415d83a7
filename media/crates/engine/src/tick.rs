//! What a Room does by the clock, each 10 ms.

use crate::api::{Event, Mono, TransportState};
use crate::context::Cx;
use crate::control_out::gather_stats;
use crate::room::Room;
use crate::transport::Transport;

/// The engine's tick.
pub const TICK_US: u64 = 10_000;
/// Layers, voices and states are looked at each so many ticks.
const SLOW_TICKS: u64 = 10;
const STATS_INTERVAL_US: u64 = 2_000_000;

impl Room {
    /// One tick; `count` numbers them.
    pub fn tick(&mut self, count: u64, cx: &mut Cx<'_>) {
        self.look_at_layers();
        for at in 0..self.transports.end() {
            self.send_feedback(at, cx);
        }
        // Rooms take turns, so that no tick does the slow work of all.
        if (count + u64::from(self.key.0)).is_multiple_of(SLOW_TICKS) {
            self.slow_tick(cx);
        }
        if self.voices_changed {
            self.assign_loudest(cx);
        }
        self.flush(cx);
    }

    /// Layers that have asked for something, or wait for a key frame.
    fn look_at_layers(&mut self) {
        for (at, track) in self.tracks.iter() {
            for (layer, stream) in track.layers.iter().enumerate() {
                if !stream.nacks.is_empty() || stream.keyframes.wanted() {
                    self.attention.push((at, layer as u8));
                }
            }
        }
    }

    fn slow_tick(&mut self, cx: &mut Cx<'_>) {
        for at in 0..self.tracks.end() {
            let Some(track) = self.tracks.get_mut(at) else {
                continue;
            };
            let key = track.key();
            for spatial in track.newly_silent(cx.now) {
                cx.out.events.push(Event::TrackLive {
                    track: key,
                    spatial,
                    active: false,
                });
            }
            if track.is_video() {
                self.retarget(at, cx);
            } else {
                track.voice.settle(cx.now);
            }
        }
        self.assign_loudest(cx);
        self.tell_speakers(cx);
        for at in 0..self.transports.end() {
            self.update_state(at, cx);
            self.send_reports(at, cx);
            self.tell_stats(at, cx);
        }
    }

    /// Tell a Transport's state if it changed; what it shows depends on it.
    pub fn update_state(&mut self, at: u32, cx: &mut Cx<'_>) {
        let Some(transport) = self.transports.get_mut(at) else {
            return;
        };
        let (state, reason) = transport.judge(cx.now);
        if state == transport.state {
            return;
        }
        let could_send = transport.can_send();
        transport.state = state;
        let key = transport.spec.transport;
        let can_send = transport.can_send();
        cx.out.events.push(Event::TransportState {
            transport: key,
            state,
            reason,
        });
        if could_send != can_send && matches!(transport.role, crate::transport::Role::Subscribe(_))
        {
            self.rewatch_all(at, cx);
        }
    }

    fn tell_stats(&mut self, at: u32, cx: &mut Cx<'_>) {
        let Self {
            transports, tracks, ..
        } = self;
        let Some(transport) = transports.get_mut(at) else {
            return;
        };
        if transport.stats_due > cx.now || transport.state == TransportState::New {
            return;
        }
        transport.stats_due = Mono(cx.now.0 + STATS_INTERVAL_US);
        let stats = gather_stats(transport, tracks);
        cx.out.events.push(Event::Stats {
            transport: transport.spec.transport,
            stats,
        });
    }

    /// All that was gathered leaves: media to subscribers, questions to publishers.
    pub fn flush(&mut self, cx: &mut Cx<'_>) {
        if !self.waiting.is_empty() {
            self.flush_media(cx);
        }
        if !self.attention.is_empty() {
            self.send_requests(cx);
        }
    }

    /// The Transport at an index, for those who hold a spot from the directory.
    pub fn transport_mut(&mut self, at: u32) -> Option<&mut Transport> {
        self.transports.get_mut(at)
    }
}
