"""The work on one recording, from raw copies to published files, in a process of its own at the lowest priority.

`python -m recorder.recording.work` reads one `Work` from stdin and prints news as JSON lines. Each file, once whole, is
kept with a note beside it: killed at any moment and started again, the work goes on after the last whole file. The
manifest is published last.
"""

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from recorder.contract import (
    CopyFound,
    ExpectedTrack,
    MadeFile,
    MadeTrack,
    Manifest,
    Missing,
    Processed,
    ProcessRecording,
    Progress,
    Step,
)
from recorder.recording.judge import judge
from recorder.recording.library import Library, Opener
from recorder.recording.mix import Voice, mix
from recorder.recording.mux import SUFFIXES, mux
from recorder.recording.poster import make_poster
from recorder.recording.publish import Publisher
from recorder.recording.track import UnitedTrack, frames_in_time, publisher_clocks, tracks_in

MANIFEST_VERSION = 1
MIX_NAME = "sound.webm"
POSTER_NAME = "poster.jpg"
LEAD_US_MAX = 10 * 60 * 1_000_000
DURATION_S_MAX = 24 * 3600.0  # a Room that stands longer is a clock that jumped
LISTED_MAX = 1000  # stretches listed one by one; the count beside them is of all
CONTENT_TYPES = {(".webm", "audio"): "audio/webm", (".webm", "video"): "video/webm", (".mp4", "video"): "video/mp4"}

Tell = Callable[[Step, float], None]


