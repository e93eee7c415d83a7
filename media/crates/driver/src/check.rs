//! What is wrong with a request, in words; checked where it is given, before it becomes a command.

use engine::api::{Codec, ExtensionIds, SlotSpec, SrtpKeys, SrtpProfile};

use crate::receive::DATAGRAM_BYTES_MAX;
use crate::spec::{TrackRequest, TransportRequest};

const ID_BYTES_MAX: usize = 64;

/// RFC 8839 section 5.4: ufrag of 4 to 256, password of 22 to 256 ice-chars.
const ICE_BYTES_MAX: usize = 256;
const UFRAG_BYTES_MIN: usize = 4;
const PWD_BYTES_MIN: usize = 22;

/// RFC 8843 asks for short mids (3 bytes or fewer); browsers take what SDP tokens allow.
const MID_BYTES_MAX: usize = 32;

const CODECS_MAX: usize = 16;
const RIDS_MAX: usize = 4;
const SSRCS_MAX: usize = 4;

type Checked = Result<(), String>;

fn wrong(text: impl Into<String>) -> Checked {
    Err(text.into())
}

pub(crate) fn id(name: &str, id: &str) -> Checked {
    if id.is_empty() || id.len() > ID_BYTES_MAX || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return wrong(format!(
            "{name} must be 1 to {ID_BYTES_MAX} printable ASCII characters"
        ));
    }
    Ok(())
}

fn ice(name: &str, value: &str, min: usize) -> Checked {
    let is_ice_char = |byte: u8| {
        byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/' || byte == b'-' || byte == b'_'
    };
    if value.len() < min || value.len() > ICE_BYTES_MAX || !value.bytes().all(is_ice_char) {
        return wrong(format!(
            "{name} must be {min} to {ICE_BYTES_MAX} ice characters (RFC 8839)"
        ));
    }
    Ok(())
}

fn mid(value: &str) -> Checked {
    if value.is_empty()
        || value.len() > MID_BYTES_MAX
        || !value.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return wrong(format!(
            "mid must be 1 to {MID_BYTES_MAX} printable ASCII characters"
        ));
    }
    Ok(())
}

pub(crate) fn transport(request: &TransportRequest) -> Checked {
    id("transport_id", &request.transport_id)?;
    id("participant_id", &request.participant_id)?;
    ice("ice_ufrag", &request.ice_ufrag, UFRAG_BYTES_MIN)?;
    ice("ice_pwd", &request.ice_pwd, PWD_BYTES_MIN)?;
    if let Some(remote_ufrag) = &request.remote_ufrag {
        ice("remote_ufrag", remote_ufrag, UFRAG_BYTES_MIN)?;
    }
    extensions(&request.extensions)?;
    if request.codecs.len() > CODECS_MAX {
        return wrong(format!("more than {CODECS_MAX} codecs"));
    }
    request.codecs.iter().try_for_each(codec)?;
    slots(&request.slots)
}

fn extensions(ids: &ExtensionIds) -> Checked {
    let all = [
        ids.mid,
        ids.rid,
        ids.repaired_rid,
        ids.audio_level,
        ids.transport_cc,
        ids.abs_send_time,
        ids.dependency_descriptor,
    ];
    for (index, given) in all.iter().enumerate() {
        let Some(given) = given else { continue };
        if *given == 0 {
            return wrong("extension ids are 1 to 255 (RFC 8285)");
        }
        if all[..index].contains(&Some(*given)) {
            return wrong(format!("extension id {given} is given twice"));
        }
    }
    Ok(())
}

fn codec(codec: &Codec) -> Checked {
    let types = [
        Some(codec.payload_type),
        codec.rtx_payload_type,
        codec.red_payload_type,
    ];
    if types
        .iter()
        .flatten()
        .any(|payload_type| *payload_type > 127)
    {
        return wrong("payload types are 0 to 127");
    }
    if codec.clock_rate_hz == 0 {
        return wrong("clock_rate_hz is 0");
    }
    Ok(())
}

fn slots(slots: &[SlotSpec]) -> Checked {
    let mut numbers: Vec<u16> = slots.iter().map(|slot| slot.slot).collect();
    numbers.sort_unstable();
    let mut ssrcs: Vec<u32> = slots
        .iter()
        .flat_map(|slot| [Some(slot.ssrc), slot.rtx_ssrc])
        .flatten()
        .collect();
    ssrcs.sort_unstable();
    if numbers.windows(2).any(|pair| pair[0] == pair[1])
        || ssrcs.windows(2).any(|pair| pair[0] == pair[1])
    {
        return wrong("a slot number or SSRC is given twice");
    }
    slots.iter().try_for_each(|slot| mid(&slot.mid))
}

