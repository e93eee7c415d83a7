//! The two protection profiles as one thing that seals and opens in place.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{constant_time, hmac};
use wire::{ExtSeq, Ssrc};

use super::BadKeys;
use super::derive::{Labels, Prf};
use crate::api::SrtpProfile;

pub(super) const GCM_TAG_LEN: usize = 16;
pub(super) const HMAC_TAG_LEN: usize = 10;
const KEY_LEN: usize = 16;
const GCM_SALT_LEN: usize = 12;
const CM_SALT_LEN: usize = 14;
const HMAC_KEY_LEN: usize = 20;

/// Session keys of one protocol and direction. The GCM salt fills the first 12 bytes.
pub(super) struct Keys {
    encryption: [u8; KEY_LEN],
    authentication: [u8; HMAC_KEY_LEN],
    salt: [u8; CM_SALT_LEN],
}

impl Keys {
    pub(super) fn derive(
        profile: SrtpProfile,
        key: &[u8],
        salt: &[u8],
        labels: Labels,
    ) -> Result<Keys, BadKeys> {
        let salt_len = match profile {
            SrtpProfile::AeadAes128Gcm => GCM_SALT_LEN,
            SrtpProfile::AesCm128HmacSha1_80 => CM_SALT_LEN,
        };
        if key.len() != KEY_LEN || salt.len() != salt_len {
            return Err(BadKeys);
        }
        let prf = Prf::new(key, salt)?;
        Ok(Keys {
            encryption: prf.derive(labels.encryption)?,
            authentication: prf.derive(labels.authentication)?,
            salt: prf.derive(labels.salt)?,
        })
    }

    #[cfg(test)]
    pub(super) fn from_parts(encryption: [u8; KEY_LEN], salt: [u8; CM_SALT_LEN]) -> Keys {
        Keys {
            encryption,
            authentication: [0; HMAC_KEY_LEN],
            salt,
        }
    }
}

/// Sealing and opening of packets whose place in the sequence is known. Remembers nothing.
pub(super) enum Protection {
    /// RFC 7714: header authenticated, payload sealed, 16-byte tag.
    Gcm {
        key: LessSafeKey,
        salt: [u8; GCM_SALT_LEN],
    },
    /// RFC 3711: counter mode, then HMAC-SHA1 over all of it and the rollover counter, cut to 10 bytes.
    /// Boxed: its key schedules take over a kilobyte, and few transports use it.
    Cm(Box<CounterMode>),
}

/// Keys of the older profile.
pub(super) struct CounterMode {
    cipher: EncryptingKey,
    hmac: hmac::Key,
    salt: [u8; CM_SALT_LEN],
}

/// The crypto library said no. When opening: the tag is wrong.
pub(super) struct Refused;

