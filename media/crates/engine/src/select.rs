//! Which layer of a Track a Slot should show.
//!
//! Without an estimate of the subscriber's link: the highest layer that flows, at most what the subscriber allows. The
//! allocator takes the place of `layer_max` here by lowering it; nothing else knows how a target is found.

use crate::api::{Layer, Mono};
use crate::track::{LayerStream, NO_LAYER};

/// A layer whose last packet is so much older than a lower one's has stopped: the browser took it back for want of bandwidth
/// or CPU. A frame at 5 a second is 200 ms old at most, and a still picture is repeated in all layers at once. With the key
/// frame that the switch needs it must stay well below a second: until then the picture stands still.
const BEHIND_US: u64 = 400_000;

fn is_behind(layers: &[LayerStream], at: usize) -> bool {
    let Some(last) = layers[at].last_packet else {
        return true;
    };
    layers[..at]
        .iter()
        .filter_map(|lower| lower.last_packet)
        .any(|lower| lower.0 > last.0 + BEHIND_US)
}

/// The target for a Slot that shows `current` now.
pub fn target(layers: &[LayerStream], layer_max: Layer, current: u8, now: Mono) -> u8 {
    let allowed = layers.len().min(usize::from(layer_max.spatial) + 1);
    let highest_flowing = (0..allowed)
        .rev()
        .find(|at| layers[*at].flows(now) && !is_behind(layers, *at));
    match highest_flowing {
        Some(at) => at as u8,
        // Nothing flows: stay where we are, the source may only be pausing; or wait for the lowest, which starts first.
        None if usize::from(current) < allowed => current,
        None if allowed > 0 => 0,
        None => NO_LAYER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Codec, CodecName, Kind, ParticipantKey, TrackKey, TrackSpec, TransportKey};
    use crate::track::Track;

    fn track(flowing: &[bool]) -> Track {
        let codec = Codec {
            name: CodecName::Vp8,
            payload_type: 96,
            clock_rate_hz: 90_000,
            rtx_payload_type: None,
            red_payload_type: None,
            nack: true,
            transport_cc: true,
        };
        let spec = TrackSpec {
            track: TrackKey(1),
            transport: TransportKey(1),
            participant: ParticipantKey(1),
            kind: Kind::Video,
            mid: "0".into(),
            codec,
            rids: vec!["q".into(), "h".into(), "f".into()],
            ssrcs: vec![],
            audible: false,
            muted: false,
        };
        let mut track = Track::new(spec, 0, 8);
        for (layer, flows) in track.layers.iter_mut().zip(flowing) {
            layer.live = *flows;
            layer.last_packet = flows.then_some(Mono(0));
        }
        track
    }

    fn choose(flowing: &[bool], spatial: u8, current: u8) -> u8 {
        target(
            &track(flowing).layers,
            Layer {
                spatial,
                temporal: 3,
            },
            current,
            Mono(1000),
        )
    }

    #[test]
    fn the_highest_that_flows_and_is_allowed() {
        assert_eq!(choose(&[true, true, true], 9, NO_LAYER), 2);
        assert_eq!(choose(&[true, true, true], 1, NO_LAYER), 1);
        assert_eq!(choose(&[true, false, true], 1, 0), 0);
        assert_eq!(choose(&[true, true, false], 2, 2), 1);
    }

    #[test]
    fn when_nothing_flows_the_slot_waits_where_it_is() {
        assert_eq!(choose(&[false, false, false], 2, 1), 1);
        assert_eq!(choose(&[false, false, false], 2, NO_LAYER), 0);
        assert_eq!(choose(&[false, false, false], 0, 2), 0);
    }

    #[test]
    fn a_silent_layer_is_left_before_it_is_called_inactive() {
        let track = track(&[true, true, true]);
        let mut layers = track.layers;
        layers[0].last_packet = Some(Mono(1_400_000));
        let max = Layer {
            spatial: 2,
            temporal: 3,
        };
        assert_eq!(target(&layers, max, 2, Mono(1_500_000)), 0);
    }

    #[test]
    fn a_layer_that_stops_while_a_lower_goes_on_is_left_at_once() {
        let mut layers = track(&[true, true, true]).layers;
        let max = Layer {
            spatial: 2,
            temporal: 3,
        };
        for layer in &mut layers {
            layer.last_packet = Some(Mono(1_000_000));
        }
        layers[0].last_packet = Some(Mono(1_000_000 + BEHIND_US));
        layers[1].last_packet = Some(Mono(1_000_000 + BEHIND_US));
        assert_eq!(target(&layers, max, 2, Mono(1_500_000)), 2);
        layers[1].last_packet = Some(Mono(1_000_001 + BEHIND_US));
        assert_eq!(target(&layers, max, 2, Mono(1_500_000)), 1);
        // a still picture: all layers say nothing
        layers[1].last_packet = Some(Mono(1_000_000));
        layers[0].last_packet = Some(Mono(1_000_000));
        assert_eq!(target(&layers, max, 2, Mono(1_900_000)), 2);
    }
}
