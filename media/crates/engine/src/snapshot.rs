//! The whole state as JSON, for people and failing tests. Never on a packet's way.

use std::fmt::Write;

use crate::context::Scratch;
use crate::engine::Engine;
use crate::room::Room;
use crate::slot::Slot;
use crate::track::{LayerStream, NO_LAYER, Track};
use crate::transport::{Role, Transport};

/// Writes one JSON object. Names are ours and strings few, so this is all the JSON that is needed.
struct Object<'a> {
    out: &'a mut String,
    first: bool,
}

impl<'a> Object<'a> {
    fn write(out: &'a mut String, fill: impl FnOnce(&mut Object<'_>)) {
        out.push('{');
        fill(&mut Object { out, first: true });
        out.push('}');
    }

    fn name(&mut self, name: &str) -> &mut String {
        if !std::mem::take(&mut self.first) {
            self.out.push(',');
        }
        // Writing to a String cannot fail.
        let _ = write!(self.out, "\"{name}\":");
        self.out
    }

    fn number(&mut self, name: &str, value: impl std::fmt::Display) {
        let _ = write!(self.name(name), "{value}");
    }

    fn maybe(&mut self, name: &str, value: Option<impl std::fmt::Display>) {
        match value {
            Some(value) => self.number(name, value),
            None => self.name(name).push_str("null"),
        }
    }

    /// Of values that are our own words: `{:?}` of an enum or of a mid, which holds token characters only.
    fn text(&mut self, name: &str, value: impl std::fmt::Debug) {
        let text = format!("{value:?}");
        let plain: String = text
            .chars()
            .filter(|c| *c != '"' && *c != '\\' && !c.is_control())
            .collect();
        let _ = write!(self.name(name), "\"{plain}\"");
    }

    fn list<T>(
        &mut self,
        name: &str,
        items: impl Iterator<Item = T>,
        mut fill: impl FnMut(&mut Object<'_>, T),
    ) {
        let out = self.name(name);
        out.push('[');
        for (at, item) in items.enumerate() {
            if at > 0 {
                out.push(',');
            }
            Object::write(out, |object| fill(object, item));
        }
        out.push(']');
    }
}

impl Engine {
    /// The whole state as JSON.
    pub fn snapshot(&self) -> String {
        let mut out = String::new();
        Object::write(&mut out, |top| {
            top.number("paths", self.directory.path_count());
            top.number("scratch_bytes", scratch_bytes(&self.scratch));
            Object::write(top.name("counters"), |counters| {
                for (name, value) in self.counters.named() {
                    counters.number(name, value);
                }
            });
            top.list("rooms", self.rooms.iter(), |object, (_, room)| {
                write_room(object, room)
            });
        });
        out
    }
}

fn scratch_bytes(scratch: &Scratch) -> usize {
    scratch.compound.capacity() + 16 * scratch.arrivals.capacity() + 2 * scratch.seqs.capacity()
}

fn write_room(object: &mut Object<'_>, room: &Room) {
    object.number("room", room.key.0);
    object.list(
        "transports",
        room.transports.iter(),
        |object, (_, transport)| write_transport(object, transport),
    );
    object.list("tracks", room.tracks.iter(), |object, (_, track)| {
        write_track(object, track)
    });
}

fn write_transport(object: &mut Object<'_>, transport: &Transport) {
    object.number("transport", transport.spec.transport.0);
    object.number("participant", transport.spec.participant.0);
    object.text("direction", transport.spec.direction);
    object.text("state", transport.state);
    object.number("pairs", transport.ice.pairs().count());
    object.maybe("heard_us", transport.ice.heard_at().map(|at| at.0));
    object.text("keys", transport.crypto.is_some());
    object.number("packets_in", transport.stats.packets_in);
    object.number("packets_out", transport.stats.packets_out);
    match &transport.role {
        Role::Publish(publish) => {
            object.list("latched", publish.latched().iter(), |object, latched| {
                object.number("ssrc", latched.ssrc.0);
                object.number("layer", latched.layer);
                object.number("rtx", u8::from(latched.rtx));
            });
        }
        Role::Subscribe(subscribe) => {
            object.maybe("round_trip_us", subscribe.downlink.round_trip_us());
            object.number("feedback_arrived", subscribe.downlink.arrived);
            object.number("feedback_lost", subscribe.downlink.lost);
            object.maybe("feedback_us", subscribe.downlink.feedback_at.map(|at| at.0));
            object.maybe("remb_bps", subscribe.downlink.remb_bps);
            object.list("slots", subscribe.slots.iter(), write_slot);
        }
    }
}

fn write_slot(object: &mut Object<'_>, slot: &Slot) {
    object.number("slot", slot.spec.slot);
    object.text("mid", &slot.spec.mid);
    object.text("mode", slot.spec.mode);
    object.number("generation", slot.generation);
    object.maybe("track", slot.watched.map(|(_, key)| key.0));
    object.maybe("layer", slot.rewriter.source().map(|source| source.layer));
    object.number("number", slot.rewriter.newest());
    object.number("packets", slot.packets);
    object.number("octets", slot.octets);
    object.number("lost", slot.lost);
}

fn write_track(object: &mut Object<'_>, track: &Track) {
    object.number("track", track.key().0);
    object.text("kind", track.spec.kind);
    object.text("codec", track.spec.codec.name);
    object.number("muted", u8::from(track.spec.muted));
    object.number("level_dbov", track.voice.level_dbov());
    object.list("layers", track.layers.iter(), write_layer);
    object.list("watches", track.watches.iter(), |object, watch| {
        object.number("transport", watch.transport);
        object.number("slot", watch.slot);
        object.maybe(
            "current",
            (watch.current != NO_LAYER).then_some(watch.current),
        );
        object.maybe("target", (watch.target != NO_LAYER).then_some(watch.target));
    });
}

fn write_layer(object: &mut Object<'_>, layer: &LayerStream) {
    object.maybe("ssrc", layer.ssrc.map(|ssrc| ssrc.0));
    object.maybe("rtx_ssrc", layer.rtx_ssrc.map(|ssrc| ssrc.0));
    object.number("epoch", layer.epoch);
    object.number("live", u8::from(layer.live));
    object.number("watched", u8::from(layer.watched));
    object.number("received", layer.arrivals.received());
    object.number("bytes", layer.arrivals.bytes());
    object.number("lost", layer.arrivals.lost());
    object.number("round_trip_us", layer.nacks.round_trip_us());
    object.number("keyframe_asks", layer.keyframes.asks);
    object.number("keyframes", layer.keyframes.seen);
    object.number("cache_bytes", layer.cache.bytes());
}
