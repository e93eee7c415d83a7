"""One Track out of all copies: its packets united, put on the server's clock, made into frames in order of time."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from recorder.recording.columns import I64, StreamKey
from recorder.recording.frames import Frame, Losses, Piece, frames_of
from recorder.recording.library import Library, Opener
from recorder.recording.timeline import PublisherClock, SenderReport, publisher_clock, server_times
from recorder.recording.union import Hole, Union, lost_numbers, unite, unwrapped
from recorder.spool.format import RTP_HEADER_BYTES, Malformed, TapHead

Clocks = dict[tuple[str, str], PublisherClock | None]


@dataclass(slots=True)
class UnitedTrack:
    """What is known of a Track before its frames are read."""

    track_id: str
    head: TapHead
    streams: dict[StreamKey, Union]
    lost: tuple[Hole, ...]
    losses: Losses = field(default_factory=Losses)
    sealed: int = 0
    """Packets that did not open: their key is gone, or they were changed."""

    @property
    def packets(self) -> int:
        return sum(len(union.packets) for union in self.streams.values())

    @property
    def never_arrived(self) -> int:
        """A Track that records one Layer at a time leaves the other's numbers out: with several Layers a hole in one
        of them means nothing, so only Tracks of one Layer tell."""
        layers = {key.layer for key in self.streams}
        if len(layers) > 1:
            return 0
        holes = sum(hole.count for union in self.streams.values() for hole in union.never_arrived)
        return max(0, holes - sum(hole.count for hole in self.lost))

    def only_in(self, copies: int) -> tuple[int, ...]:
        return tuple(sum(union.only_in[copy] for union in self.streams.values()) for copy in range(copies))


def tracks_in(library: Library) -> dict[str, UnitedTrack]:
    """Every Track that any copy has a Tap of."""
    found: dict[str, UnitedTrack] = {}
    for head in library.heads.values():
        if head.track_id not in found:
            streams = {key: unite(library.columns[key]) for key in library.streams_of(head.track_id)}
            found[head.track_id] = UnitedTrack(head.track_id, head, streams, _lost(library, head.track_id))
    return found


def _lost(library: Library, track_id: str) -> tuple[Hole, ...]:
    lost: list[Hole] = []
    for numbers in library.taps.values():
        if numbers.head.track_id == track_id:
            records = numbers.records
            if records is None and numbers.told_lost:
                records = max(last for _, last, _, _, _ in numbers.told_lost) + 1
            lost += lost_numbers(numbers.seen, numbers.at_utc_us, records)
    return tuple(sorted(lost, key=lambda hole: hole.from_ns))


def publisher_clocks(library: Library) -> Clocks:
    """Each publisher's wall clock in each life of the media process."""
    reports: dict[tuple[str, str], list[SenderReport]] = {}
    participants = {head.track_id: head.participant_id for head in library.heads.values()}
    for key, told in library.reports.items():
        media_id = library.media_of.get(key)
        participant = participants.get(key.track_id)
        if media_id is not None and participant is not None:
            reports.setdefault((media_id, participant), []).extend(told.values())
    return {who: publisher_clock(told) for who, told in reports.items()}


def frames_in_time(library: Library, opener: Opener, track: UnitedTrack, clocks: Clocks) -> Iterator[Frame]:
    """All frames of a Track, whatever Layer, life or restart they came by. From one to another goes a key frame."""
    several = [
        ((number, frame) for frame in _stream_frames(library, opener, track, key, clocks))
        for number, key in enumerate(sorted(track.streams, key=lambda key: track.streams[key].packets.arrival_ns[0]))
    ]
    current = -1
    for number, frame in heapq.merge(*several, key=lambda pair: pair[1].time_ns):
        if number != current:
            if not frame.key:
                continue
            current = number
        yield frame


def _stream_frames(
    library: Library, opener: Opener, track: UnitedTrack, key: StreamKey, clocks: Clocks
) -> Iterator[Frame]:
    packets = track.streams[key].packets
    timestamps = np.zeros(len(packets), dtype=np.int64)
    opened = np.zeros(len(packets), dtype=bool)
    for number, place in enumerate(packets.place.tolist()):
        try:
            timestamps[number] = int.from_bytes(opener.packet(place)[4:8], "big")
            opened[number] = True
        except (Malformed, KeyError):
            track.sealed += 1
    run = unwrapped(timestamps[opened])
    arrivals = packets.arrival_ns[opened]
    clock = clocks.get((library.media_of[key], track.head.participant_id))
    reports = list(library.reports.get(key, {}).values())
    times = server_times(run, arrivals, reports, clock, track.head.clock_rate_hz)
    pieces = _pieces(opener, packets.seq[opened].tolist(), packets.place[opened].tolist(), run, times)
    frames = frames_of(track.head.codec, pieces, track.losses)
    return _ascending(frames)


def _pieces(opener: Opener, seqs: list[int], places: list[int], timestamps: I64, times: I64) -> Iterator[Piece]:
    for seq, place, timestamp, time_ns in zip(seqs, places, timestamps.tolist(), times.tolist(), strict=True):
        packet = opener.packet(place)
        yield Piece(seq, timestamp, time_ns, bool(packet[1] & 0x80), packet[RTP_HEADER_BYTES:])


def _ascending(frames: Iterator[Frame]) -> Iterator[Frame]:
    """Merging needs each run in order of time; frames of one instant (a clock that stood) keep their order."""
    last_ns = 0
    for frame in frames:
        if frame.time_ns < last_ns:
            frame = Frame(last_ns, frame.timestamp, frame.payload, frame.key, frame.size, frame.stereo)
        last_ns = frame.time_ns
        yield frame


__all__ = ["Clocks", "UnitedTrack", "frames_in_time", "publisher_clocks", "tracks_in"]
