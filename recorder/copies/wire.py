"""Frames between a media process and the recorder (`docs/spool-format.md`, "How copy B travels"). Pure."""

import hashlib
import hmac
import json
import struct
from dataclasses import dataclass
from typing import Any

from recorder.copies.segments import Source, is_safe_id

FRAME_BYTES_MAX = 1024 * 1024
NONCE_BYTES = 32
PROOF_BYTES = 32
VERSION = 1
CHALLENGE, HELLO, WELCOME, REFUSED, BLOCK, ACK, TROUBLE = 1, 2, 3, 4, 5, 6, 7

_LENGTH = struct.Struct(">I")


class ProtocolError(ValueError):
    """The other side said what it must not; `code` is for its log."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Block:
    """Some records of one recording."""

    number: int
    recording_id: str
    records: bytes


def frame(kind: int, payload: bytes) -> bytes:
    return _LENGTH.pack(1 + len(payload)) + bytes([kind]) + payload


def frame_length(head: bytes) -> int:
    """Raises `ProtocolError` out of bounds."""
    length: int = _LENGTH.unpack(head)[0]
    if not 1 <= length <= FRAME_BYTES_MAX:
        raise ProtocolError("bad_frame", f"a frame of {length} bytes")
    return length


def media_proof(token: str, challenge: bytes, own: bytes, text: bytes) -> bytes:
    return hmac.digest(token.encode(), b"homeroom copy b media" + challenge + own + text, hashlib.sha256)


def recorder_proof(token: str, media_challenge: bytes, challenge: bytes) -> bytes:
    return hmac.digest(token.encode(), b"homeroom copy b recorder" + media_challenge + challenge, hashlib.sha256)


def parse_hello(payload: bytes, token: str, challenge: bytes) -> tuple[Source, bytes]:
    """Who connects, and its challenge. Raises `ProtocolError`."""
    own, proof, text = payload[:NONCE_BYTES], payload[NONCE_BYTES : 2 * NONCE_BYTES], payload[2 * NONCE_BYTES :]
    if len(proof) != PROOF_BYTES or not hmac.compare_digest(proof, media_proof(token, challenge, own, text)):
        raise ProtocolError("wrong_token", "The recorder and the media process do not hold the same link token.")
    told = _json(text)
    if told.get("version") != VERSION:
        raise ProtocolError("version_unsupported", f"The recorder speaks version {VERSION} of copy B.")
    media_id, node, zero = told.get("media_id"), told.get("node"), told.get("zero_utc_us")
    if not isinstance(media_id, str) or not is_safe_id(media_id) or not isinstance(zero, int):
        raise ProtocolError("bad_hello", "The media process does not say who it is.")
    return Source(media_id, str(node)[:64], zero), own


def welcome(token: str, media_challenge: bytes, challenge: bytes, recorder_id: str) -> bytes:
    text = json.dumps({"recorder_id": recorder_id}).encode()
    return frame(WELCOME, recorder_proof(token, media_challenge, challenge) + text)


def refused(error: ProtocolError) -> bytes:
    return frame(REFUSED, json.dumps({"code": error.code, "text": error.text}).encode())


def parse_block(payload: bytes) -> Block:
    """Raises `ProtocolError`. Whether the records are whole is asked where they are written."""
    if len(payload) < 9:
        raise ProtocolError("bad_block", "a block without a head")
    end = 9 + payload[8]
    name = payload[9:end]
    try:
        recording_id = name.decode("ascii")
    except UnicodeDecodeError:
        recording_id = ""
    if len(name) != payload[8] or not is_safe_id(recording_id):
        raise ProtocolError("bad_block", "a block without a recording")
    return Block(int.from_bytes(payload[:8], "big"), recording_id, payload[end:])


def ack(number: int) -> bytes:
    return frame(ACK, number.to_bytes(8, "big"))


def trouble(recording_id: str, code: str, text: str) -> bytes:
    return frame(TROUBLE, json.dumps({"recording_id": recording_id, "code": code, "text": text}).encode())


def _json(text: bytes) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError as error:
        raise ProtocolError("bad_hello", "not JSON") from error
    if not isinstance(told, dict):
        raise ProtocolError("bad_hello", "not a JSON object")
    return told
