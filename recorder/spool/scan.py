"""Read a segment from its begin as far as it is whole. Needs no key: sealed packets are only named by their place."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from recorder.spool.format import (
    BODY_BYTES_MAX,
    BODY_BYTES_MIN,
    COMMON,
    FRAME,
    Malformed,
    SegmentHead,
    crc,
    parse_head,
)

HEAD_SPAN = 8192  # the longest head fits


@dataclass(frozen=True, slots=True)
class Record:
    """One whole record. `offset` is where its body lies in the file."""

    type: int
    flags: int
    tap: int
    number: int
    arrival_us: int
    offset: int
    body: bytes


@dataclass(slots=True)
class ScanResult:
    """How the reading went."""

    damaged: int = 0
    torn_bytes: int = 0
    records: int = 0
    reasons: list[str] = field(default_factory=list)


def scan(content: bytes | memoryview, result: ScanResult) -> Iterator[Record]:
    """The records of a whole segment in memory (or mapped). Stops at a torn end; passes over damaged ones."""
    _, at = parse_head(bytes(content[:HEAD_SPAN]))
    end = len(content)
    while at + FRAME.size <= end:
        length, checksum = FRAME.unpack_from(content, at)
        body_at = at + FRAME.size
        if not BODY_BYTES_MIN <= length <= BODY_BYTES_MAX or body_at + length > end:
            break
        body = bytes(content[body_at : body_at + length])
        at = body_at + length
        if crc(body) != checksum:
            result.damaged += 1
            continue
        kind, flags, _, tap, number, arrival_us = COMMON.unpack_from(body)
        result.records += 1
        yield Record(kind, flags, tap, number, arrival_us, body_at, body)
    result.torn_bytes += end - at


def head_of(content: bytes | memoryview) -> SegmentHead:
    """Who wrote this segment. Raises `Malformed`."""
    return parse_head(bytes(content[:HEAD_SPAN]))[0]


def is_whole_block(records: bytes) -> bool:
    """Do these bytes hold whole, undamaged records and nothing else? Asked of what came over the network."""
    at, end = 0, len(records)
    while at < end:
        if at + FRAME.size > end:
            return False
        length, checksum = FRAME.unpack_from(records, at)
        body = records[at + FRAME.size : at + FRAME.size + length]
        if not BODY_BYTES_MIN <= length <= BODY_BYTES_MAX or len(body) != length or crc(body) != checksum:
            return False
        at += FRAME.size + length
    return True


__all__ = ["Malformed", "Record", "ScanResult", "head_of", "is_whole_block", "scan"]
