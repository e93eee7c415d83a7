"""From RTP payloads to what decoders take: VP8 (RFC 7741), H264 (RFC 6184), Opus (RFC 7587). Pure.

A frame with a missing packet is left out as a whole, and counted: a decoder given half of one shows garbage until the
next key frame anyway, and some refuse the rest.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

ANNEX_B = b"\x00\x00\x00\x01"
FRAME_BYTES_MAX = 8 * 1024 * 1024  # a key frame of a 4K screen is under 2 MB
OPUS_CONFIG_MS = (10, 20, 40, 60) * 3 + (10, 20) * 2 + (2.5, 5, 10, 20) * 4  # RFC 6716 section 3.1


@dataclass(frozen=True, slots=True)
class Piece:
    """One packet on its way into a frame."""

    seq: int
    timestamp: int
    time_ns: int
    marker: bool
    payload: bytes


@dataclass(frozen=True, slots=True)
class Frame:
    """One encoded frame; `size` is told by key frames of VP8."""

    time_ns: int
    timestamp: int
    payload: bytes
    key: bool
    size: tuple[int, int] | None = None
    stereo: bool = False


class Malformed(ValueError):
    """A payload that is not what its codec says."""


@dataclass(slots=True)
class Losses:
    """What was left out on the way."""

    frames_incomplete: int = 0
    payloads_malformed: int = 0


def frames_of(codec: str, pieces: Iterable[Piece], losses: Losses) -> Iterator[Frame]:
    """The frames of one RtpStream, packets given in the order of their sequence."""
    match codec:
        case "opus":
            return _opus(pieces)
        case "vp8":
            return _video(pieces, _vp8_part, _vp8_frame, losses)
        case "h264":
            return _video(pieces, _h264_part, _h264_frame, losses)
        case _:
            raise ValueError(f"no way to read {codec!r}")


def _opus(pieces: Iterable[Piece]) -> Iterator[Frame]:
    for piece in pieces:
        if piece.payload:
            yield Frame(piece.time_ns, piece.timestamp, piece.payload, True, stereo=bool(piece.payload[0] & 0x04))


def opus_duration_ms(payload: bytes) -> float:
    """How long a packet sounds (RFC 6716 section 3.1 and 3.2)."""
    if not payload:
        return 0.0
    count = (1, 2, 2)[payload[0] & 3] if payload[0] & 3 < 3 else (payload[1] & 0x3F if len(payload) > 1 else 0)
    return float(OPUS_CONFIG_MS[payload[0] >> 3] * count)


# A part: does a frame begin here, and its bytes (H264: NAL units, None for a fragment that goes on).
_Part = tuple[bool, bytes]


def _video(
    pieces: Iterable[Piece],
    part_of: Callable[[bytes], _Part],
    frame_of: Callable[[Piece, bytes], Frame],
    losses: Losses,
) -> Iterator[Frame]:
    """Group by timestamp; a frame counts when it begins, ends by the marker, and nothing between is missing."""
    first: Piece | None = None
    parts: list[bytes] = []
    length = 0
    next_seq = -1
    broken = False
    for piece in pieces:
        if first is None or piece.timestamp != first.timestamp:
            if first is not None:
                losses.frames_incomplete += 1  # its marker never came
            first, parts, length, broken = piece, [], 0, False
        elif piece.seq != next_seq:
            broken = True
        next_seq = piece.seq + 1
        if not piece.payload:
            # Padding alone (probing) belongs to no frame.
            if not parts:
                first = None
            continue
        try:
            begins, content = part_of(piece.payload)
        except (Malformed, IndexError):
            losses.payloads_malformed += 1
            begins, content, broken = False, b"", True
        if not parts and not begins:
            broken = True
        parts.append(content)
        length += len(content)
        broken = broken or length > FRAME_BYTES_MAX
        if piece.marker:
            whole = b"".join(parts)
            if broken or not whole:
                losses.frames_incomplete += 1
            else:
                yield frame_of(first, whole)
            first = None
    if first is not None:
        losses.frames_incomplete += 1


def _vp8_part(payload: bytes) -> _Part:
    """Strip the payload descriptor (RFC 7741 section 4.2)."""
    at = 1
    if payload[0] & 0x80:
        flags = payload[1]
        at = 2
        if flags & 0x80:
            at += 2 if payload[at] & 0x80 else 1
        if flags & 0x40:
            at += 1
        if flags & 0x30:
            at += 1
    if at >= len(payload):
        raise Malformed("nothing behind the descriptor")
    begins = bool(payload[0] & 0x10) and payload[0] & 0x07 == 0
    return begins, payload[at:]


def _vp8_frame(first: Piece, whole: bytes) -> Frame:
    key = not whole[0] & 1
    size = None
    if key and len(whole) >= 10 and whole[3:6] == b"\x9d\x01\x2a":
        size = (int.from_bytes(whole[6:8], "little") & 0x3FFF, int.from_bytes(whole[8:10], "little") & 0x3FFF)
    return Frame(first.time_ns, first.timestamp, whole, key, size)


def _h264_part(payload: bytes) -> _Part:
    """NAL units with start codes (RFC 6184 section 5.6 to 5.8)."""
    kind = payload[0] & 0x1F
    if 1 <= kind <= 23:
        return True, ANNEX_B + payload
    if kind == 24:
        return True, _stap(payload)
    if kind == 28:
        head = payload[1]
        if head & 0x80:
            return True, ANNEX_B + bytes([payload[0] & 0xE0 | head & 0x1F]) + payload[2:]
        return False, payload[2:]
    raise Malformed(f"NAL unit type {kind}")


def _stap(payload: bytes) -> bytes:
    at, units = 1, bytearray()
    while at < len(payload):
        size = int.from_bytes(payload[at : at + 2], "big")
        unit = payload[at + 2 : at + 2 + size]
        if size == 0 or len(unit) != size:
            raise Malformed("a unit runs past the packet")
        units += ANNEX_B + unit
        at += 2 + size
    return bytes(units)


def _h264_frame(first: Piece, whole: bytes) -> Frame:
    kinds = {unit[0] & 0x1F for unit in whole.split(ANNEX_B) if unit}
    return Frame(first.time_ns, first.timestamp, whole, 5 in kinds)
