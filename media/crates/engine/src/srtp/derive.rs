//! Session keys from master keys (RFC 3711 section 4.3), key derivation rate 0.

use aws_lc_rs::cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;

use super::BadKeys;

/// Labels of the three session keys of one protocol (section 4.3.2).
#[derive(Clone, Copy)]
pub(super) struct Labels {
    pub encryption: u8,
    pub authentication: u8,
    pub salt: u8,
}

impl Labels {
    pub(super) const RTP: Labels = Labels {
        encryption: 0,
        authentication: 1,
        salt: 2,
    };
    pub(super) const RTCP: Labels = Labels {
        encryption: 3,
        authentication: 4,
        salt: 5,
    };
}

/// Bytes of a master salt as the derivation sees it (112 bits).
const SALT_LEN: usize = 14;

/// The pseudo-random function: AES in counter mode over zeroes, the label XORed into the salt (section 4.3.3).
pub(super) struct Prf {
    cipher: EncryptingKey,
    salt: [u8; SALT_LEN],
}

impl Prf {
    /// A 96-bit salt (RFC 7714 section 11) stands in the high bits.
    pub(super) fn new(master_key: &[u8], master_salt: &[u8]) -> Result<Prf, BadKeys> {
        let key = UnboundCipherKey::new(&AES_128, master_key).map_err(|_| BadKeys)?;
        let cipher = EncryptingKey::ctr(key).map_err(|_| BadKeys)?;
        let mut salt = [0u8; SALT_LEN];
        salt.get_mut(..master_salt.len())
            .ok_or(BadKeys)?
            .copy_from_slice(master_salt);
        Ok(Prf { cipher, salt })
    }

    pub(super) fn derive<const N: usize>(&self, label: u8) -> Result<[u8; N], BadKeys> {
        let mut iv = [0u8; 16];
        iv[..SALT_LEN].copy_from_slice(&self.salt);
        // key_id = label || 48 bits of index / rate, right-aligned in 112 bits: the label falls on byte 7.
        iv[7] ^= label;
        let mut key = [0u8; N];
        let context = EncryptionContext::Iv128(FixedLength::from(iv));
        self.cipher
            .less_safe_encrypt(&mut key, context)
            .map_err(|_| BadKeys)?;
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3711 appendix B.3.
    #[test]
    fn rfc_3711_b3() {
        let key = hex("E1F97A0D3E018BE0D64FA32C06DE4139");
        let salt = hex("0EC675AD498AFEEBB6960B3AABE6");
        let prf = Prf::new(&key, &salt).unwrap();
        assert_eq!(
            prf.derive::<16>(0).unwrap().to_vec(),
            hex("C61E7A93744F39EE10734AFE3FF7A087")
        );
        assert_eq!(
            prf.derive::<14>(2).unwrap().to_vec(),
            hex("30CBBC08863D8C85D49DB34A9AE1")
        );
        let auth = "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2DC68";
        assert_eq!(prf.derive::<94>(1).unwrap().to_vec(), hex(auth)[..94]);
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap())
            .collect()
    }
}
