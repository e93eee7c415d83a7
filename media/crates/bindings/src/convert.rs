//! Words of the link to the engine's enums, and back.

use std::collections::HashMap;

use engine::api::{
    CodecName, CommandError, Direction, ExtensionIds, Kind, SlotMode, SrtpProfile, TransportState,
};
use pyo3::PyResult;

use crate::errors::malformed;

fn none_of<T>(what: &str, value: &str, words: &str) -> PyResult<T> {
    Err(malformed(format!(
        "{what} must be one of {words}, not {value:?}"
    )))
}

pub(crate) fn direction(value: &str) -> PyResult<Direction> {
    match value {
        "publish" => Ok(Direction::Publish),
        "subscribe" => Ok(Direction::Subscribe),
        _ => none_of("direction", value, "publish, subscribe"),
    }
}

pub(crate) fn kind(value: &str) -> PyResult<Kind> {
    match value {
        "audio" => Ok(Kind::Audio),
        "video" => Ok(Kind::Video),
        _ => none_of("kind", value, "audio, video"),
    }
}

pub(crate) fn mode(value: &str) -> PyResult<SlotMode> {
    match value {
        "bound" => Ok(SlotMode::Bound),
        "loudest" => Ok(SlotMode::Loudest),
        _ => none_of("mode", value, "bound, loudest"),
    }
}

pub(crate) fn codec_name(value: &str) -> PyResult<CodecName> {
    match value {
        "opus" => Ok(CodecName::Opus),
        "vp8" => Ok(CodecName::Vp8),
        "h264" => Ok(CodecName::H264),
        "vp9" => Ok(CodecName::Vp9),
        "av1" => Ok(CodecName::Av1),
        _ => none_of("name", value, "opus, vp8, h264, vp9, av1"),
    }
}

pub(crate) fn profile(value: &str) -> PyResult<SrtpProfile> {
    match value {
        "AEAD_AES_128_GCM" => Ok(SrtpProfile::AeadAes128Gcm),
        "AES_CM_128_HMAC_SHA1_80" => Ok(SrtpProfile::AesCm128HmacSha1_80),
        _ => none_of(
            "profile",
            value,
            "AEAD_AES_128_GCM, AES_CM_128_HMAC_SHA1_80",
        ),
    }
}

pub(crate) fn extensions(given: &HashMap<String, u8>) -> PyResult<ExtensionIds> {
    let mut ids = ExtensionIds::default();
    for (name, id) in given {
        let place = match name.as_str() {
            "mid" => &mut ids.mid,
            "rid" => &mut ids.rid,
            "repaired_rid" => &mut ids.repaired_rid,
            "audio_level" => &mut ids.audio_level,
            "transport_cc" => &mut ids.transport_cc,
            "abs_send_time" => &mut ids.abs_send_time,
            "dependency_descriptor" => &mut ids.dependency_descriptor,
            _ => return Err(malformed(format!("unknown extension {name:?}"))),
        };
        *place = Some(*id);
    }
    Ok(ids)
}

pub(crate) fn state_word(state: TransportState) -> &'static str {
    match state {
        TransportState::New => "new",
        TransportState::Connecting => "connecting",
        TransportState::Connected => "connected",
        TransportState::Disconnected => "disconnected",
        TransportState::Failed => "failed",
    }
}

pub(crate) fn error_code(error: CommandError) -> &'static str {
    match error {
        CommandError::UnknownRoom => "unknown_room",
        CommandError::UnknownTransport => "unknown_transport",
        CommandError::UnknownTrack => "unknown_track",
        CommandError::UnknownSlot => "unknown_slot",
        CommandError::LimitReached => "limit_reached",
        CommandError::BadKeys => "bad_keys",
        CommandError::WrongDirection => "wrong_direction",
    }
}
