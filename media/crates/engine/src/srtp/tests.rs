//! Promises of the two ends, and the RFC's own vectors. Packets of libsrtp are in `tests/srtp_vectors.rs`.

use wire::rtp::HeaderSpec;
use wire::{ExtSeq, RtpTime, Ssrc};

use super::profile::{Keys, Protection};
use super::*;

fn hex(text: &str) -> Vec<u8> {
    let text: String = text.split_whitespace().collect();
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

const PROFILES: [SrtpProfile; 2] = [SrtpProfile::AeadAes128Gcm, SrtpProfile::AesCm128HmacSha1_80];

fn ends(profile: SrtpProfile) -> (Sealer, Opener) {
    let salt_len = if profile == SrtpProfile::AeadAes128Gcm {
        12
    } else {
        14
    };
    let keys = SrtpKeys {
        profile,
        local_key: vec![1; 16],
        local_salt: vec![2; salt_len],
        remote_key: vec![1; 16],
        remote_salt: vec![2; salt_len],
    };
    contexts(&keys).unwrap()
}

fn sealed(
    sealer: &mut Sealer,
    ssrc: u32,
    index: u64,
    payload: &[u8],
) -> Result<Vec<u8>, SealError> {
    let spec = HeaderSpec {
        marker: false,
        payload_type: 96,
        seq: ExtSeq(index).seq(),
        time: RtpTime(index as u32),
        ssrc: Ssrc(ssrc),
        csrcs: &[],
        extensions: &[],
    };
    let mut out = b"before".to_vec();
    let start = out.len();
    let header_len = spec.append(&mut out).unwrap();
    out.extend_from_slice(payload);
    let result = sealer.seal_rtp(ExtSeq(index), header_len, &mut out, start);
    assert!(out.starts_with(b"before"));
    let packet = out.split_off(6);
    if result.is_err() {
        assert!(packet.is_empty(), "nothing half-sealed may stay");
    }
    result.map(|()| packet)
}

/// RFC 7714 section 16.1.1. Its keys are session keys.
#[test]
fn rfc_7714_rtp() {
    let protection = rfc_7714_protection();
    let header = hex("8040f17b 8041f8d3 5501a0b2");
    let plain = b"Gallia est omnis divisa in partes tres";
    let mut packet = header.clone();
    packet.extend_from_slice(plain);
    packet.extend_from_slice(&[0; 16]);
    assert!(
        protection
            .seal_rtp(Ssrc(0x5501_a0b2), ExtSeq(0xf17b), 12, &mut packet)
            .is_ok()
    );
    let expected = hex(
        "f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce",
    );
    assert_eq!(packet[12..], expected);
    assert_eq!(
        protection
            .open_rtp(Ssrc(0x5501_a0b2), ExtSeq(0xf17b), 12, &mut packet)
            .ok(),
        Some(50)
    );
    assert_eq!(&packet[12..50], plain);
}

/// RFC 7714 section 17.1.
#[test]
fn rfc_7714_rtcp() {
    let protection = rfc_7714_protection();
    let mut packet = hex(
        "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef",
    );
    let plain = packet.clone();
    packet.extend_from_slice(&[0; 20]);
    assert!(
        protection
            .seal_rtcp(Ssrc(0x4d61_7273), 0x8000_05d4, &mut packet)
            .is_ok()
    );
    let expected = hex(
        "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b
         c84aa458 96cf4d2f c5abf872 45d9eade 800005d4",
    );
    assert_eq!(packet, expected);
    assert_eq!(
        protection
            .open_rtcp(Ssrc(0x4d61_7273), 0x8000_05d4, &mut packet)
            .ok(),
        Some(plain.len())
    );
    assert_eq!(packet[..plain.len()], plain);
}

fn rfc_7714_protection() -> Protection {
    let key = std::array::from_fn(|at| at as u8);
    let mut salt = [0; 14];
    salt[..12].copy_from_slice(b"Quid pro quo");
    Protection::new(SrtpProfile::AeadAes128Gcm, &Keys::from_parts(key, salt))
        .unwrap_or_else(|_| panic!("keys fit"))
}

/// RFC 3711 appendix B.2: the key stream for SSRC 0 and index 0, as a packet of zeroes shows it.
#[test]
fn rfc_3711_key_stream() {
    let key = hex("2B7E151628AED2A6ABF7158809CF4F3C").try_into().unwrap();
    let salt = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD").try_into().unwrap();
    let keys = Keys::from_parts(key, salt);
    let protection = Protection::new(SrtpProfile::AesCm128HmacSha1_80, &keys)
        .unwrap_or_else(|_| panic!("keys fit"));
    let mut packet = vec![0; 12 + 48 + 10];
    assert!(
        protection
            .seal_rtp(Ssrc(0), ExtSeq(0), 12, &mut packet)
            .is_ok()
    );
    let expected = hex(
        "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0",
    );
    assert_eq!(packet[12..60], expected);
}

#[test]
fn what_is_sealed_opens() {
    for profile in PROFILES {
        let (mut sealer, mut opener) = ends(profile);
        for index in [100u64, 101, 103, 102, 99] {
            let mut packet = sealed(&mut sealer, 7, index, b"hello").unwrap();
            assert_eq!(packet.len(), 12 + 5 + sealer.rtp_overhead());
            let opened = opener.open_rtp(&mut packet).unwrap();
            assert_eq!(
                (opened.len, opened.index, opened.header.ssrc),
                (17, ExtSeq(index), Ssrc(7))
            );
            assert_eq!(&packet[12..17], b"hello");
        }
    }
}

#[test]
fn an_index_is_sealed_once() {
    let (mut sealer, _) = ends(SrtpProfile::AeadAes128Gcm);
    assert!(sealed(&mut sealer, 7, 5, b"a").is_ok());
    assert_eq!(sealed(&mut sealer, 7, 5, b"b"), Err(SealError::Repeat));
    assert!(
        sealed(&mut sealer, 8, 5, b"b").is_ok(),
        "another source is another nonce"
    );
    assert!(sealed(&mut sealer, 7, 2000, b"c").is_ok());
    assert!(sealed(&mut sealer, 7, 1990, b"late, fills a hole").is_ok());
    assert_eq!(
        sealed(&mut sealer, 7, 1990, b"again"),
        Err(SealError::Repeat)
    );
    assert_eq!(
        sealed(&mut sealer, 7, 2000 - 1024, b"d"),
        Err(SealError::TooOld)
    );
    assert_eq!(sealer.newest_sealed(Ssrc(7)), Some(ExtSeq(2000)));
    assert_eq!(sealer.newest_sealed(Ssrc(9)), None);
}

#[test]
fn the_header_must_show_the_index() {
    let (mut sealer, _) = ends(SrtpProfile::AeadAes128Gcm);
    let mut out = vec![0; 20];
    assert_eq!(
        sealer.seal_rtp(ExtSeq(1), 12, &mut out, 0),
        Err(SealError::Mismatch)
    );
    assert_eq!(sealed(&mut sealer, 7, 1 << 48, b""), Err(SealError::UsedUp));
}

#[test]
fn sequences_roll_over_for_a_day() {
    for profile in PROFILES {
        let (mut sealer, mut opener) = ends(profile);
        // 24 h of audio at 50 packets a second is 4,320,000; each step stands for up to 20,000 lost ones.
        let mut index = 30_000u64;
        while index < 30_000 + 4_320_000 {
            let mut packet = sealed(&mut sealer, 1, index, b"x").unwrap();
            assert_eq!(opener.open_rtp(&mut packet).unwrap().index, ExtSeq(index));
            index += 1 + (index * 7919) % 20_000;
        }
    }
}

#[test]
fn replays_and_stragglers_are_told_apart() {
    for profile in PROFILES {
        let (mut sealer, mut opener) = ends(profile);
        let first = sealed(&mut sealer, 1, 1000, b"x").unwrap();
        let straggler = sealed(&mut sealer, 1, 1001, b"x").unwrap();
        assert!(opener.open_rtp(&mut first.clone()).is_ok());
        assert_eq!(
            opener.open_rtp(&mut first.clone()).unwrap_err(),
            OpenError::Replayed
        );
        let mut far = sealed(&mut sealer, 1, 1001 + 512, b"x").unwrap();
        assert!(opener.open_rtp(&mut far).is_ok());
        assert_eq!(
            opener.open_rtp(&mut straggler.clone()).unwrap_err(),
            OpenError::TooOld
        );
    }
}

#[test]
fn forgery_changes_nothing() {
    for profile in PROFILES {
        let (mut sealer, mut opener) = ends(profile);
        let packet = sealed(&mut sealer, 1, 10, b"payload").unwrap();
        for at in 0..packet.len() {
            let mut forged = packet.clone();
            forged[at] ^= 0x04;
            assert!(opener.open_rtp(&mut forged).is_err(), "byte {at}");
        }
        assert_eq!(
            opener.source_counts(),
            (0, 0),
            "no state for the unauthenticated"
        );
        // A forged number far ahead must not move the window either.
        assert!(opener.open_rtp(&mut packet.clone()).is_ok());
        let mut ahead = packet.clone();
        ahead[2] = 0x70;
        assert_eq!(opener.open_rtp(&mut ahead).unwrap_err(), OpenError::Forged);
        assert!(
            opener
                .open_rtp(&mut sealed(&mut sealer, 1, 9, b"older").unwrap())
                .is_ok()
        );
    }
}

#[test]
fn sources_are_bounded() {
    for profile in PROFILES {
        let (mut sealer, mut opener) = ends(profile);
        for ssrc in 0..SOURCES_MAX as u32 {
            let mut packet = sealed(&mut sealer, ssrc, 1, b"x").unwrap();
            assert!(opener.open_rtp(&mut packet).is_ok());
        }
        assert_eq!(
            sealed(&mut sealer, 1_000_000, 1, b"x"),
            Err(SealError::SourcesFull)
        );
        assert_eq!(opener.source_counts().0, SOURCES_MAX);
        let (mut other, _) = ends(profile);
        let mut packet = sealed(&mut other, 1_000_000, 1, b"x").unwrap();
        assert_eq!(
            opener.open_rtp(&mut packet).unwrap_err(),
            OpenError::SourcesFull
        );
        assert!(
            opener
                .open_rtp(&mut sealed(&mut sealer, 3, 2, b"x").unwrap())
                .is_ok(),
            "the known go on"
        );
    }
}

#[test]
fn rtcp_opens_once() {
    for profile in PROFILES {
        let (mut sealer, mut opener) = ends(profile);
        let mut plain = Vec::new();
        wire::rtcp::append_receiver_report(Ssrc(9), &[Default::default()], &mut plain);
        for _ in 0..3 {
            let mut out = plain.clone();
            sealer.seal_rtcp(&mut out, 0).unwrap();
            assert_eq!(out.len(), plain.len() + sealer.rtcp_overhead());
            assert_ne!(out[8..plain.len()], plain[8..]);
            let again = out.clone();
            assert_eq!(opener.open_rtcp(&mut out), Ok(plain.len()));
            assert_eq!(out[..plain.len()], plain);
            assert_eq!(
                opener.open_rtcp(&mut again.clone()),
                Err(OpenError::Replayed)
            );
            for at in 0..again.len() {
                let mut forged = again.clone();
                forged[at] ^= 0x10;
                assert!(opener.open_rtcp(&mut forged).is_err(), "byte {at}");
            }
        }
        assert_eq!(opener.source_counts(), (0, 1));
    }
}

#[test]
fn rtcp_must_be_encrypted() {
    let (mut sealer, mut opener) = ends(SrtpProfile::AeadAes128Gcm);
    let mut out = Vec::new();
    wire::rtcp::append_receiver_report(Ssrc(9), &[], &mut out);
    sealer.seal_rtcp(&mut out, 0).unwrap();
    let at = out.len() - 4;
    out[at] &= 0x7f;
    assert_eq!(opener.open_rtcp(&mut out), Err(OpenError::NotEncrypted));
}

#[test]
fn short_bytes_are_refused() {
    for profile in PROFILES {
        let (_, mut opener) = ends(profile);
        for len in 0..64 {
            let mut bytes = vec![0x80; len];
            assert!(opener.open_rtp(&mut bytes).is_err());
            assert!(opener.open_rtcp(&mut bytes).is_err());
        }
    }
}

#[test]
fn keys_of_a_wrong_length_are_refused() {
    for profile in PROFILES {
        for (key, salt) in [(15, 12), (16, 11), (16, 15), (32, 12), (0, 0)] {
            assert!(Sealer::new(profile, &vec![0; key], &vec![0; salt]).is_err());
        }
    }
}
