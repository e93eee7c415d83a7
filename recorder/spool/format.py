"""Every byte of a segment (`docs/spool-format.md`). Pure: bytes in, values out; foreign bytes never raise but
`Malformed`."""

import json
import struct
from dataclasses import dataclass
from typing import Any

import google_crc32c

MAGIC = b"HRSEG\x00\x01\n"
HEAD = struct.Struct(">8sII")
HEAD_JSON_BYTES_MAX = 4096
FRAME = struct.Struct(">II")
COMMON = struct.Struct(">BBHIQQ")
RTP_FIELDS = struct.Struct(">QQBBH")
SR_FIELDS = struct.Struct(">QQIIIB3x")
GAP_FIELDS = struct.Struct(">QQB7x")
BODY_BYTES_MIN = 24
BODY_BYTES_MAX = 65_535
AAD_BYTES = 44
TAG_BYTES = 16
RTP_HEADER_BYTES = 12

TAP, RTP, SR, GAP, END = 1, 2, 3, 4, 5
REPAIRED, KEY_FRAME = 1, 2
GAP_REASONS = {1: "overload", 2: "queue_full", 3: "file_removed", 4: "not_written"}
END_REASONS = {1: "closed", 2: "track_ended", 3: "room_failed", 4: "process_stopped"}


class Malformed(ValueError):
    """Bytes that are not what the format says."""


@dataclass(frozen=True, slots=True)
class SegmentHead:
    """Who wrote this file, and what arrival time 0 is."""

    recording_id: str
    media_id: str
    node: str
    copy: str
    segment: int
    opened_utc_us: int
    zero_utc_us: int


@dataclass(frozen=True, slots=True)
class TapHead:
    """What a Tap is; without its key it tells of itself and nothing of what was said."""

    tap_id: str
    recording_id: str
    room_id: str
    track_id: str
    participant_id: str
    source: str
    label: str
    kind: str
    codec: str
    payload_type: int
    clock_rate_hz: int
    rids: tuple[str, ...]
    key_id: str
    salt: bytes
    cipher: str


def crc(body: bytes | memoryview) -> int:
    return int(google_crc32c.value(bytes(body)))


def parse_head(content: bytes) -> tuple[SegmentHead, int]:
    """The head and where the first record begins."""
    if len(content) < HEAD.size:
        raise Malformed("shorter than a head")
    magic, length, checksum = HEAD.unpack_from(content)
    if magic != MAGIC:
        raise Malformed("not a segment of version 1")
    end = HEAD.size + length
    text = content[HEAD.size : end]
    if length > HEAD_JSON_BYTES_MAX or len(text) != length or crc(text) != checksum:
        raise Malformed("the head is damaged")
    told = _json(text)
    try:
        return SegmentHead(
            recording_id=str(told["recording_id"]),
            media_id=str(told["media_id"]),
            node=str(told["node"]),
            copy=str(told["copy"]),
            segment=int(told["segment"]),
            opened_utc_us=int(told["opened_utc_us"]),
            zero_utc_us=int(told["zero_utc_us"]),
        ), end
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed(f"the head lacks {error}") from error


def build_head(head: SegmentHead) -> bytes:
    text = json.dumps(
        {
            "recording_id": head.recording_id,
            "media_id": head.media_id,
            "node": head.node,
            "copy": head.copy,
            "segment": head.segment,
            "opened_utc_us": head.opened_utc_us,
            "zero_utc_us": head.zero_utc_us,
        },
        separators=(",", ":"),
    ).encode()
    if len(text) > HEAD_JSON_BYTES_MAX:
        raise Malformed("a head over its limit")
    return HEAD.pack(MAGIC, len(text), crc(text)) + text


def parse_tap(body: bytes) -> TapHead:
    """The JSON of a `TAP` record."""
    told = _json(body[BODY_BYTES_MIN:])
    try:
        return TapHead(
            tap_id=str(told["tap_id"]),
            recording_id=str(told["recording_id"]),
            room_id=str(told["room_id"]),
            track_id=str(told["track_id"]),
            participant_id=str(told["participant_id"]),
            source=str(told["source"]),
            label=str(told["label"]),
            kind=str(told["kind"]),
            codec=str(told["codec"]),
            payload_type=int(told["payload_type"]),
            clock_rate_hz=int(told["clock_rate_hz"]),
            rids=tuple(str(rid) for rid in told["rids"]),
            key_id=str(told["key_id"]),
            salt=bytes.fromhex(told["salt"]),
            cipher=str(told["cipher"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed(f"a TAP record lacks {error}") from error


def build_record(body: bytes) -> bytes:
    """Length, checksum, body."""
    if not BODY_BYTES_MIN <= len(body) <= BODY_BYTES_MAX:
        raise Malformed(f"a body of {len(body)} bytes")
    return FRAME.pack(len(body), crc(body)) + body


def _json(text: bytes) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError as error:
        raise Malformed("not JSON") from error
    if not isinstance(told, dict):
        raise Malformed("not a JSON object")
    return told
