//! Taps: which Track each is on, and what the spool must know of it.

use std::sync::Arc;

use engine::api::{Codec, Kind, TapKey, TrackKey, TrackSpec};
use spool::sealer::TapFacts;

use super::{Entry, Id, Refused, Registry, unknown};
use crate::queue::ObjectKind;
use crate::spec::TapRequest;

/// Taps of one process: each has a line in every report. One over is refused.
const TAPS_MAX: usize = 8192;

pub(super) struct Tap {
    pub(super) key: TapKey,
    pub(super) track: Id,
    recording: Id,
}

/// What a Tap says of its Track.
pub(super) struct Described {
    kind: Kind,
    codec: Codec,
    rids: Vec<String>,
}

impl Registry {
    pub(crate) fn describe_track(&mut self, id: &str, spec: &TrackSpec) {
        if let Some(track) = self.tracks.get_mut(id) {
            track.described = Some(Described {
                kind: spec.kind,
                codec: spec.codec.clone(),
                rids: spec.rids.clone(),
            });
        }
    }

    /// A Tap's key and Track; with what the spool must know, if it is new.
    #[allow(clippy::type_complexity)] // three different things, for one caller
    pub(crate) fn open_tap(
        &mut self,
        request: &TapRequest,
    ) -> Result<(Entry<TapKey>, TrackKey, Option<TapFacts>), Refused> {
        let track = self
            .tracks
            .get(&*request.track_id)
            .ok_or_else(|| unknown(ObjectKind::Track, &request.track_id))?;
        let (shard, _, room) = self.transport_place(&track.transport)?;
        let track_key = track.key;
        if *room != *request.room_id || *track.participant != *request.participant_id {
            return Err(format!(
                "track {} is of another room or participant",
                request.track_id
            ));
        }
        if let Some(tap) = self.taps.get(&*request.tap_id) {
            if *tap.track != *request.track_id || *tap.recording != *request.recording_id {
                return Err(format!(
                    "tap {} keeps its track and recording",
                    request.tap_id
                ));
            }
            let entry = Entry {
                shard,
                key: tap.key,
                opening: false,
            };
            return Ok((entry, track_key, None));
        }
        if self.taps.len() >= TAPS_MAX {
            return Err(format!("more than {TAPS_MAX} taps"));
        }
        let entry = self.insert_tap(request, shard);
        let facts = self.facts(request, entry.key);
        Ok((entry, track_key, facts))
    }

    fn insert_tap(&mut self, request: &TapRequest, shard: usize) -> Entry<TapKey> {
        let id: Id = request.tap_id.as_str().into();
        let key = TapKey(self.mint(ObjectKind::Tap, &id));
        if let Some(track) = self.tracks.get_mut(&*request.track_id) {
            track.taps.insert(Arc::clone(&id));
        }
        let tap = Tap {
            key,
            track: request.track_id.as_str().into(),
            recording: request.recording_id.as_str().into(),
        };
        self.taps.insert(id, tap);
        Entry {
            shard,
            key,
            opening: true,
        }
    }

    fn facts(&self, request: &TapRequest, tap: TapKey) -> Option<TapFacts> {
        let described = self.tracks.get(&*request.track_id)?.described.as_ref()?;
        Some(TapFacts {
            tap,
            tap_id: request.tap_id.clone(),
            recording: request.recording_id.as_str().into(),
            room_id: request.room_id.clone(),
            track_id: request.track_id.clone(),
            participant_id: request.participant_id.clone(),
            source: request.source.clone(),
            label: request.label.clone(),
            key_id: request.key_id.clone(),
            key: request.key,
            kind: described.kind,
            codec: described.codec.clone(),
            rids: described.rids.clone(),
        })
    }

    /// The Track that a Tap is on.
    pub(crate) fn tapped_track(&self, id: &str) -> Option<TrackKey> {
        let tap = self.taps.get(id)?;
        self.tracks.get(&tap.track).map(|track| track.key)
    }

    pub(super) fn forget_tap(&mut self, id: &str) {
        let Some(tap) = self.taps.remove(id) else {
            return;
        };
        self.names.remove(&tap.key.0);
        if let Some(track) = self.tracks.get_mut(&tap.track) {
            track.taps.remove(id);
        }
    }
}
