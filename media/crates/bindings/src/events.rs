//! Events as the tuples of `drain_events`.

use driver::PlaneEvent;
use engine::api::TransportStats;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::convert::{error_code, state_word};

pub(crate) fn tuple(py: Python<'_>, event: PlaneEvent) -> PyResult<Bound<'_, PyAny>> {
    match event {
        PlaneEvent::Handshake {
            transport,
            datagram,
        } => ("handshake", &*transport, PyBytes::new(py, &datagram)).into_bound_py_any(py),
        PlaneEvent::TransportState {
            transport,
            state,
            reason,
        } => ("transport_state", &*transport, state_word(state), reason).into_bound_py_any(py),
        PlaneEvent::TrackLive {
            track,
            spatial,
            active,
        } => ("track_live", &*track, spatial, active).into_bound_py_any(py),
        PlaneEvent::SlotMapped {
            transport,
            slot,
            generation,
            track,
            rtp_timestamp,
        } => (
            "slot_mapped",
            &*transport,
            slot,
            generation,
            track.as_deref(),
            rtp_timestamp,
        )
            .into_bound_py_any(py),
        PlaneEvent::SubscriptionLayer {
            transport,
            slot,
            track,
            layer,
        } => {
            let layer = layer.map(|layer| (layer.spatial, layer.temporal));
            ("subscription_layer", &*transport, slot, &*track, layer).into_bound_py_any(py)
        }
        PlaneEvent::Speakers { room, speakers } => {
            let speakers: Vec<(&str, u8)> = speakers
                .iter()
                .map(|(track, level)| (&**track, *level))
                .collect();
            ("speakers", &*room, speakers).into_bound_py_any(py)
        }
        PlaneEvent::Stats { transport, stats } => {
            ("transport_stats", &*transport, stats_dict(py, &stats)?).into_bound_py_any(py)
        }
        PlaneEvent::Counters(values) => {
            let dict = PyDict::new(py);
            for (name, value) in values {
                dict.set_item(name, value)?;
            }
            ("counters", dict).into_bound_py_any(py)
        }
        PlaneEvent::RoomFaulted { room, reason } => {
            ("room_faulted", &*room, reason).into_bound_py_any(py)
        }
        PlaneEvent::CommandFailed { kind, id, error } => {
            ("command_failed", kind.name(), &*id, error_code(error)).into_bound_py_any(py)
        }
    }
}

/// Named as the fields of `TransportStats` in `media/contract.py`.
fn stats_dict<'py>(py: Python<'py>, stats: &TransportStats) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    let counts = [
        ("packets_in", stats.packets_in),
        ("packets_out", stats.packets_out),
        ("bytes_in", stats.bytes_in),
        ("bytes_out", stats.bytes_out),
        ("packets_lost_in", stats.packets_lost_in),
        ("packets_lost_out", stats.packets_lost_out),
        ("nacks_in", stats.nacks_in),
        ("nacks_out", stats.nacks_out),
        ("plis_in", stats.plis_in),
        ("plis_out", stats.plis_out),
        ("rtx_out", stats.rtx_out),
    ];
    for (name, value) in counts {
        dict.set_item(name, value)?;
    }
    dict.set_item(
        "rtt_ms",
        stats.rtt_us.map(|rtt_us| f64::from(rtt_us) / 1000.0),
    )?;
    dict.set_item("loss_fraction_in", stats.loss_fraction_in)?;
    dict.set_item("loss_fraction_out", stats.loss_fraction_out)?;
    Ok(dict)
}