pub(crate) fn track(request: &TrackRequest) -> Checked {
    id("track_id", &request.track_id)?;
    id("participant_id", &request.participant_id)?;
    mid(&request.mid)?;
    codec(&request.codec)?;
    if request.rids.len() > RIDS_MAX {
        return wrong(format!("more than {RIDS_MAX} rids"));
    }
    // RFC 8851 section 10: alphanumeric, "-" and "_".
    let is_rid = |rid: &String| {
        let is_rid_char = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=MID_BYTES_MAX).contains(&rid.len()) && rid.bytes().all(is_rid_char)
    };
    if !request.rids.iter().all(is_rid) {
        return wrong(format!(
            "a rid must be 1 to {MID_BYTES_MAX} letters, digits, - or _"
        ));
    }
    if request
        .rids
        .iter()
        .enumerate()
        .any(|(index, rid)| request.rids[..index].contains(rid))
    {
        return wrong("a rid is given twice");
    }
    if request.ssrcs.len() > SSRCS_MAX {
        return wrong(format!("more than {SSRCS_MAX} SSRC pairs"));
    }
    Ok(())
}

pub(crate) fn handshake(datagram: &[u8]) -> Checked {
    if datagram.is_empty() || datagram.len() > DATAGRAM_BYTES_MAX {
        return wrong(format!(
            "a handshake datagram has 1 to {DATAGRAM_BYTES_MAX} bytes"
        ));
    }
    Ok(())
}

pub(crate) fn keys(keys: &SrtpKeys) -> Checked {
    // RFC 7714 section 12 and RFC 5764 section 4.1.2.
    let (key_bytes, salt_bytes) = match keys.profile {
        SrtpProfile::AeadAes128Gcm => (16, 12),
        SrtpProfile::AesCm128HmacSha1_80 => (16, 14),
    };
    let fits = |key: &[u8], salt: &[u8]| key.len() == key_bytes && salt.len() == salt_bytes;
    if fits(&keys.local_key, &keys.local_salt) && fits(&keys.remote_key, &keys.remote_salt) {
        return Ok(());
    }
    wrong(format!(
        "this profile has keys of {key_bytes} and salts of {salt_bytes} bytes"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::api::{CodecName, Direction, Kind, SlotMode};

    fn request() -> TransportRequest {
        let slot = |number: u16| SlotSpec {
            slot: number,
            mid: "0".into(),
            kind: Kind::Audio,
            mode: SlotMode::Bound,
            ssrc: 1000 + u32::from(number),
            rtx_ssrc: None,
        };
        TransportRequest {
            transport_id: "trn_1".into(),
            room_id: "rom_1".into(),
            participant_id: "par_1".into(),
            direction: Direction::Subscribe,
            ice_ufrag: "abcd".into(),
            ice_pwd: "x".repeat(22),
            remote_ufrag: None,
            extensions: ExtensionIds {
                mid: Some(1),
                rid: Some(2),
                ..ExtensionIds::default()
            },
            codecs: vec![Codec {
                name: CodecName::Opus,
                payload_type: 111,
                clock_rate_hz: 48_000,
                rtx_payload_type: None,
                red_payload_type: None,
                nack: false,
                transport_cc: true,
            }],
            slots: vec![slot(0), slot(1)],
        }
    }

    #[test]
    fn a_sound_request_passes_and_each_wrong_part_is_named() {
        assert_eq!(transport(&request()), Ok(()));
        type Change = fn(&mut TransportRequest);
        let changes: [(&str, Change); 8] = [
            ("transport_id", |request| {
                request.transport_id = "x".repeat(65)
            }),
            ("participant_id", |request| request.participant_id.clear()),
            ("ice_ufrag", |request| request.ice_ufrag = "abc".into()),
            ("ice_pwd", |request| request.ice_pwd = "a\nb".repeat(10)),
            ("twice", |request| request.extensions.rid = Some(1)),
            ("1 to 255", |request| request.extensions.rid = Some(0)),
            ("payload types", |request| {
                request.codecs[0].payload_type = 128
            }),
            ("twice", |request| {
                request.slots[1].ssrc = request.slots[0].ssrc
            }),
        ];
        for (named, change) in changes {
            let mut request = request();
            change(&mut request);
            let text = transport(&request).unwrap_err();
            assert!(text.contains(named), "{text}");
        }
    }

    #[test]
    fn keys_have_the_length_of_their_profile() {
        let mut given = SrtpKeys {
            profile: SrtpProfile::AeadAes128Gcm,
            local_key: vec![0; 16],
            local_salt: vec![0; 12],
            remote_key: vec![0; 16],
            remote_salt: vec![0; 12],
        };
        assert!(keys(&given).is_ok());
        given.profile = SrtpProfile::AesCm128HmacSha1_80;
        assert!(keys(&given).is_err());
    }

    #[test]
    fn a_handshake_datagram_fits_a_frame() {
        assert!(handshake(&[22; DATAGRAM_BYTES_MAX]).is_ok());
        assert!(handshake(&[22; DATAGRAM_BYTES_MAX + 1]).is_err());
        assert!(handshake(&[]).is_err());
    }
}
