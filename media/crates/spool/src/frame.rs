//! Frames of copy B's connection, and the proofs that both ends know the token.

use aws_lc_rs::{constant_time, hmac};

use crate::block::Block;
use crate::format::Origin;
use crate::json::Object;

pub const FRAME_BYTES_MAX: usize = 1024 * 1024;
pub const CHALLENGE_BYTES: usize = 32;
pub const PROOF_BYTES: usize = 32;
/// Longest text taken from a recorder.
const TEXT_BYTES_MAX: usize = 512;

pub const CHALLENGE: u8 = 1;
pub const HELLO: u8 = 2;
pub const WELCOME: u8 = 3;
pub const REFUSED: u8 = 4;
pub const BLOCK: u8 = 5;
pub const ACK: u8 = 6;
pub const TROUBLE: u8 = 7;

const VERSION: u32 = 1;

pub type Challenge = [u8; CHALLENGE_BYTES];

/// What a recorder says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Challenge(Challenge),
    Welcome { proof: Vec<u8> },
    Refused { json: String },
    Ack(u64),
    Trouble { json: String },
}

/// A frame that is not of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// The length of a frame's type and payload, from its first 4 bytes.
pub fn length(front: [u8; 4]) -> Result<usize, Malformed> {
    let len = u32::from_be_bytes(front) as usize;
    if (1..=FRAME_BYTES_MAX).contains(&len) {
        Ok(len)
    } else {
        Err(Malformed)
    }
}

/// A frame's type and payload.
pub fn parse(frame: &[u8]) -> Result<Said, Malformed> {
    let (kind, payload) = frame.split_first().ok_or(Malformed)?;
    Ok(match *kind {
        CHALLENGE => Said::Challenge(payload.try_into().map_err(|_| Malformed)?),
        WELCOME => Said::Welcome {
            proof: payload.get(..PROOF_BYTES).ok_or(Malformed)?.to_vec(),
        },
        REFUSED => Said::Refused {
            json: text(payload)?,
        },
        ACK => Said::Ack(u64::from_be_bytes(
            payload.try_into().map_err(|_| Malformed)?,
        )),
        TROUBLE => Said::Trouble {
            json: text(payload)?,
        },
        _ => return Err(Malformed),
    })
}

fn text(payload: &[u8]) -> Result<String, Malformed> {
    if payload.len() > 4 * TEXT_BYTES_MAX {
        return Err(Malformed);
    }
    String::from_utf8(payload.to_vec()).map_err(|_| Malformed)
}

/// A text of a flat JSON object, plain or with simple escapes; enough for what a recorder says of itself. Cut to a sane length.
pub fn json_text(json: &str, name: &str) -> Option<String> {
    let at = json.find(&format!("\"{name}\""))?;
    let rest = json[at + name.len() + 2..].trim_start().strip_prefix(':')?;
    let rest = rest.trim_start().strip_prefix('"')?;
    let mut found = String::new();
    let mut letters = rest.chars();
    while found.len() < TEXT_BYTES_MAX {
        match letters.next()? {
            '"' => return Some(found),
            '\\' => found.push(letters.next()?),
            letter => found.push(letter),
        }
    }
    Some(found)
}

fn framed(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let len = 1 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut frame = Vec::with_capacity(4 + len);
    frame.extend_from_slice(&(len as u32).to_be_bytes());
    frame.push(kind);
    parts.iter().for_each(|part| frame.extend_from_slice(part));
    frame
}

fn proof(token: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, token));
    parts.iter().for_each(|part| context.update(part));
    context.sign().as_ref().to_vec()
}

/// `HELLO`, in answer to the recorder's challenge.
pub fn hello(token: &[u8], theirs: &Challenge, ours: &Challenge, origin: &Origin) -> Vec<u8> {
    let json = Object::new()
        .number("version", VERSION)
        .text("media_id", &origin.media_id)
        .text("node", &origin.node)
        .number("zero_utc_us", origin.zero_utc_us)
        .done();
    let parts: [&[u8]; 4] = [b"homeroom copy b media", theirs, ours, json.as_bytes()];
    framed(HELLO, &[ours, &proof(token, &parts), json.as_bytes()])
}

/// Whether a `WELCOME` comes from who knows the token.
pub fn is_welcome(token: &[u8], theirs: &Challenge, ours: &Challenge, said: &[u8]) -> bool {
    let expected = proof(token, &[b"homeroom copy b recorder", ours, theirs]);
    constant_time::verify_slices_are_equal(&expected, said).is_ok()
}

/// `BLOCK`: its head; the records follow in `parts` of the given length in all.
pub fn block_head(number: u64, recording: &str, records_len: usize) -> Vec<u8> {
    let id = recording.as_bytes();
    let mut head = Vec::with_capacity(14 + id.len());
    head.extend_from_slice(&((10 + id.len() + records_len) as u32).to_be_bytes());
    head.push(BLOCK);
    head.extend_from_slice(&number.to_be_bytes());
    // Recording ids are checked: at most 64 bytes.
    head.push(id.len() as u8);
    head.extend_from_slice(id);
    head
}

/// Whether a block fits a frame, with as many `TAP` records before it.
pub fn fits(block: &Block, before: usize) -> bool {
    10 + block.recording.len() + before + block.bytes.len() <= FRAME_BYTES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_prove_the_token() {
        let origin = Origin {
            media_id: "med_1".into(),
            node: "local".into(),
            zero_utc_us: 5,
        };
        let (theirs, ours) = ([1; 32], [2; 32]);
        let hello = hello(b"secret", &theirs, &ours, &origin);
        assert_eq!(hello[4], HELLO);
        assert_eq!(length(hello[..4].try_into().unwrap()), Ok(hello.len() - 4));
        let json = &hello[5 + 64..];
        assert_eq!(
            hello[5 + 32..5 + 64],
            proof(b"secret", &[b"homeroom copy b media", &theirs, &ours, json])
        );
        let right = proof(b"secret", &[b"homeroom copy b recorder", &ours, &theirs]);
        assert!(is_welcome(b"secret", &theirs, &ours, &right));
        assert!(!is_welcome(b"other", &theirs, &ours, &right));
        assert!(!is_welcome(b"secret", &theirs, &ours, &right[1..]));
    }

    #[test]
    fn what_a_recorder_says_is_read_or_refused() {
        assert_eq!(parse(&[ACK, 0, 0, 0, 0, 0, 0, 0, 9]), Ok(Said::Ack(9)));
        assert_eq!(parse(&[ACK, 9]), Err(Malformed));
        assert_eq!(parse(&[]), Err(Malformed));
        assert_eq!(parse(&[99]), Err(Malformed));
        assert_eq!(length([0; 4]), Err(Malformed));
        assert_eq!(length([255; 4]), Err(Malformed));
        let json = r#"{"recording_id": "", "code":"disk_full","text":"It is \"full\"."}"#;
        assert_eq!(json_text(json, "code").as_deref(), Some("disk_full"));
        assert_eq!(json_text(json, "text").as_deref(), Some("It is \"full\"."));
        assert_eq!(json_text(json, "recording_id").as_deref(), Some(""));
        assert_eq!(json_text(json, "none"), None);
    }
}
