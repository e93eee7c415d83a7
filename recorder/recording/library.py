"""All segments of one recording, of every copy and part, scanned once: what Taps there were, and where packets lie."""

import mmap
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from recorder.recording.columns import Columns, StreamKey, place_of, segment_and_offset
from recorder.recording.timeline import SenderReport
from recorder.spool.format import (
    BODY_BYTES_MIN,
    COMMON,
    FRAME,
    GAP_FIELDS,
    GAP_REASONS,
    RTP,
    RTP_FIELDS,
    SR_FIELDS,
    TAP,
    Malformed,
    TapHead,
    parse_tap,
)
from recorder.spool.scan import Record, ScanResult, head_of, scan
from recorder.spool.seal import Sealer

SUFFIX = ".hrs"
SEGMENTS_MAX = 1 << 20
HEAD_BYTES_MAX = 8192


@dataclass(slots=True)
class Segment:
    """One file. `taps` are the Taps by the number they have in it."""

    path: Path
    copy: int
    media_id: str
    zero_utc_us: int
    content: mmap.mmap
    taps: dict[int, TapHead] = field(default_factory=dict)


@dataclass(slots=True)
class TapNumbers:
    """Which of a Tap's records some copy has, and what the copies say of those they lack."""

    head: TapHead
    seen: "array[int]" = field(default_factory=lambda: array("Q"))
    at_utc_us: "array[int]" = field(default_factory=lambda: array("Q"))
    told_lost: list[tuple[int, int, int, int, str]] = field(default_factory=list)
    """First and last number, their arrivals, why."""
    records: int | None = None
    """How many there were in all, if an `END` says so."""


@dataclass(slots=True)
class CopyStory:
    """How one copy was found."""

    segments: int = 0
    bytes: int = 0
    records: int = 0
    damaged: int = 0
    torn_bytes: int = 0
    unreadable: list[str] = field(default_factory=list)


class Library:
    """`scan_copies` fills it. Files stay mapped until `close`."""

    def __init__(self, recording_id: str) -> None:
        self.recording_id = recording_id
        self.segments: list[Segment] = []
        self.columns: dict[StreamKey, list[Columns]] = {}
        self.reports: dict[StreamKey, dict[tuple[int, int], SenderReport]] = {}
        self.media_of: dict[StreamKey, str] = {}
        self.taps: dict[tuple[str, str], TapNumbers] = {}
        self.heads: dict[str, TapHead] = {}
        self.stories: list[CopyStory] = []

    def scan_copies(self, folders: Sequence[Path]) -> None:
        """One folder per copy: `<spool>/<recording_id>`. A folder that is not there is a copy without a segment."""
        for copy, folder in enumerate(folders):
            self.stories.append(CopyStory())
            for path in sorted(folder.glob(f"*/*{SUFFIX}")):
                self._scan_segment(copy, path, len(folders))

    def close(self) -> None:
        for segment in self.segments:
            segment.content.close()
        self.segments.clear()

    def streams_of(self, track_id: str) -> list[StreamKey]:
        return [key for key in self.columns if key.track_id == track_id]

    def record_at(self, place: int) -> tuple[Segment, int, bytes]:
        """The segment, the number and the whole body of an RTP record."""
        number, offset = segment_and_offset(place)
        segment = self.segments[number]
        length, _ = FRAME.unpack_from(segment.content, offset - FRAME.size)
        body = segment.content[offset : offset + length]
        return segment, COMMON.unpack_from(body)[4], body

    def _scan_segment(self, copy: int, path: Path, copies: int) -> None:
        story = self.stories[copy]
        try:
            with path.open("rb") as file:
                content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            head = head_of(memoryview(content)[:HEAD_BYTES_MAX])
        except (OSError, ValueError) as error:  # ValueError: an empty file, or a head that was torn
            story.unreadable.append(f"{path.parent.name}/{path.name}: {error}")
            return
        if head.recording_id != self.recording_id:
            story.unreadable.append(f"{path.parent.name}/{path.name}: of another recording")
            content.close()
            return
        segment = Segment(path, copy, head.media_id, head.zero_utc_us, content)
        number = len(self.segments)
        if number >= SEGMENTS_MAX:
            raise ValueError(f"more than {SEGMENTS_MAX} segments")
        self.segments.append(segment)
        result = ScanResult()
        with memoryview(content) as view:
            for record in scan(view, result):
                try:
                    self._take(segment, number, record, copies)
                except Malformed:
                    result.damaged += 1
        story.segments += 1
        story.bytes += len(content)
        story.records += result.records
        story.damaged += result.damaged
        story.torn_bytes += result.torn_bytes

    def _take(self, segment: Segment, number: int, record: Record, copies: int) -> None:
        if record.type == TAP:
            head = parse_tap(record.body)
            segment.taps[record.tap] = head
            self.heads.setdefault(head.tap_id, head)
            return
        tap = segment.taps.get(record.tap)
        if tap is None:
            raise Malformed("a record of a Tap that was not named")
        numbers = self.taps.setdefault((segment.media_id, tap.tap_id), TapNumbers(tap))
        match record.type:
            case 2 | 3:  # RTP, SR
                numbers.seen.append(record.number)
                numbers.at_utc_us.append(segment.zero_utc_us + record.arrival_us)
                self._take_media(segment, number, record, tap, copies)
            case 4:  # GAP
                last, last_us, why = GAP_FIELDS.unpack_from(record.body, BODY_BYTES_MIN)
                told = (
                    record.number,
                    last,
                    segment.zero_utc_us + record.arrival_us,
                    segment.zero_utc_us + last_us,
                    GAP_REASONS.get(why, "unknown"),
                )
                numbers.told_lost.append(told)
            case 5:  # END
                numbers.records = record.number
            case _:
                pass  # of a later version

    def _take_media(self, segment: Segment, number: int, record: Record, tap: TapHead, copies: int) -> None:
        arrival_ns = (segment.zero_utc_us + record.arrival_us) * 1000
        if record.type == RTP:
            epoch, seq, layer, _, _ = RTP_FIELDS.unpack_from(record.body, BODY_BYTES_MIN)
            key = StreamKey(tap.track_id, layer, epoch)
            columns = self.columns.get(key)
            if columns is None:
                columns = self.columns[key] = [Columns() for _ in range(copies)]
                self.media_of[key] = segment.media_id
            columns[segment.copy].add(seq, arrival_ns, place_of(number, record.offset))
        else:
            epoch, ntp, timestamp, _, _, layer = SR_FIELDS.unpack_from(record.body, BODY_BYTES_MIN)
            key = StreamKey(tap.track_id, layer, epoch)
            self.reports.setdefault(key, {})[ntp, timestamp] = SenderReport(arrival_ns, ntp, timestamp)


class Opener:
    """Opens sealed packets by their place. `keys` by key id; a key that was destroyed opens nothing."""

    def __init__(self, library: Library, keys: dict[str, bytes]) -> None:
        self._library = library
        self._keys = keys
        self._sealers: dict[bytes, Sealer] = {}

    def packet(self, place: int) -> bytes:
        """The RTP packet as its publisher sent it. Raises `Malformed`, and `KeyError` with the id of a missing key."""
        segment, number, body = self._library.record_at(place)
        tap = segment.taps[COMMON.unpack_from(body)[3]]
        sealer = self._sealers.get(tap.salt)
        if sealer is None:
            sealer = self._sealers[tap.salt] = Sealer(self._keys[tap.key_id], tap.salt)
        return sealer.open(number, body)


__all__ = ["CopyStory", "Library", "Opener", "Segment", "TapNumbers"]
