//! What a command changes inside one Room.

use crate::api::TrackSpec;
use crate::context::Cx;
use crate::publish::Latched;
use crate::room::Room;
use crate::track::Track;
use crate::transport::Transport;

impl Room {
    pub fn insert_track(&mut self, publisher: u32, spec: TrackSpec, cx: &mut Cx<'_>) {
        let (key, ssrcs) = (spec.track, spec.ssrcs.clone());
        let at = self.tracks.insert(Track::new(
            spec,
            publisher,
            cx.config.limits.cache_packets_max,
        ));
        self.track_at.insert(key, at);
        if let Some(publish) = self
            .transports
            .get_mut(publisher)
            .and_then(Transport::publish)
        {
            publish.tracks.push(at);
        }
        self.latch_announced(at, &ssrcs, cx);
    }

    /// SSRCs that the SDP announced need no mid or rid in their packets.
    fn latch_announced(&mut self, at: u32, ssrcs: &[(u32, Option<u32>)], cx: &mut Cx<'_>) {
        let Self {
            transports, tracks, ..
        } = self;
        let Some(track) = tracks.get(at) else { return };
        let layers = track.layers.len();
        let Some(publish) = transports
            .get_mut(track.publisher)
            .and_then(Transport::publish)
        else {
            return;
        };
        for (layer, (media, rtx)) in ssrcs.iter().enumerate().take(layers) {
            let named = [(Some(*media), false), (*rtx, true)];
            for (ssrc, rtx) in named
                .into_iter()
                .filter_map(|(ssrc, rtx)| Some((wire::Ssrc(ssrc?), rtx)))
            {
                if publish.find(ssrc).is_none()
                    && let Err(reason) = publish.insert(
                        Latched {
                            ssrc,
                            track: at,
                            layer: layer as u8,
                            rtx,
                        },
                        tracks,
                    )
                {
                    cx.counters.count(reason);
                }
            }
        }
    }

    /// The same Track with other wishes.
    pub fn update_track(&mut self, at: u32, spec: TrackSpec, cx: &mut Cx<'_>) {
        let Some(track) = self.tracks.get_mut(at) else {
            return;
        };
        let was_muted = std::mem::replace(&mut track.spec.muted, spec.muted);
        let codec_changed = track.spec.codec != spec.codec;
        self.voices_changed |= track.spec.audible != spec.audible || was_muted != spec.muted;
        track.spec.audible = spec.audible;
        track.spec.codec = spec.codec;
        track.spec.mid = spec.mid;
        if spec.muted {
            track.voice.silence(cx.now);
        }
        if was_muted != spec.muted || codec_changed {
            // What was dropped in between is no hole: everybody begins anew, pictures with a key frame.
            track.layers.iter_mut().for_each(|layer| layer.restart());
            track.recount_watched();
        }
        if track.spec.rids.is_empty() && track.spec.ssrcs != spec.ssrcs {
            track.spec.ssrcs.clone_from(&spec.ssrcs);
            self.latch_announced(at, &spec.ssrcs, cx);
        }
        for layer in 0..self.tracks.get(at).map_or(0, |track| track.layers.len()) {
            self.attention.push((at, layer as u8));
        }
        if codec_changed {
            self.rewatch_watchers(at, cx);
        }
    }

    fn rewatch_watchers(&mut self, at: u32, cx: &mut Cx<'_>) {
        for transport in 0..self.transports.end() {
            self.rewatch_all(transport, cx);
        }
        self.retarget(at, cx);
    }

    /// A newer subscription shows what the Slot shows already: its client still waits to be told.
    pub fn announce_again(&mut self, transport: u32, slot: usize) {
        let held = self
            .transports
            .get_mut(transport)
            .and_then(Transport::subscribe);
        if let Some(held) = held.and_then(|subscribe| subscribe.slots.get_mut(slot)) {
            held.announce = held.watched.is_some();
        }
    }
}
