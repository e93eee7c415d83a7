//! The publishing side of a Transport: which SSRC carries what.
//!
//! Browsers name mid, rid and repaired-rid only until our first report about an SSRC, so what they said is latched
//! (RFC 8852 section 3.1, RFC 9143 section 9.2).

use wire::rtp::extension::{AudioLevel, token, transport_cc};
use wire::rtp::{Extensions, Header};
use wire::{SeqNo, Ssrc};

use crate::api::ExtensionIds;
use crate::counters::Reason;
use crate::feedback::FeedbackRecorder;
use crate::slab::Slab;
use crate::timeline::Smallest;
use crate::track::Track;

/// SSRCs latched on one transport: camera, microphone and screen use at most 12; the rest is for sources that began anew. One
/// over: the packet is dropped and counted.
const LATCHED_MAX: usize = 64;

/// What an SSRC carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latched {
    pub ssrc: Ssrc,
    pub track: u32,
    pub layer: u8,
    pub rtx: bool,
}

#[derive(Debug, Default)]
pub struct Publish {
    /// The transport's Tracks, by index in the Room. Few: a linear look costs less than a map.
    pub tracks: Vec<u32>,
    latched: Vec<Latched>,
    pub feedback: FeedbackRecorder,
    /// Publisher's wall clock to server time: the smallest (arrival - NTP) of its sender reports.
    pub offset_us: Smallest,
}

/// The header extensions of one packet that matter to us.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'a> {
    pub transport_cc: Option<SeqNo>,
    pub audio_level: Option<u8>,
    pub mid: Option<&'a str>,
    pub rid: Option<&'a str>,
    pub repaired_rid: Option<&'a str>,
}

impl<'a> Said<'a> {
    #[inline]
    pub fn read(ids: &ExtensionIds, extensions: Extensions<'a>) -> Said<'a> {
        let mut said = Said::default();
        for element in extensions {
            let id = Some(element.id);
            if id == ids.transport_cc {
                said.transport_cc = transport_cc::parse(element.value);
            } else if id == ids.audio_level {
                said.audio_level = AudioLevel::parse(element.value).map(|level| level.level);
            } else if id == ids.mid {
                said.mid = token::parse(element.value);
            } else if id == ids.rid {
                said.rid = token::parse(element.value);
            } else if id == ids.repaired_rid {
                said.repaired_rid = token::parse(element.value);
            }
        }
        said
    }
}

impl Publish {
    /// What an SSRC carries, if it is known.
    #[inline]
    pub fn find(&self, ssrc: Ssrc) -> Option<Latched> {
        self.latched
            .iter()
            .find(|latched| latched.ssrc == ssrc)
            .copied()
    }

    /// What an unknown SSRC carries, as its packet says; it is latched.
    pub fn learn(
        &mut self,
        header: &Header,
        said: &Said<'_>,
        tracks: &mut Slab<Track>,
    ) -> Result<Latched, Reason> {
        const UNKNOWN: Reason = |c| &mut c.drop_unknown_ssrc;
        let mid = said.mid.ok_or(UNKNOWN)?;
        let at = self
            .tracks
            .iter()
            .copied()
            .find(|at| tracks.get(*at).is_some_and(|track| track.spec.mid == mid));
        let at = at.ok_or(UNKNOWN)?;
        let track = tracks.get(at).ok_or(UNKNOWN)?;
        let is_rtx_type = track.spec.codec.rtx_payload_type == Some(header.payload_type);
        let (layer, rtx) = match (said.rid, said.repaired_rid) {
            (_, Some(rid)) => (track.layer_of_rid(rid), true),
            (Some(rid), None) => (track.layer_of_rid(rid), is_rtx_type),
            (None, None) if track.layers.len() == 1 => (Some(0), is_rtx_type),
            (None, None) => (None, false),
        };
        let layer = layer.ok_or(UNKNOWN)?;
        self.insert(
            Latched {
                ssrc: header.ssrc,
                track: at,
                layer,
                rtx,
            },
            tracks,
        )
    }

    /// Latch an SSRC; what carried the same before is forgotten.
    pub fn insert(
        &mut self,
        latched: Latched,
        tracks: &mut Slab<Track>,
    ) -> Result<Latched, Reason> {
        self.latched.retain(|old| {
            (old.track, old.layer, old.rtx) != (latched.track, latched.layer, latched.rtx)
        });
        if self.latched.len() >= LATCHED_MAX {
            return Err(|c| &mut c.drop_ssrc_table_full);
        }
        if let Some(layer) = tracks
            .get_mut(latched.track)
            .and_then(|t| t.layers.get_mut(usize::from(latched.layer)))
        {
            if latched.rtx {
                layer.rtx_ssrc = Some(latched.ssrc);
            } else if layer.ssrc != Some(latched.ssrc) {
                layer.begin(latched.ssrc);
            }
        }
        self.latched.push(latched);
        Ok(latched)
    }

    /// All that is latched, for the snapshot.
    pub fn latched(&self) -> &[Latched] {
        &self.latched
    }

    /// A Track is gone.
    pub fn forget(&mut self, track: u32) {
        self.tracks.retain(|at| *at != track);
        self.latched.retain(|latched| latched.track != track);
    }
}
