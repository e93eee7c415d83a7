//! Opening what comes in.

use wire::rtp::Header;
use wire::{ExtSeq, Malformed, Ssrc};

use super::profile::{Protection, RTCP_CLEAR_LEN};
use super::sources::Sources;
use super::window::{Seen, Window};
use super::{BadKeys, protections};
use crate::api::SrtpProfile;

/// Why a packet was not opened. An ordinary value: counted and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// Not RTP or RTCP at all.
    Malformed(Malformed),
    /// The tag is wrong: forged, damaged, or of other keys.
    Forged,
    /// Came before.
    Replayed,
    /// So far behind the newest that nobody knows whether it came before.
    TooOld,
    /// SRTCP without encryption, which neither profile allows.
    NotEncrypted,
    /// More than [`SOURCES_MAX`](super::SOURCES_MAX) sources.
    SourcesFull,
}

impl OpenError {
    /// Stable name for counters.
    pub fn name(self) -> &'static str {
        match self {
            OpenError::Malformed(_) => "malformed",
            OpenError::Forged => "forged",
            OpenError::Replayed => "replayed",
            OpenError::TooOld => "too_old",
            OpenError::NotEncrypted => "not_encrypted",
            OpenError::SourcesFull => "sources_full",
        }
    }
}

impl From<Malformed> for OpenError {
    fn from(malformed: Malformed) -> OpenError {
        OpenError::Malformed(malformed)
    }
}

/// An RTP packet that was opened in place.
#[derive(Clone, Copy, Debug)]
pub struct OpenedRtp {
    /// Its header; the packet is now the first `len` bytes.
    pub header: Header,
    /// Its number with rollovers.
    pub index: ExtSeq,
    /// Header and plain payload, without tag.
    pub len: usize,
}

/// Indices remembered per source: a second and more of the fastest video.
const REPLAY_WORDS: usize = 8;

const ENCRYPTED_FLAG: u32 = 1 << 31;

type Replay = Window<REPLAY_WORDS>;

/// The opening end of one transport.
pub struct Opener {
    rtp: Protection,
    rtcp: Protection,
    rtp_sources: Sources<REPLAY_WORDS>,
    rtcp_sources: Sources<REPLAY_WORDS>,
}

impl Opener {
    /// From a master key and salt.
    pub fn new(profile: SrtpProfile, key: &[u8], salt: &[u8]) -> Result<Opener, BadKeys> {
        let (rtp, rtcp) = protections(profile, key, salt)?;
        Ok(Opener {
            rtp,
            rtcp,
            rtp_sources: Sources::new(),
            rtcp_sources: Sources::new(),
        })
    }

    /// Opens `packet` in place. On error its payload may be overwritten, and nothing is remembered.
    #[inline]
    pub fn open_rtp(&mut self, packet: &mut [u8]) -> Result<OpenedRtp, OpenError> {
        let header = Header::parse(packet)?;
        let known = self.rtp_sources.get(header.ssrc);
        if known.is_none() && self.rtp_sources.is_full() {
            return Err(OpenError::SourcesFull);
        }
        let newest = known.and_then(Replay::newest);
        // A source begins with rollover 0 (RFC 3711 section 3.3.1); browsers begin below 2^15, so that a first packet lost
        // or late does no harm.
        let index = match newest {
            Some(newest) => ExtSeq(newest).nearest(header.seq),
            None => ExtSeq::new(0, header.seq),
        };
        if let Some(replay) = known {
            check_replay(replay, index.0)?;
        }
        let len = self
            .rtp
            .open_rtp(header.ssrc, index, header.header_len, packet)
            .map_err(|_| OpenError::Forged)?;
        self.rtp_sources
            .get_or_add(header.ssrc)
            .ok_or(OpenError::SourcesFull)?
            .mark(index.0);
        Ok(OpenedRtp { header, index, len })
    }

    /// Opens an RTCP compound in place; its plain length. On error its body may be overwritten, and nothing is remembered.
    pub fn open_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, OpenError> {
        if packet
            .first()
            .is_some_and(|b0| b0 & 0xc0 != wire::rtp::VERSION_2)
        {
            return Err(OpenError::Malformed(Malformed::Version));
        }
        if packet.len() < RTCP_CLEAR_LEN + self.rtcp.tag_len() + 4 {
            return Err(OpenError::Malformed(Malformed::TooShort));
        }
        let ssrc = Ssrc(wire::bytes::u32_at(packet, 4).ok_or(Malformed::TooShort)?);
        let word = self.rtcp.rtcp_word(packet).ok_or(Malformed::TooShort)?;
        if word & ENCRYPTED_FLAG == 0 {
            return Err(OpenError::NotEncrypted);
        }
        let index = u64::from(word & !ENCRYPTED_FLAG);
        match self.rtcp_sources.get(ssrc) {
            Some(replay) => check_replay(replay, index)?,
            None if self.rtcp_sources.is_full() => return Err(OpenError::SourcesFull),
            None => {}
        }
        let len = self
            .rtcp
            .open_rtcp(ssrc, word, packet)
            .map_err(|_| OpenError::Forged)?;
        self.rtcp_sources
            .get_or_add(ssrc)
            .ok_or(OpenError::SourcesFull)?
            .mark(index);
        Ok(len)
    }

    /// Sources known for RTP and RTCP; for the snapshot.
    pub fn source_counts(&self) -> (usize, usize) {
        (self.rtp_sources.len(), self.rtcp_sources.len())
    }
}

#[inline]
fn check_replay(replay: &Replay, index: u64) -> Result<(), OpenError> {
    match replay.look(index) {
        Seen::Fresh => Ok(()),
        Seen::Repeat => Err(OpenError::Replayed),
        Seen::TooOld => Err(OpenError::TooOld),
    }
}