impl Protection {
    pub(super) fn new(profile: SrtpProfile, keys: &Keys) -> Result<Protection, BadKeys> {
        match profile {
            SrtpProfile::AeadAes128Gcm => {
                let key = UnboundKey::new(&AES_128_GCM, &keys.encryption).map_err(|_| BadKeys)?;
                let salt = *keys.salt.first_chunk().ok_or(BadKeys)?;
                Ok(Protection::Gcm {
                    key: LessSafeKey::new(key),
                    salt,
                })
            }
            SrtpProfile::AesCm128HmacSha1_80 => {
                let key = UnboundCipherKey::new(&AES_128, &keys.encryption).map_err(|_| BadKeys)?;
                let cipher = EncryptingKey::ctr(key).map_err(|_| BadKeys)?;
                let hmac =
                    hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &keys.authentication);
                Ok(Protection::Cm(Box::new(CounterMode {
                    cipher,
                    hmac,
                    salt: keys.salt,
                })))
            }
        }
    }

    /// Bytes of the tag.
    #[inline]
    pub(super) fn tag_len(&self) -> usize {
        match self {
            Protection::Gcm { .. } => GCM_TAG_LEN,
            Protection::Cm(_) => HMAC_TAG_LEN,
        }
    }

    /// Seals an RTP packet in place, the last `tag_len` bytes of which are free for the tag.
    #[inline]
    pub(super) fn seal_rtp(
        &self,
        ssrc: Ssrc,
        index: ExtSeq,
        header_len: usize,
        packet: &mut [u8],
    ) -> Result<(), Refused> {
        let body_end = packet.len().checked_sub(self.tag_len()).ok_or(Refused)?;
        let (plain, tag) = packet.split_at_mut(body_end);
        let (header, payload) = plain.split_at_mut_checked(header_len).ok_or(Refused)?;
        match self {
            Protection::Gcm { key, salt } => {
                let nonce = gcm_nonce(salt, ssrc, index.0);
                let made = key
                    .seal_in_place_separate_tag(nonce, Aad::from(&*header), payload)
                    .map_err(|_| Refused)?;
                tag.copy_from_slice(made.as_ref());
            }
            Protection::Cm(keys) => {
                let CounterMode { cipher, hmac, salt } = &**keys;
                apply_counter_mode(cipher, salt, ssrc, index.0, payload)?;
                let made = hmac_tag(hmac, &[plain, &index.rollovers().to_be_bytes()]);
                tag.copy_from_slice(made.as_ref().get(..HMAC_TAG_LEN).ok_or(Refused)?);
            }
        }
        Ok(())
    }

    /// Opens an RTP packet in place; the length without tag. After a refusal the payload is worthless.
    #[inline]
    pub(super) fn open_rtp(
        &self,
        ssrc: Ssrc,
        index: ExtSeq,
        header_len: usize,
        packet: &mut [u8],
    ) -> Result<usize, Refused> {
        let body_end = packet
            .len()
            .checked_sub(self.tag_len())
            .filter(|&end| end >= header_len)
            .ok_or(Refused)?;
        match self {
            Protection::Gcm { key, salt } => {
                let (header, sealed) = packet.split_at_mut_checked(header_len).ok_or(Refused)?;
                let nonce = gcm_nonce(salt, ssrc, index.0);
                key.open_in_place(nonce, Aad::from(&*header), sealed)
                    .map_err(|_| Refused)?;
            }
            Protection::Cm(keys) => {
                let CounterMode { cipher, hmac, salt } = &**keys;
                let (body, tag) = packet.split_at_mut(body_end);
                check_hmac(hmac, &[body, &index.rollovers().to_be_bytes()], tag)?;
                let payload = body.get_mut(header_len..).ok_or(Refused)?;
                apply_counter_mode(cipher, salt, ssrc, index.0, payload)?;
            }
        }
        Ok(body_end)
    }

    /// Seals an RTCP packet: `packet` is the plain compound followed by `tag_len + 4` free bytes. `word` is the E flag and
    /// the index. GCM puts the tag before the word (RFC 7714 section 9.2), counter mode behind it (RFC 3711 section 3.4).
    pub(super) fn seal_rtcp(
        &self,
        ssrc: Ssrc,
        word: u32,
        packet: &mut [u8],
    ) -> Result<(), Refused> {
        let plain_len = packet
            .len()
            .checked_sub(self.tag_len() + 4)
            .ok_or(Refused)?;
        let (plain, free) = packet.split_at_mut(plain_len);
        let word_bytes = word.to_be_bytes();
        let index = u64::from(word & 0x7fff_ffff);
        match self {
            Protection::Gcm { key, salt } => {
                let (head, body) = plain.split_at_mut_checked(RTCP_CLEAR_LEN).ok_or(Refused)?;
                let aad = rtcp_aad(head, word_bytes).ok_or(Refused)?;
                let nonce = gcm_nonce(salt, ssrc, index);
                let made = key
                    .seal_in_place_separate_tag(nonce, Aad::from(aad), body)
                    .map_err(|_| Refused)?;
                let (tag, trailer) = free.split_at_mut_checked(GCM_TAG_LEN).ok_or(Refused)?;
                tag.copy_from_slice(made.as_ref());
                trailer.copy_from_slice(&word_bytes);
            }
            Protection::Cm(keys) => {
                let CounterMode { cipher, hmac, salt } = &**keys;
                let body = plain.get_mut(RTCP_CLEAR_LEN..).ok_or(Refused)?;
                apply_counter_mode(cipher, salt, ssrc, index, body)?;
                let made = hmac_tag(hmac, &[plain, &word_bytes]);
                let (trailer, tag) = free.split_at_mut_checked(4).ok_or(Refused)?;
                trailer.copy_from_slice(&word_bytes);
                tag.copy_from_slice(made.as_ref().get(..HMAC_TAG_LEN).ok_or(Refused)?);
            }
        }
        Ok(())
    }

    /// The E flag and index of a sealed RTCP packet, unauthenticated.
    pub(super) fn rtcp_word(&self, packet: &[u8]) -> Option<u32> {
        let from_end = match self {
            Protection::Gcm { .. } => 4,
            Protection::Cm(_) => 4 + HMAC_TAG_LEN,
        };
        wire::bytes::u32_at(packet, packet.len().checked_sub(from_end)?)
    }

    /// Opens an RTCP packet in place; the length of the plain compound.
    pub(super) fn open_rtcp(
        &self,
        ssrc: Ssrc,
        word: u32,
        packet: &mut [u8],
    ) -> Result<usize, Refused> {
        let plain_len = packet
            .len()
            .checked_sub(self.tag_len() + 4)
            .filter(|&len| len >= RTCP_CLEAR_LEN)
            .ok_or(Refused)?;
        let index = u64::from(word & 0x7fff_ffff);
        match self {
            Protection::Gcm { key, salt } => {
                let aad = rtcp_aad(packet, word.to_be_bytes()).ok_or(Refused)?;
                let sealed = packet
                    .get_mut(RTCP_CLEAR_LEN..plain_len + GCM_TAG_LEN)
                    .ok_or(Refused)?;
                key.open_in_place(gcm_nonce(salt, ssrc, index), Aad::from(aad), sealed)
                    .map_err(|_| Refused)?;
            }
            Protection::Cm(keys) => {
                let CounterMode { cipher, hmac, salt } = &**keys;
                let (covered, tag) = packet.split_at_mut_checked(plain_len + 4).ok_or(Refused)?;
                check_hmac(hmac, &[covered], tag)?;
                let body = covered.get_mut(RTCP_CLEAR_LEN..plain_len).ok_or(Refused)?;
                apply_counter_mode(cipher, salt, ssrc, index, body)?;
            }
        }
        Ok(plain_len)
    }
}

