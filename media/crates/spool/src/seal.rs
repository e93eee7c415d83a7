//! Sealing: a key per participant and recording, a fresh key of it for each Tap, a nonce that counts.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};

pub const KEY_BYTES: usize = 32;
pub const SALT_BYTES: usize = 16;
pub const TAG_BYTES: usize = 16;
const INFO: &[u8] = b"homeroom spool v1";

struct TapKeyLength;

impl KeyType for TapKeyLength {
    fn len(&self) -> usize {
        KEY_BYTES
    }
}

/// One Tap's key. The salt is random for each opening, so the key is new, and a record's number can be its nonce.
pub struct TapSeal(LessSafeKey);

impl TapSeal {
    /// None if the crypto library refuses, which it has no reason to.
    pub fn new(key: &[u8; KEY_BYTES], salt: &[u8; SALT_BYTES]) -> Option<Self> {
        let extracted = Salt::new(HKDF_SHA256, salt).extract(key);
        let mut derived = [0; KEY_BYTES];
        extracted
            .expand(&[INFO], TapKeyLength)
            .and_then(|expanded| expanded.fill(&mut derived))
            .ok()?;
        let key = UnboundKey::new(&AES_256_GCM, &derived).ok()?;
        Some(Self(LessSafeKey::new(key)))
    }

    fn nonce(number: u64) -> Nonce {
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&number.to_be_bytes());
        Nonce::assume_unique_for_key(nonce)
    }

    /// Seal in place; the tag. A number must never come twice.
    pub fn seal(&self, number: u64, aad: &[u8], plain: &mut [u8]) -> Option<[u8; TAG_BYTES]> {
        let tag = self
            .0
            .seal_in_place_separate_tag(Self::nonce(number), Aad::from(aad), plain)
            .ok()?;
        tag.as_ref().try_into().ok()
    }

    /// Open what was sealed, tag at its end.
    pub fn open<'a>(&self, number: u64, aad: &[u8], sealed: &'a mut [u8]) -> Option<&'a [u8]> {
        self.0
            .open_in_place(Self::nonce(number), Aad::from(aad), sealed)
            .ok()
            .map(|plain| &*plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_what_it_sealed_and_nothing_else() {
        let seal = TapSeal::new(&[7; 32], &[1; 16]).unwrap();
        let mut bytes = b"a packet".to_vec();
        let tag = seal.seal(5, b"head", &mut bytes).unwrap();
        bytes.extend_from_slice(&tag);
        assert_ne!(&bytes[..8], b"a packet");
        let other = TapSeal::new(&[7; 32], &[2; 16]).unwrap();
        assert_eq!(other.open(5, b"head", &mut bytes.clone()), None);
        assert_eq!(seal.open(6, b"head", &mut bytes.clone()), None);
        assert_eq!(seal.open(5, b"heaD", &mut bytes.clone()), None);
        assert_eq!(seal.open(5, b"head", &mut bytes), Some(&b"a packet"[..]));
    }
}
