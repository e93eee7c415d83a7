//! Peeks into codec payloads: just what forwarding must know, nothing decoded.
//!
//! One file per codec. VP9 and AV1 come beside these two and answer the same [`FramePeek`].

pub mod h264;
pub mod opus;
pub mod vp8;

use crate::Malformed;

/// Video codecs that can be peeked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VideoCodec {
    /// RFC 7741.
    Vp8,
    /// RFC 6184.
    H264,
}

/// What one video packet says about its frame, whichever the codec.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FramePeek {
    /// The packet begins a frame. H264 cannot tell: there it is so for packets that begin a key frame, and the engine goes by
    /// a change of timestamp.
    pub starts_frame: bool,
    /// The packet begins a frame from which decoding can start.
    pub starts_keyframe: bool,
    /// Temporal layer, 0 where the codec does not say.
    pub temporal: u8,
    /// One may begin to forward this temporal layer here.
    pub layer_sync: bool,
    /// No later frame depends on this one.
    pub discardable: bool,
    /// Width and height, known at the start of a VP8 key frame.
    pub size: Option<(u16, u16)>,
}

/// Reads the payload of one packet, padding removed.
pub fn peek(codec: VideoCodec, payload: &[u8]) -> Result<FramePeek, Malformed> {
    match codec {
        VideoCodec::Vp8 => {
            vp8::Descriptor::parse(payload).map(|descriptor| descriptor.peek(payload))
        }
        VideoCodec::H264 => h264::Nals::parse(payload).map(|nals| nals.peek()),
    }
}
