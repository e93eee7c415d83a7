"""The recording is the union of its copies: a packet is there when any copy has it. What none has is listed, never
hidden. Pure: indexes in, indexes out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recorder.recording.columns import I64, U64, Columns, PacketIndex

HALF_WRAP = 1 << 31


@dataclass(frozen=True, slots=True)
class Hole:
    """Numbers that nobody has, between two that are there. Times are arrivals of those two."""

    first: int
    last: int
    from_ns: int
    to_ns: int

    @property
    def count(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Union:
    """All of one RtpStream that can be had."""

    packets: PacketIndex
    never_arrived: tuple[Hole, ...]
    """Holes in the publisher's sequence; those that the recording lost are among them."""
    only_in: tuple[int, ...]
    """For each copy how many packets it alone gave."""


def unite(copies: Sequence[Columns]) -> Union:
    """Of a packet in several copies the first copy's is taken. Raises `ValueError` when there is none at all."""
    if not any(len(copy) for copy in copies):
        raise ValueError("no copy has a packet")
    seq = np.concatenate([np.asarray(copy.seq, dtype=np.uint64) for copy in copies])
    origin = np.concatenate([np.full(len(copy), number, dtype=np.uint8) for number, copy in enumerate(copies)])
    arrival = np.concatenate([np.asarray(copy.arrival_ns, dtype=np.uint64) for copy in copies]).astype(np.int64)
    place = np.concatenate([np.asarray(copy.place, dtype=np.uint64) for copy in copies])
    unique, first = np.unique(seq, return_index=True)
    packets = PacketIndex(unique, arrival[first], place[first])
    return Union(packets, holes_in(packets.seq, packets.arrival_ns), _only_in(seq, origin, len(copies)))


def holes_in(numbers: U64, at_ns: I64) -> tuple[Hole, ...]:
    """Where ascending numbers jump."""
    signed = numbers.astype(np.int64)
    jumps = np.nonzero(np.diff(signed) > 1)[0]
    return tuple(Hole(int(signed[at]) + 1, int(signed[at + 1]) - 1, int(at_ns[at]), int(at_ns[at + 1])) for at in jumps)


def lost_numbers(seen: Sequence[int], at_utc_us: Sequence[int], records: int | None) -> tuple[Hole, ...]:
    """What the recording lost of a Tap: numbers from 0 on that no copy has; to `records`, when its end is known."""
    if not len(seen):
        return (Hole(0, records - 1, 0, 0),) if records else ()
    unique, first = np.unique(np.asarray(seen, dtype=np.uint64), return_index=True)
    at_ns = np.asarray(at_utc_us, dtype=np.uint64).astype(np.int64)[first] * 1000
    found = list(holes_in(unique, at_ns))
    if unique[0] > 0:
        found.insert(0, Hole(0, int(unique[0]) - 1, int(at_ns[0]), int(at_ns[0])))
    if records is not None and records > int(unique[-1]) + 1:
        found.append(Hole(int(unique[-1]) + 1, records - 1, int(at_ns[-1]), int(at_ns[-1])))
    return tuple(found)


def unwrapped(timestamp: I64) -> I64:
    """32-bit RTP timestamps that run on (RFC 3550 section 5.1: they wrap, and frames may be out of order)."""
    if len(timestamp) == 0:
        return timestamp
    steps = (np.diff(timestamp) + HALF_WRAP) % (2 * HALF_WRAP) - HALF_WRAP
    run: I64 = np.concatenate(([0], np.cumsum(steps))).astype(np.int64) + timestamp[0]
    return run


def _only_in(seq: U64, origin: np.ndarray[tuple[int], np.dtype[np.uint8]], copies: int) -> tuple[int, ...]:
    """A copy may hold a packet twice: that does not make it less alone."""
    sets = [np.unique(seq[origin == number]) for number in range(copies)]
    counts = []
    for number, mine in enumerate(sets):
        others = [one for other, one in enumerate(sets) if other != number]
        rest = np.concatenate(others) if others else np.zeros(0, dtype=np.uint64)
        counts.append(int(np.setdiff1d(mine, rest).size))
    return tuple(counts)
