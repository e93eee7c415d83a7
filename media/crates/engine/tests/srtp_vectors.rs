//! SRTP against libsrtp, both ways. `srtp_by_libsrtp.json` was sealed by libsrtp; `srtp_by_homeroom.json` is sealed by us,
//! kept true by this test (`HOMEROOM_WRITE_VECTORS=1` writes it anew) and opened by libsrtp in `tests/vectors/test_wire.py`.

use std::path::PathBuf;

use engine::api::SrtpProfile;
use engine::srtp::{Opener, Sealer};
use serde_json::{Value, json};
use wire::ExtSeq;
use wire::rtp::Header;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/wire")
}

fn witnessed() -> Vec<Value> {
    let text = std::fs::read_to_string(folder().join("srtp_by_libsrtp.json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    file["cases"].as_array().unwrap().clone()
}

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn profile(case: &Value) -> SrtpProfile {
    match case["profile"].as_str() {
        Some("gcm") => SrtpProfile::AeadAes128Gcm,
        _ => SrtpProfile::AesCm128HmacSha1_80,
    }
}

fn seal(sealer: &mut Sealer, index: u64, plain: &[u8]) -> Vec<u8> {
    let mut packet = plain.to_vec();
    let header_len = Header::parse(plain).unwrap().header_len;
    sealer
        .seal_rtp(ExtSeq(index), header_len, &mut packet, 0)
        .unwrap();
    packet
}

#[test]
fn libsrtp_and_we_seal_the_same() {
    for case in witnessed() {
        let (key, salt) = (hex(&case["key"]), hex(&case["salt"]));
        let mut sealer = Sealer::new(profile(&case), &key, &salt).unwrap();
        let mut opener = Opener::new(profile(&case), &key, &salt).unwrap();
        for packet in case["rtp"].as_array().unwrap() {
            let (plain, mut sealed) = (hex(&packet["plain"]), hex(&packet["sealed"]));
            let index = packet["index"].as_u64().unwrap();
            assert_eq!(to_hex(&seal(&mut sealer, index, &plain)), to_hex(&sealed));
            let opened = opener.open_rtp(&mut sealed).unwrap();
            assert_eq!(
                (opened.index, to_hex(&sealed[..opened.len])),
                (ExtSeq(index), to_hex(&plain))
            );
        }
        for packet in case["rtcp"].as_array().unwrap() {
            let mut sealed = hex(&packet["sealed"]);
            let len = opener.open_rtcp(&mut sealed).unwrap();
            assert_eq!(to_hex(&sealed[..len]), packet["plain"].as_str().unwrap());
        }
    }
}

#[test]
fn the_committed_file_is_what_we_seal() {
    let mut lines = Vec::new();
    for case in witnessed() {
        let (key, salt) = (hex(&case["key"]), hex(&case["salt"]));
        let mut sealer = Sealer::new(profile(&case), &key, &salt).unwrap();
        let rtp: Vec<Value> = (65_530..65_545u64)
            .map(|index| {
                let mut plain = vec![0x80, 96];
                plain.extend_from_slice(&(index as u16).to_be_bytes());
                plain.extend_from_slice(&[0, 0, 0, 1, 0xca, 0xfe, 0xba, 0xbe]);
                plain.extend((0..index % 40).map(|byte| byte as u8));
                json!({"index": index, "plain": to_hex(&plain), "sealed": to_hex(&seal(&mut sealer, index, &plain))})
            })
            .collect();
        let rtcp: Vec<Value> = (0..4u32)
            .map(|number| {
                let mut plain = Vec::new();
                wire::rtcp::append_pli(wire::Ssrc(5), wire::Ssrc(number), &mut plain);
                wire::rtcp::append_sdes_cname(wire::Ssrc(5), "cname", &mut plain);
                let mut sealed = plain.clone();
                sealer.seal_rtcp(&mut sealed, 0).unwrap();
                json!({"plain": to_hex(&plain), "sealed": to_hex(&sealed)})
            })
            .collect();
        let case = json!({
            "profile": case["profile"], "key": case["key"], "salt": case["salt"], "rtp": rtp, "rtcp": rtcp,
        });
        lines.push(case.to_string());
    }
    let note = "Sealed by crates/engine/tests/srtp_vectors.rs. Witness: libsrtp, see tests/vectors/test_wire.py.";
    let text = format!(
        "{{\"note\": \"{note}\",\n\"cases\": [\n{}\n]}}\n",
        lines.join(",\n")
    );
    let path = folder().join("srtp_by_homeroom.json");
    if std::env::var_os("HOMEROOM_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}