class Work(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order with what only the recorder knows: where its own copy is, where to work, where results go."""

    order: ProcessRecording
    copies: tuple[str, ...]
    scratch: str
    store_url: str
    niceness: int


class _Note(msgspec.Struct, frozen=True):
    """What is kept beside a whole file."""

    made: MadeTrack


def run(work: Work, tell: Tell) -> Manifest:
    """All steps. Raises `OSError` when a disk or a destination is not there: then it is tried again later."""
    scratch = Path(work.scratch)
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    tell("scan", 0.0)
    library = Library(work.order.recording_id)
    try:
        library.scan_copies([Path(copy) for copy in work.copies])
        tell("mux", 0.15)
        tracks = _mux_all(work, library, scratch, tell)
    finally:
        library.close()
    began_utc_us = _began(work, tracks)
    tracks = [_from_start(track, began_utc_us) for track in tracks]
    duration_s = max((track.file.end_s for track in tracks if track.file), default=0.0)
    if duration_s > DURATION_S_MAX:
        raise OSError(f"a recording of {duration_s / 3600:.0f} h: a clock jumped")
    tell("mix", 0.6)
    sound = _mix(tracks, duration_s, scratch)
    poster = _poster(tracks, scratch)
    tell("verify", 0.7)
    problems = judge(work.order, tracks, sound, library.stories, scratch, lambda done: tell("verify", 0.7 + 0.2 * done))
    tell("publish", 0.9)
    manifest = Manifest(
        version=MANIFEST_VERSION,
        recording_id=work.order.recording_id,
        began_utc_us=began_utc_us,
        duration_s=duration_s,
        tracks=tuple(tracks),
        mix=sound,
        poster=poster,
        copies=tuple(
            CopyFound(one.segments, one.bytes, one.records, one.damaged, one.torn_bytes, tuple(one.unreadable[:20]))
            for one in library.stories
        ),
        problems=tuple(problems),
    )
    Publisher(work.store_url, work.order.org_id, work.order.recording_id).publish(manifest, scratch)
    tell("publish", 1.0)
    return manifest


def _mux_all(work: Work, library: Library, scratch: Path, tell: Tell) -> list[MadeTrack]:
    united = tracks_in(library)
    clocks = publisher_clocks(library)
    opener = Opener(library, work.order.keys)
    expected = {track.track_id: track for track in work.order.tracks}
    made: list[MadeTrack] = []
    for number, track in enumerate(sorted(united.values(), key=lambda one: one.track_id)):
        made.append(_mux_one(track, library, opener, clocks, scratch, len(work.copies)))
        tell("mux", 0.15 + 0.45 * (number + 1) / len(united))
    made += [_absent(track) for track in expected.values() if track.track_id not in united]
    return made


def _mux_one(
    track: UnitedTrack, library: Library, opener: Opener, clocks: object, scratch: Path, copies: int
) -> MadeTrack:
    note = scratch / f"{track.track_id}.note"
    if note.exists():
        return msgspec.json.decode(note.read_bytes(), type=_Note).made
    suffix = SUFFIXES.get(track.head.codec)
    file = None
    frames = 0
    if suffix is not None and track.packets:
        path = scratch / f"{track.track_id}{suffix}"
        written = mux(track.head.codec, frames_in_time(library, opener, track, clocks), path)  # type: ignore[arg-type]
        if written is not None:
            frames = written.frames
            width, height = written.size or (0, 0)
            file = MadeFile(
                name=path.name,
                content_type=CONTENT_TYPES[suffix, track.head.kind],
                bytes=path.stat().st_size,
                sha256=digest(path),
                start_s=written.start_ns / 1e9,
                end_s=written.end_ns / 1e9,
                spans=tuple((start / 1e9, end / 1e9) for start, end in written.spans),
                width=width,
                height=height,
            )
    made = MadeTrack(
        track_id=track.track_id,
        participant_id=track.head.participant_id,
        source=track.head.source,
        kind=track.head.kind,
        codec=track.head.codec,
        packets=track.packets,
        file=file,
        lost=tuple(
            Missing(hole.first, hole.last, hole.from_ns // 1000, hole.to_ns // 1000) for hole in track.lost[:LISTED_MAX]
        ),
        lost_packets=sum(hole.count for hole in track.lost),
        never_arrived_packets=track.never_arrived,
        frames=frames,
        frames_incomplete=track.losses.frames_incomplete,
        only_in_copy=track.only_in(copies),
    )
    write_whole(note, msgspec.json.encode(_Note(made)))
    return made


def _absent(track: ExpectedTrack) -> MadeTrack:
    return MadeTrack(track.track_id, track.participant_id, track.source, track.kind, "", 0, None)


def _began(work: Work, tracks: list[MadeTrack]) -> int:
    """Time 0 of the result: when recording began, or a little before if a sender's clock says that it sent before. A
    control whose wall clock is far from the media process's is not believed: the first sound is."""
    starts = [int(track.file.start_s * 1e6) for track in tracks if track.file]
    if not starts:
        return work.order.began_utc_us
    lead_us = min(starts) - work.order.began_utc_us
    return work.order.began_utc_us if 0 <= lead_us <= LEAD_US_MAX else min(starts)


def _from_start(track: MadeTrack, began_utc_us: int) -> MadeTrack:
    """Times of the server's clock become times of the recording."""
    if track.file is None:
        return track
    zero_s = began_utc_us / 1e6
    file = msgspec.structs.replace(
        track.file,
        start_s=round(track.file.start_s - zero_s, 6),
        end_s=round(track.file.end_s - zero_s, 6),
        spans=tuple((round(start - zero_s, 6), round(end - zero_s, 6)) for start, end in track.file.spans),
    )
    return msgspec.structs.replace(track, file=file)


def _mix(tracks: list[MadeTrack], duration_s: float, scratch: Path) -> MadeFile | None:
    voices = [Voice(scratch / t.file.name, t.file.start_s) for t in tracks if t.file and t.kind == "audio"]
    if not voices:
        return None
    path = scratch / MIX_NAME
    if not path.exists():
        mix(voices, duration_s, path)
    return describe(path, "audio/webm", 0.0, duration_s)


def _poster(tracks: list[MadeTrack], scratch: Path) -> MadeFile | None:
    """A picture for the library: of a shared screen if there was one, else of the camera that sent the most."""
    films = [track for track in tracks if track.file and track.kind == "video"]
    films.sort(key=lambda track: (track.source != "screen", -track.frames))
    path = scratch / POSTER_NAME
    for film in films:
        if film.file and (path.exists() or make_poster(scratch / film.file.name, path)):
            return describe(path, "image/jpeg", 0.0, 0.0)
    return None


def describe(path: Path, content_type: str, start_s: float, end_s: float) -> MadeFile:
    return MadeFile(path.name, content_type, path.stat().st_size, digest(path), start_s, end_s)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """The file with this content, or as it was."""
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def main() -> int:
    """One piece of work; 0 done, 1 to be tried again."""
    work = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Work)
    os.nice(work.niceness)

    def say(news: Progress | Processed) -> None:
        sys.stdout.buffer.write(msgspec.json.encode(news) + b"\n")
        sys.stdout.buffer.flush()

    recording_id = work.order.recording_id
    try:
        manifest = run(work, lambda step, done: say(Progress(recording_id, step, round(done, 3))))
    except OSError as error:
        print(f"{type(error).__name__}: {error}"[:500], file=sys.stderr)  # noqa: T201
        return 1
    say(Processed(recording_id, manifest))
    return 0


if __name__ == "__main__":
    sys.exit(main())
