"""What this server speaks: codecs, payload types, header extensions, slots by tier. Tables, no behaviour."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from signaling.messages import Kind, SlotMode, Source, Tier

MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID_URI = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID_URI = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
AUDIO_LEVEL_URI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
TRANSPORT_CC_URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
ABS_SEND_TIME_URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"

# Left out on purpose: video-orientation (the publisher then turns the picture itself), the dependency descriptor
# (with it Chromium strips the picture ids of VP8), playout-delay, video-layers-allocation.
PUBLISH_EXTENSIONS = MappingProxyType(
    {
        "audio": (AUDIO_LEVEL_URI, ABS_SEND_TIME_URI, TRANSPORT_CC_URI, MID_URI),
        "video": (ABS_SEND_TIME_URI, TRANSPORT_CC_URI, MID_URI, RID_URI, REPAIRED_RID_URI),
    }
)
# Ids in our own offers; one-byte headers allow 1 to 14 (RFC 8285 section 4.2).
SUBSCRIBE_EXTENSIONS = ((1, MID_URI), (2, ABS_SEND_TIME_URI), (3, TRANSPORT_CC_URI))
EXTENSION_FIELDS = MappingProxyType(
    {
        MID_URI: "mid",
        RID_URI: "rid",
        REPAIRED_RID_URI: "repaired_rid",
        AUDIO_LEVEL_URI: "audio_level",
        TRANSPORT_CC_URI: "transport_cc",
        ABS_SEND_TIME_URI: "abs_send_time",
    }
)

VIDEO_FEEDBACK = ("transport-cc", "ccm fir", "nack", "nack pli")
AUDIO_FEEDBACK = ("transport-cc",)

KIND_OF_SOURCE: MappingProxyType[Source, Kind] = MappingProxyType(
    {"camera": "video", "mic": "audio", "screen": "video", "screen_audio": "audio"}
)

VideoCodec = Literal["vp8", "h264"]
VIDEO_PREFERENCE: tuple[VideoCodec, ...] = ("vp8", "h264")
RIDS_MAX = 3  # q, h, f: the engine keeps state for three spatial layers


@dataclass(frozen=True, slots=True)
class OfferedCodec:
    """A codec with our payload types, as it stands in our subscribe offers."""

    name: Literal["opus", "vp8", "h264"]
    rtpmap: str
    payload_type: int
    fmtp: str | None
    rtx_payload_type: int | None


OFFERED_AUDIO = (OfferedCodec("opus", "opus/48000/2", 111, "minptime=10;useinbandfec=1;stereo=1", None),)
OFFERED_VIDEO = (
    OfferedCodec("vp8", "VP8/90000", 96, None, 97),
    OfferedCodec(
        "h264", "H264/90000", 102, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f", 103
    ),
)

# Slots keep their numbers in every tier: audio 0 to 5, video from 6, so that a phone that becomes a desktop only grows.
AUDIO_SLOTS: tuple[SlotMode, ...] = ("pinned", "pinned", "loudest", "loudest", "loudest", "loudest")
INSTRUCTOR_AUDIO_SLOT = 0
SCREEN_AUDIO_SLOT = 1
VIDEO_SLOTS: MappingProxyType[Tier, int] = MappingProxyType({"desktop": 25, "phone": 9})
MAIN_STREAM = "main"  # the one stream id that an audio and a video slot share: browsers keep them lip-synchronous
