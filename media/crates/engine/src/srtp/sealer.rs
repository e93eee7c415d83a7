//! Sealing what we send.

use wire::{ExtSeq, Ssrc};

use super::profile::{Protection, RTCP_CLEAR_LEN};
use super::sources::Sources;
use super::window::Seen;
use super::{BadKeys, protections};
use crate::api::SrtpProfile;

/// Why a packet was not sealed. Each is a mistake of ours; the packet must not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealError {
    /// This (SSRC, index) was sealed before: sealing other bytes with it would give the key away.
    Repeat,
    /// So far behind the newest that nobody knows whether it was sealed.
    TooOld,
    /// The header's sequence number is not that of the index, or the header does not fit the packet.
    Mismatch,
    /// More than [`SOURCES_MAX`](super::SOURCES_MAX) sources.
    SourcesFull,
    /// 2^48 RTP or 2^31 RTCP packets: the keys are used up (RFC 3711 section 9.2).
    UsedUp,
}

/// Indices remembered per source. A hole in a slot's sequence is filled when the missing packet arrives late; at 500 packets
/// a second this is two seconds.
const SEALED_WORDS: usize = 16;

const INDEX_END: u64 = 1 << 48;
const RTCP_INDEX_END: u32 = 1 << 31;
const ENCRYPTED_FLAG: u32 = 1 << 31;

/// The sealing end of one transport.
pub struct Sealer {
    rtp: Protection,
    rtcp: Protection,
    sources: Sources<SEALED_WORDS>,
    rtcp_index: u32,
}

impl Sealer {
    /// From a master key and salt.
    pub fn new(profile: SrtpProfile, key: &[u8], salt: &[u8]) -> Result<Sealer, BadKeys> {
        let (rtp, rtcp) = protections(profile, key, salt)?;
        Ok(Sealer {
            rtp,
            rtcp,
            sources: Sources::new(),
            rtcp_index: 0,
        })
    }

    /// Bytes that [`Sealer::seal_rtp`] appends.
    #[inline]
    pub fn rtp_overhead(&self) -> usize {
        self.rtp.tag_len()
    }

    /// Bytes that [`Sealer::seal_rtcp`] appends.
    #[inline]
    pub fn rtcp_overhead(&self) -> usize {
        self.rtcp.tag_len() + 4
    }

    /// Seals the RTP packet that begins at `start` and ends where `out` does, and appends the tag. `index` is the extended
    /// sequence of its SSRC; `header_len` covers CSRCs and extension. On error the packet is cut off `out` again: nothing
    /// half-sealed can leave.
    #[inline]
    pub fn seal_rtp(
        &mut self,
        index: ExtSeq,
        header_len: usize,
        out: &mut Vec<u8>,
        start: usize,
    ) -> Result<(), SealError> {
        let sealed = self.try_seal_rtp(index, header_len, out, start);
        if sealed.is_err() {
            out.truncate(start);
        }
        sealed
    }

    #[inline]
    fn try_seal_rtp(
        &mut self,
        index: ExtSeq,
        header_len: usize,
        out: &mut Vec<u8>,
        start: usize,
    ) -> Result<(), SealError> {
        let packet = out.get(start..).ok_or(SealError::Mismatch)?;
        let seq = wire::bytes::u16_at(packet, 2).ok_or(SealError::Mismatch)?;
        let ssrc = Ssrc(wire::bytes::u32_at(packet, 8).ok_or(SealError::Mismatch)?);
        if seq != index.seq().0 || header_len > packet.len() {
            return Err(SealError::Mismatch);
        }
        if index.0 >= INDEX_END {
            return Err(SealError::UsedUp);
        }
        self.use_up(ssrc, index)?;
        out.resize(out.len() + self.rtp.tag_len(), 0);
        let packet = out.get_mut(start..).ok_or(SealError::Mismatch)?;
        self.rtp
            .seal_rtp(ssrc, index, header_len, packet)
            .map_err(|_| SealError::Mismatch)
    }

    /// Marks the index before sealing: even a failure in between cannot make a nonce serve twice.
    #[inline]
    fn use_up(&mut self, ssrc: Ssrc, index: ExtSeq) -> Result<(), SealError> {
        let sealed = self
            .sources
            .get_or_add(ssrc)
            .ok_or(SealError::SourcesFull)?;
        match sealed.look(index.0) {
            Seen::Fresh => sealed.mark(index.0),
            Seen::Repeat => return Err(SealError::Repeat),
            Seen::TooOld => return Err(SealError::TooOld),
        }
        Ok(())
    }

    /// The newest index sealed for a source, so that a sequence can be carried on elsewhere.
    pub fn newest_sealed(&self, ssrc: Ssrc) -> Option<ExtSeq> {
        self.sources.get(ssrc)?.newest().map(ExtSeq)
    }

    /// Seals the RTCP compound that begins at `start` and ends where `out` does, and appends index and tag. One index runs
    /// over all our sources, which keeps each (SSRC, index) unique. On error the compound is cut off `out` again.
    pub fn seal_rtcp(&mut self, out: &mut Vec<u8>, start: usize) -> Result<(), SealError> {
        let sealed = self.try_seal_rtcp(out, start);
        if sealed.is_err() {
            out.truncate(start);
        }
        sealed
    }

    fn try_seal_rtcp(&mut self, out: &mut Vec<u8>, start: usize) -> Result<(), SealError> {
        let packet = out
            .get(start..)
            .filter(|packet| packet.len() >= RTCP_CLEAR_LEN)
            .ok_or(SealError::Mismatch)?;
        let ssrc = Ssrc(wire::bytes::u32_at(packet, 4).ok_or(SealError::Mismatch)?);
        if self.rtcp_index >= RTCP_INDEX_END {
            return Err(SealError::UsedUp);
        }
        let word = ENCRYPTED_FLAG | self.rtcp_index;
        self.rtcp_index += 1;
        out.resize(out.len() + self.rtcp_overhead(), 0);
        let packet = out.get_mut(start..).ok_or(SealError::Mismatch)?;
        self.rtcp
            .seal_rtcp(ssrc, word, packet)
            .map_err(|_| SealError::Mismatch)
    }
}
