//! What a packet is within its picture: all that selection and rewriting need to know of a codec.

use wire::codec::{h264, vp8};

use crate::api::CodecName;

/// The shape of one packet. Audio is all default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Decoding can start with this packet.
    pub starts_keyframe: bool,
    /// Temporal layer; 0 where the codec does not say.
    pub temporal: u8,
    /// This temporal layer may be begun here.
    pub layer_sync: bool,
    /// Where the running ids lie that must be rewritten.
    pub vp8: Option<vp8::Descriptor>,
}

impl Shape {
    /// Peek into a payload. What cannot be read is forwarded as it is: it is the decoder's business, and a Shape that starts
    /// nothing harms nobody.
    #[inline]
    pub fn of(codec: CodecName, payload: &[u8]) -> Shape {
        match codec {
            CodecName::Vp8 => match vp8::Descriptor::parse(payload) {
                Ok(descriptor) => {
                    let peek = descriptor.peek(payload);
                    Shape {
                        starts_keyframe: peek.starts_keyframe,
                        temporal: peek.temporal,
                        layer_sync: peek.layer_sync,
                        vp8: Some(descriptor),
                    }
                }
                Err(_) => Shape::default(),
            },
            CodecName::H264 => match h264::Nals::parse(payload) {
                Ok(nals) => Shape {
                    starts_keyframe: nals.starts_keyframe(),
                    ..Shape::default()
                },
                Err(_) => Shape::default(),
            },
            // Their layers are read from the dependency descriptor, which is not negotiated yet.
            CodecName::Vp9 | CodecName::Av1 | CodecName::Opus => Shape::default(),
        }
    }
}
