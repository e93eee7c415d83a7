//! The one class. Methods convert, call the driver, and return; what may wait lets go of the interpreter first.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use driver::{ObjectKind, Plane, PlaneConfig, SubscriptionRequest, TrackRequest, TransportRequest};
use engine::api::{Layer, SrtpKeys};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::convert;
use crate::errors::{already_running, malformed, not_running, of_plane, of_start};
use crate::events::tuple;
use crate::specs::{CodecSpec, SlotSpec};

/// Shards, sockets and engine. Every `open_` states the wanted end, is idempotent and returns at once.
#[pyclass(frozen, module = "media._native")]
pub(crate) struct MediaPlane {
    /// Written by `start` and `stop` only. Whoever holds it never waits for the interpreter.
    plane: RwLock<Option<Plane>>,
}

impl MediaPlane {
    fn read(&self) -> RwLockReadGuard<'_, Option<Plane>> {
        self.plane.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, call: impl FnOnce(&Plane) -> Result<T, driver::PlaneError>) -> PyResult<T> {
        call(self.read().as_ref().ok_or_else(not_running)?).map_err(of_plane)
    }
}

#[pymethods]
#[allow(clippy::too_many_arguments)] // one parameter a field of the contract's command, as the stub says
impl MediaPlane {
    #[new]
    fn new() -> Self {
        Self {
            plane: RwLock::new(None),
        }
    }

    #[pyo3(signature = (shard_count, bind_addresses, port_first, event_queue_max=65536))]
    fn start(
        &self,
        py: Python<'_>,
        shard_count: usize,
        bind_addresses: Vec<String>,
        port_first: u16,
        event_queue_max: usize,
    ) -> PyResult<Vec<u16>> {
        let parse = |text: &String| {
            text.parse::<IpAddr>()
                .map_err(|_| malformed(format!("not an IP address: {text}")))
        };
        let bind_addresses = bind_addresses
            .iter()
            .map(parse)
            .collect::<PyResult<Vec<_>>>()?;
        let config = PlaneConfig {
            shard_count,
            bind_addresses,
            port_first,
            event_queue_max,
        };
        py.detach(|| {
            let mut plane = self.plane.write().unwrap_or_else(PoisonError::into_inner);
            if plane.is_some() {
                return Err(already_running());
            }
            let started = Plane::start(&config).map_err(of_start)?;
            let ports = started.ports();
            *plane = Some(started);
            Ok(ports)
        })
    }

    fn stop(&self, py: Python<'_>) {
        py.detach(|| {
            drop(
                self.plane
                    .write()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take(),
            )
        });
    }

    fn event_fd(&self) -> PyResult<i32> {
        self.with(|plane| Ok(plane.event_fd()))
    }

    fn drain_events<'py>(
        &self,
        py: Python<'py>,
        events_max: usize,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let events = self.with(|plane| Ok(plane.drain(events_max)))?;
        events.into_iter().map(|event| tuple(py, event)).collect()
    }

    fn snapshot(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| self.with(Plane::snapshot))
    }

    fn build_info(&self) -> HashMap<&'static str, &'static str> {
        HashMap::from([
            ("source_digest", env!("HOMEROOM_SOURCE_DIGEST")),
            ("profile", env!("HOMEROOM_PROFILE")),
            ("version", env!("CARGO_PKG_VERSION")),
            ("crypto", "aws-lc-rs"),
        ])
    }

    fn open_room(&self, room_id: &str, shard: usize) -> PyResult<()> {
        self.with(|plane| plane.open_room(room_id, shard))
    }

    fn close_room(&self, room_id: &str) -> PyResult<()> {
        self.with(|plane| plane.close(ObjectKind::Room, room_id))
    }

    fn open_transport(
        &self,
        transport_id: String,
        room_id: String,
        participant_id: String,
        direction: &str,
        ice_ufrag: String,
        ice_pwd: String,
        remote_ufrag: Option<String>,
        extensions: HashMap<String, u8>,
        codecs: Vec<PyRef<'_, CodecSpec>>,
        slots: Vec<PyRef<'_, SlotSpec>>,
    ) -> PyResult<()> {
        let request = TransportRequest {
            transport_id,
            room_id,
            participant_id,
            direction: convert::direction(direction)?,
            ice_ufrag,
            ice_pwd,
            remote_ufrag,
            extensions: convert::extensions(&extensions)?,
            codecs: codecs.iter().map(|codec| codec.0.clone()).collect(),
            slots: slots.iter().map(|slot| slot.0.clone()).collect(),
        };
        self.with(|plane| plane.open_transport(request))
    }

    fn close_transport(&self, transport_id: &str) -> PyResult<()> {
        self.with(|plane| plane.close(ObjectKind::Transport, transport_id))
    }

    fn send_handshake(&self, transport_id: &str, datagram: &Bound<'_, PyBytes>) -> PyResult<()> {
        let datagram = datagram.as_bytes().to_vec();
        self.with(|plane| plane.send_handshake(transport_id, datagram))
    }

    fn install_keys(
        &self,
        transport_id: &str,
        profile: &str,
        local_key: &Bound<'_, PyBytes>,
        local_salt: &Bound<'_, PyBytes>,
        remote_key: &Bound<'_, PyBytes>,
        remote_salt: &Bound<'_, PyBytes>,
    ) -> PyResult<()> {
        let keys = SrtpKeys {
            profile: convert::profile(profile)?,
            local_key: local_key.as_bytes().to_vec(),
            local_salt: local_salt.as_bytes().to_vec(),
            remote_key: remote_key.as_bytes().to_vec(),
            remote_salt: remote_salt.as_bytes().to_vec(),
        };
        self.with(|plane| plane.install_keys(transport_id, keys))
    }

    fn open_track(
        &self,
        track_id: String,
        transport_id: String,
        participant_id: String,
        kind: &str,
        mid: String,
        codec: PyRef<'_, CodecSpec>,
        rids: Vec<String>,
        ssrcs: Vec<(u32, Option<u32>)>,
        audible: bool,
        muted: bool,
    ) -> PyResult<()> {
        let request = TrackRequest {
            track_id,
            transport_id,
            participant_id,
            kind: convert::kind(kind)?,
            mid,
            codec: codec.0.clone(),
            rids,
            ssrcs,
            audible,
            muted,
        };
        self.with(|plane| plane.open_track(request))
    }

    fn close_track(&self, track_id: &str) -> PyResult<()> {
        self.with(|plane| plane.close(ObjectKind::Track, track_id))
    }

    fn open_subscription(
        &self,
        subscription_id: String,
        transport_id: String,
        slot: u16,
        track_id: String,
        generation: u32,
        layer_max: (u8, u8),
        priority: u8,
        paused: bool,
    ) -> PyResult<()> {
        let request = SubscriptionRequest {
            subscription_id,
            transport_id,
            slot,
            track_id,
            generation,
            layer_max: Layer {
                spatial: layer_max.0,
                temporal: layer_max.1,
            },
            priority,
            paused,
        };
        self.with(|plane| plane.open_subscription(request))
    }

    fn close_subscription(&self, subscription_id: &str) -> PyResult<()> {
        self.with(|plane| plane.close(ObjectKind::Subscription, subscription_id))
    }
}
