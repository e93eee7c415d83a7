"""The index of one RtpStream's packets: where each one lies, without its payload. An hour of a class has millions."""

from array import array
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]

PLACE_OFFSET_BITS = 40  # a segment has at most a terabyte, and there are at most 16 million


class StreamKey(NamedTuple):
    """What the union goes by, with the extended sequence: a Track's Layer in one unbroken run of numbers."""

    track_id: str
    layer: int
    epoch: int


@dataclass(slots=True)
class Columns:
    """Grows while segments are scanned. `place` names a record by segment number and offset."""

    seq: "array[int]" = field(default_factory=lambda: array("Q"))
    arrival_ns: "array[int]" = field(default_factory=lambda: array("Q"))
    place: "array[int]" = field(default_factory=lambda: array("Q"))

    def add(self, seq: int, arrival_ns: int, place: int) -> None:
        self.seq.append(seq)
        self.arrival_ns.append(arrival_ns)
        self.place.append(place)

    def __len__(self) -> int:
        return len(self.seq)


@dataclass(frozen=True, slots=True)
class PacketIndex:
    """One RtpStream's packets in the order of their extended sequence, each once."""

    seq: U64
    arrival_ns: I64
    place: U64

    def __len__(self) -> int:
        return len(self.seq)


def place_of(segment: int, offset: int) -> int:
    return (segment << PLACE_OFFSET_BITS) | offset


def segment_and_offset(place: int) -> tuple[int, int]:
    return place >> PLACE_OFFSET_BITS, place & ((1 << PLACE_OFFSET_BITS) - 1)
