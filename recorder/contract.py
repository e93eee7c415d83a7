"""What crosses between control and a recorder: orders one way, news of them the other. Framed as the link is
(`media/contract.py`): 4 bytes of length and a msgpack map with the tag `type`.

Orders state the wanted end and may be repeated: after a reconnect control sends again whatever is not done, and the
recorder takes up what it has already. Keys cross in orders and are never written to disk here.

This module is pure: msgspec types and framing.
"""

import hashlib
import hmac
from typing import Literal

import msgspec

RECORDER_LINK_VERSION = 1
FRAME_BYTES_MAX = 64 * 1024 * 1024  # a manifest of 300 people's Tracks is about a megabyte
HEADER_BYTES = 4

Severity = Literal["note", "case"]
Step = Literal["scan", "mux", "mix", "verify", "publish"]


class Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base: frozen, unknown fields refused."""


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what is written down and read by others: every field is there, defaults too."""


class ExpectedTrack(Struct, frozen=True):
    """A Track that was tapped, as control knows it. What it lacks afterwards is a problem, not a surprise."""

    track_id: str
    participant_id: str
    source: str
    kind: str
    opened_utc_us: int
    closed_utc_us: int
    forwarded: int = 0
    """Records that media said it gave to the recording; 0: never told."""

    must_show: bool = False
    """Silent or black all the time is a Case (an instructor, a screen), not a note."""


class ProcessRecording(Struct, tag="process_recording", frozen=True):
    """Make what can be watched out of the copies. `spools`: the folders of the copies beside the recorder's own."""

    recording_id: str
    org_id: str
    spools: tuple[str, ...]
    keys: dict[str, bytes]
    began_utc_us: int
    ended_utc_us: int
    tracks: tuple[ExpectedTrack, ...]

    def __repr__(self) -> str:
        return f"ProcessRecording(recording_id={self.recording_id!r}, tracks={len(self.tracks)})"


class DropCopy(Struct, tag="drop_copy", frozen=True):
    """Remove the recorder's own raw copy, and what it may still work on."""

    recording_id: str


class RemakeMix(Struct, tag="remake_mix", frozen=True):
    """Mix the sound anew out of these Tracks' published files: somebody's part was deleted."""

    recording_id: str
    org_id: str
    voices: "tuple[MixVoice, ...]"
    duration_s: float


class MixVoice(Struct, frozen=True):
    """A published sound file and when it begins."""

    name: str
    start_s: float


def order_proof(token: str, nonce: bytes) -> bytes:
    """What control answers to a challenge: it holds the same secret, which never crosses."""
    return hmac.digest(token.encode(), b"homeroom recorder orders" + nonce, hashlib.sha256)


class Hello(Struct, tag="recorder_hello", frozen=True):
    """First frame from control. The proof is an HMAC over the recorder's challenge."""

    version: int
    proof: bytes


Order = Hello | ProcessRecording | DropCopy | RemakeMix


class Challenge(Struct, tag="recorder_challenge", frozen=True):
    """First frame from the recorder."""

    version: int
    recorder_id: str
    nonce: bytes


class Progress(Struct, tag="processing_progress", frozen=True):
    """How far it is. `done` runs from 0 to 1 over all steps. Latest wins."""

    recording_id: str
    step: Step
    done: float


class Missing(Kept, frozen=True):
    """A stretch of numbers that is not there, and when."""

    first: int
    last: int
    from_utc_us: int
    to_utc_us: int


class Problem(Kept, frozen=True):
    """Something that verification found. `case`: a person must look at it."""

    code: str
    text: str
    severity: Severity
    track_id: str = ""


class MadeFile(Kept, frozen=True):
    """One published file. Its own time begins at 0 with `start_s` of the recording."""

    name: str
    content_type: str
    bytes: int
    sha256: str
    start_s: float
    end_s: float
    spans: tuple[tuple[float, float], ...] = ()
    """When something sounded or moved; between them there was nothing."""

    width: int = 0
    height: int = 0


class MadeTrack(Kept, frozen=True):
    """One Track of the result. `file` None: nothing of it could be made, and a problem says why."""

    track_id: str
    participant_id: str
    source: str
    kind: str
    codec: str
    packets: int
    file: MadeFile | None
    lost: tuple[Missing, ...] = ()
    """Numbers of records that no copy has: the recording lost them."""

    lost_packets: int = 0
    never_arrived_packets: int = 0
    """Holes in the publisher's own sequence: they did not reach the server."""

    frames: int = 0
    frames_incomplete: int = 0
    only_in_copy: tuple[int, ...] = ()


class CopyFound(Kept, frozen=True):
    """How a copy was found."""

    segments: int
    bytes: int
    records: int
    damaged: int
    torn_bytes: int
    unreadable: tuple[str, ...] = ()


class Manifest(Kept, frozen=True):
    """All of a finished recording; published last, so that a result without it is not one."""

    version: int
    recording_id: str
    began_utc_us: int
    duration_s: float
    tracks: tuple[MadeTrack, ...]
    mix: MadeFile | None
    poster: MadeFile | None
    copies: tuple[CopyFound, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def verified(self) -> bool:
        return not any(problem.severity == "case" for problem in self.problems)


class Processed(Struct, tag="processed", frozen=True):
    """It is published."""

    recording_id: str
    manifest: Manifest


class OrderFailed(Struct, tag="order_failed", frozen=True):
    """It could not be done now; raw copies are kept. Control asks again."""

    recording_id: str
    code: str
    text: str


class CopyDropped(Struct, tag="copy_dropped", frozen=True):
    """Nothing of the raw copy is left here."""

    recording_id: str


class MixRemade(Struct, tag="mix_remade", frozen=True):
    recording_id: str
    mix: MadeFile | None


News = Challenge | Progress | Processed | OrderFailed | CopyDropped | MixRemade

_encoder = msgspec.msgpack.Encoder()
_orders: msgspec.msgpack.Decoder[Order] = msgspec.msgpack.Decoder(Order)
_news: msgspec.msgpack.Decoder[News] = msgspec.msgpack.Decoder(News)


class FrameError(ValueError):
    """A frame is over the limit, not msgpack, or not of the contract."""


def encode(value: Order | News) -> bytes:
    """One frame. Raises `FrameError` over the limit."""
    body = _encoder.encode(value)
    if len(body) > FRAME_BYTES_MAX:
        raise FrameError(f"a frame of {len(body)} bytes")
    return len(body).to_bytes(HEADER_BYTES, "big") + body


def frame_length(header: bytes) -> int:
    """Raises `FrameError` over the limit."""
    length = int.from_bytes(header, "big")
    if length > FRAME_BYTES_MAX:
        raise FrameError(f"a frame of {length} bytes")
    return length


def decode_order(body: bytes) -> Order:
    """Strictly. Raises `FrameError`."""
    try:
        return _orders.decode(body)
    except msgspec.MsgspecError as error:
        raise FrameError(str(error)) from error


def decode_news(body: bytes) -> News:
    """Strictly. Raises `FrameError`."""
    try:
        return _news.decode(body)
    except msgspec.MsgspecError as error:
        raise FrameError(str(error)) from error
