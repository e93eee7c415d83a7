//! Reading the vectors of `tests/vectors/wire` and HMAC for STUN.
#![allow(dead_code)]

use std::path::PathBuf;

use serde_json::Value;
use wire::stun::IntegrityKey;

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/vectors/wire")
}

pub fn cases(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let cases = file["cases"].as_array().unwrap().clone();
    assert!(!cases.is_empty());
    cases
}

pub fn hex(value: &Value) -> Vec<u8> {
    let text: String = value.as_str().unwrap().split_whitespace().collect();
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

pub struct Password(pub Vec<u8>);

impl IntegrityKey for Password {
    fn tag(&self, parts: &[&[u8]]) -> [u8; 20] {
        use aws_lc_rs::hmac;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        hmac::sign(&key, &parts.concat())
            .as_ref()
            .try_into()
            .unwrap()
    }
}