/// First header and sender SSRC of a compound stay readable.
pub(super) const RTCP_CLEAR_LEN: usize = 8;

fn rtcp_aad(packet: &[u8], word: [u8; 4]) -> Option<[u8; RTCP_CLEAR_LEN + 4]> {
    let mut aad = [0u8; RTCP_CLEAR_LEN + 4];
    aad[..RTCP_CLEAR_LEN].copy_from_slice(packet.get(..RTCP_CLEAR_LEN)?);
    aad[RTCP_CLEAR_LEN..].copy_from_slice(&word);
    Some(aad)
}

/// RFC 7714 sections 8.1 and 9.1: 16 zero bits, SSRC, 48 bits of index (for RTCP 17 zero bits and 31), XOR salt.
#[inline]
fn gcm_nonce(salt: &[u8; GCM_SALT_LEN], ssrc: Ssrc, index: u64) -> Nonce {
    let place = (u128::from(ssrc.0) << 48) | u128::from(index & 0xffff_ffff_ffff);
    let mut nonce = *salt;
    for (byte, place) in nonce
        .iter_mut()
        .zip(place.to_be_bytes().into_iter().skip(4))
    {
        *byte ^= place;
    }
    Nonce::assume_unique_for_key(nonce)
}

/// RFC 3711 section 4.1.1: salt * 2^16 XOR SSRC * 2^64 XOR index * 2^16.
#[inline]
fn apply_counter_mode(
    cipher: &EncryptingKey,
    salt: &[u8; CM_SALT_LEN],
    ssrc: Ssrc,
    index: u64,
    bytes: &mut [u8],
) -> Result<(), Refused> {
    let place = (u128::from(ssrc.0) << 64) | (u128::from(index & 0xffff_ffff_ffff) << 16);
    let mut iv = place.to_be_bytes();
    for (byte, salt) in iv.iter_mut().zip(salt) {
        *byte ^= salt;
    }
    let context = EncryptionContext::Iv128(FixedLength::from(iv));
    cipher
        .less_safe_encrypt(bytes, context)
        .map(|_| ())
        .map_err(|_| Refused)
}

#[inline]
fn hmac_tag(key: &hmac::Key, parts: &[&[u8]]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    parts.iter().for_each(|part| context.update(part));
    context.sign()
}

#[inline]
fn check_hmac(key: &hmac::Key, parts: &[&[u8]], stated: &[u8]) -> Result<(), Refused> {
    let made = hmac_tag(key, parts);
    let made = made.as_ref().get(..HMAC_TAG_LEN).ok_or(Refused)?;
    constant_time::verify_slices_are_equal(made, stated).map_err(|_| Refused)
}
