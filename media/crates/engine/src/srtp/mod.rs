//! SRTP and SRTCP (RFC 3711, RFC 7714), sans-I/O, on aws-lc-rs.
//!
//! A [`Sealer`] and an [`Opener`] per transport. Keys are scheduled once, packets are worked on in place, nothing is
//! allocated on the way of a packet (a source that is new costs its state).
//!
//! Two promises. **A nonce is sealed once**: the sealer remembers what it sealed per SSRC and refuses a repeat. **Nobody
//! unauthenticated changes anything**: rollover, replay window and new sources are noted only after the tag was right.

mod derive;
mod opener;
mod profile;
mod sealer;
mod sources;
mod window;

pub use opener::{OpenError, OpenedRtp, Opener};
pub use sealer::{SealError, Sealer};
pub use window::{Seen, Window};

use crate::api::{SrtpKeys, SrtpProfile};
use profile::{Keys, Protection};

/// Sources that one transport may have in each direction and protocol. A publisher with camera, microphone and screen uses
/// 12, a subscriber's slots 60; a publisher that starts its screen share anew gets new ones. One over: the packet is
/// refused ([`OpenError::SourcesFull`], [`SealError::SourcesFull`]), since forgetting one would forget its replay window.
pub const SOURCES_MAX: usize = 512;

/// Most bytes that sealing adds to an RTP or RTCP packet: GCM tag and SRTCP index.
pub const OVERHEAD_MAX: usize = 20;

/// The keys have not the length that their profile wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadKeys;

/// The two ends of one transport from the keys of its DTLS handshake.
pub fn contexts(keys: &SrtpKeys) -> Result<(Sealer, Opener), BadKeys> {
    let sealer = Sealer::new(keys.profile, &keys.local_key, &keys.local_salt)?;
    let opener = Opener::new(keys.profile, &keys.remote_key, &keys.remote_salt)?;
    Ok((sealer, opener))
}

/// RTP and RTCP protection from one master key and salt.
fn protections(
    profile: SrtpProfile,
    key: &[u8],
    salt: &[u8],
) -> Result<(Protection, Protection), BadKeys> {
    let rtp = Protection::new(
        profile,
        &Keys::derive(profile, key, salt, derive::Labels::RTP)?,
    )?;
    let rtcp = Protection::new(
        profile,
        &Keys::derive(profile, key, salt, derive::Labels::RTCP)?,
    )?;
    Ok((rtp, rtcp))
}

#[cfg(test)]
mod tests;
