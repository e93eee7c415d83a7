"""Writing segments: append, fsync, start anew. Plain blocking code, for a thread of its own; raises `OSError` and then
goes on with a fresh file when it is asked again.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from recorder.spool.format import COMMON, END, FRAME, GAP_FIELDS, TAP, SegmentHead, build_head, build_record

SEGMENT_BYTES_MAX = 64 * 1024 * 1024
SEGMENT_S_MAX = 600.0
REASON_REMOVED = 3
_SAFE_ID = re.compile(r"^[A-Za-z0-9_-]{1,64}$")


@dataclass(frozen=True, slots=True)
class Source:
    """The media process whose records these are."""

    media_id: str
    node: str
    zero_utc_us: int


@dataclass(slots=True)
class _Open:
    """One file that is being written."""

    file: FileIO
    path: Path
    inode: int
    opened_s: float
    size: int
    dirty: bool = True
    ranges: dict[int, tuple[int, int, int, int]] = field(default_factory=dict)
    """By Tap: first and last number in this file, and their arrivals."""


class FileRemoved(OSError):
    """A segment, or the folder it is in, was taken away under the writer."""


def is_safe_id(text: str) -> bool:
    """May this be a folder's name?"""
    return bool(_SAFE_ID.match(text))


class SegmentWriter:
    """The segments of all recordings of one media process. `mono_s` and `utc_us` are clocks."""

    def __init__(
        self, root: Path, source: Source, copy: str, mono_s: Callable[[], float], utc_us: Callable[[], int]
    ) -> None:
        self._root = root
        self._source = source
        self._copy = copy
        self._mono_s = mono_s
        self._utc_us = utc_us
        self._open: dict[str, _Open] = {}
        self._taps: dict[str, dict[int, bytes]] = {}
        self._gaps: dict[str, list[bytes]] = {}

    def write(self, recording_id: str, records: bytes) -> None:
        """Append whole records. Raises `OSError`: the file is given up, and the next call starts another."""
        current = self._open.get(recording_id)
        if current is not None and self._is_full(current):
            self._finish(recording_id)
            current = None
        try:
            if current is None:
                current = self._start(recording_id)
            _write_all(current.file, records)
            current.size += len(records)
            current.dirty = True
        except OSError:
            self.abandon(recording_id)
            raise
        self._note(recording_id, current, records)

    def sync(self) -> None:
        """What was written is on the disk when this returns. Raises `OSError`; then everything since the last good
        `sync` must be written again."""
        for recording_id, current in tuple(self._open.items()):
            if not current.dirty:
                continue
            try:
                self._check_there(recording_id, current)
                current.file.flush()
                os.fsync(current.file.fileno())
                current.dirty = False
            except OSError:
                self.abandon(recording_id)
                raise
        for recording_id in [one for one, current in self._open.items() if not self._taps.get(one)]:
            self._finish(recording_id)

    def abandon(self, recording_id: str) -> None:
        """Never write to this file again."""
        current = self._open.pop(recording_id, None)
        if current is not None:
            with contextlib.suppress(OSError):
                current.file.close()

    def close(self) -> None:
        """Flush and close everything; what fails now has been told before."""
        with contextlib.suppress(OSError):
            self.sync()
        for recording_id in tuple(self._open):
            self.abandon(recording_id)

    def _is_full(self, current: _Open) -> bool:
        return current.size >= SEGMENT_BYTES_MAX or self._mono_s() - current.opened_s >= SEGMENT_S_MAX

    def _finish(self, recording_id: str) -> None:
        current = self._open[recording_id]
        if current.dirty:
            current.file.flush()
            os.fsync(current.file.fileno())
        self.abandon(recording_id)

    def _start(self, recording_id: str) -> _Open:
        folder = self._root / recording_id / self._source.media_id
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        number = 1 + max((int(path.stem) for path in folder.glob("*.hrs") if path.stem.isdigit()), default=0)
        path = folder / f"{number:06}.hrs"
        head = build_head(
            SegmentHead(
                recording_id,
                self._source.media_id,
                self._source.node,
                self._copy,
                number,
                self._utc_us(),
                self._source.zero_utc_us,
            )
        )
        begin = head + b"".join(self._taps.get(recording_id, {}).values()) + b"".join(self._gaps.get(recording_id, []))
        file = FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w")
        try:
            _write_all(file, begin)
            _sync_folder(folder)
        except OSError:
            file.close()
            with contextlib.suppress(OSError):
                path.unlink()  # a full disk would fill with files that hold nothing
            raise
        self._gaps.pop(recording_id, None)
        opened = _Open(file, path, os.fstat(file.fileno()).st_ino, self._mono_s(), len(begin))
        self._open[recording_id] = opened
        return opened

    def _check_there(self, recording_id: str, current: _Open) -> None:
        """A file without a name takes records and keeps none: look whether ours is still ours."""
        try:
            there = os.stat(current.path)
            if there.st_ino == current.inode and there.st_size >= current.size:
                return
        except FileNotFoundError:
            pass
        gaps = self._gaps.setdefault(recording_id, [])
        for tap, (first, last, first_us, last_us) in current.ranges.items():
            common = COMMON.pack(4, 0, 0, tap, first, first_us)
            gaps.append(build_record(common + GAP_FIELDS.pack(last, last_us, REASON_REMOVED)))
        raise FileRemoved("a segment or its folder was removed")

    def _note(self, recording_id: str, current: _Open, records: bytes) -> None:
        taps = self._taps.setdefault(recording_id, {})
        for kind, tap, number, arrival_us, whole in _records(records):
            if kind == TAP:
                taps[tap] = whole
            elif kind == END:
                taps.pop(tap, None)
            else:
                first, _, first_us, _ = current.ranges.get(tap, (number, number, arrival_us, arrival_us))
                current.ranges[tap] = (first, number, first_us, arrival_us)


def _records(records: bytes) -> Iterator[tuple[int, int, int, int, bytes]]:
    at = 0
    while at < len(records):
        length, _ = FRAME.unpack_from(records, at)
        kind, _, _, tap, number, arrival_us = COMMON.unpack_from(records, at + FRAME.size)
        yield kind, tap, number, arrival_us, records[at : at + FRAME.size + length]
        at += FRAME.size + length


def _write_all(file: FileIO, content: bytes) -> None:
    """An unbuffered file may take a part only: a full disk says so at the next try."""
    view = memoryview(content)
    while view:
        view = view[file.write(view) :]


def _sync_folder(folder: Path) -> None:
    """A new name is durable only when its folder is."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
