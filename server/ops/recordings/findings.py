"""What is wrong with a recording that goes on? Pure: the latest words of media in, findings out.

A finding names its recording, the copy if it is about one, a stable code, what a person reads, and what they can do.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from media.contract import CopyState, SpoolProgress, TapProgress

K = TypeVar("K")

QUIET_S = 10.0  # media tells each second: ten missed are no accident
STALLED_S = 15.0
LAGGING_S = 15.0
SILENT_S = 30.0  # even silence is sent: Opus sends some packets a second when nobody speaks
STALLED_RECORDS = 50

DO = {
    "disk_full": "Free space on the disk of this copy, or give it another folder.",
    "read_only": "Make the folder of this copy writable again.",
    "folder_missing": "Find out who removed the folder; new files are written already.",
    "io_error": "Look at the machine's log and replace the disk.",
    "recorder_unreachable": "Start the recorder process, or look why it ends.",
    "recorder_refused": "Give the recorder and the media process the same HOMEROOM_LINK_TOKEN.",
    "recorder_silent": "The recorder hangs: look at its machine; it is asked again by itself.",
    "copy_off": "Configure a recorder (recording.recorder_address): with one copy a single failure loses the class.",
    "copy_lagging": "The disk or the network of this copy is too slow: find out which.",
    "copy_stalled": "The writer of this copy hangs: look at its machine.",
    "copy_lost_records": "Nothing, if the other copy has them: the result tells. Look why this copy fell behind.",
    "no_progress": "The media process does not answer: look at its log; recording goes on when it is back.",
    "track_silent": "Ask the person to check their microphone.",
}
TEXTS = {
    "copy_off": "there is no second copy.",
    "copy_lagging": "is more than 15 s behind.",
    "copy_stalled": "takes nothing in any more.",
    "copy_lost_records": "lost records.",
    "no_progress": "Nothing is known of the recording: the media process is silent.",
    "track_silent": "A microphone that is on sends nothing.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong now."""

    recording_id: str
    code: str
    copy: str
    text: str
    subject: str = ""

    @property
    def key(self) -> str:
        """At most one open Case for each."""
        return f"recording:{self.recording_id}:{self.code}:{self.copy}{self.subject}"

    @property
    def do(self) -> str:
        return DO.get(self.code, DO["io_error"])


@dataclass(slots=True)
class _Moved:
    """When a count was last seen to grow."""

    value: int
    at_s: float


@dataclass(slots=True)
class Memory:
    """What is remembered of one recording between looks."""

    progress: SpoolProgress | None = None
    heard_s: float = 0.0
    forwarded: dict[str, _Moved] = field(default_factory=dict)
    durable: dict[tuple[str, str], _Moved] = field(default_factory=dict)

    def hear(self, progress: SpoolProgress, now_s: float) -> None:
        """Media told how far it is."""
        self.progress = progress
        self.heard_s = now_s
        for tap in progress.taps:
            _note(self.forwarded, tap.track_id, tap.forwarded, now_s)
            _note(self.durable, (tap.tap_id, "a"), tap.a.durable, now_s)
            _note(self.durable, (tap.tap_id, "b"), tap.b.durable, now_s)


def look(recording_id: str, memory: Memory, sounding: frozenset[str], now_s: float) -> list[Finding]:
    """All that is wrong now. `sounding`: Tracks of microphones that are on and recorded."""
    progress = memory.progress
    if progress is None or now_s - memory.heard_s > QUIET_S:
        quiet_s = now_s - memory.heard_s
        return [Finding(recording_id, "no_progress", "", TEXTS["no_progress"])] if quiet_s > QUIET_S else []
    found = [finding for state in progress.copies for finding in _of_copy(recording_id, state, progress)]
    troubled = {finding.copy for finding in found}
    for name in ("a", "b"):
        if name not in troubled and _stalled(name, progress.taps, memory, now_s):
            found.append(_copy(recording_id, "copy_stalled", name))
        if any(_lost(name, tap) for tap in progress.taps):
            found.append(_copy(recording_id, "copy_lost_records", name))
    for track_id in sounding:
        moved = memory.forwarded.get(track_id)
        if moved is not None and now_s - moved.at_s > SILENT_S:
            found.append(Finding(recording_id, "track_silent", "", TEXTS["track_silent"], f":{track_id}"))
    return found


def _note(table: dict[K, _Moved], key: K, value: int, now_s: float) -> None:
    known = table.get(key)
    if known is None or value != known.value:
        table[key] = _Moved(value, now_s)


def _of_copy(recording_id: str, state: CopyState, progress: SpoolProgress) -> Iterable[Finding]:
    match state.state:
        case "off":
            yield Finding(recording_id, "copy_off", state.copy, TEXTS["copy_off"].capitalize())
        case "failing":
            name = state.copy.upper()
            yield Finding(recording_id, state.code or "io_error", state.copy, f"Copy {name}: {state.text}")
        case "lagging":
            waits_s = (progress.at_utc_us - state.oldest_waiting_utc_us) / 1e6 if state.oldest_waiting_utc_us else 0.0
            if waits_s > LAGGING_S:
                yield _copy(recording_id, "copy_lagging", state.copy)
        case "ok":
            pass


def _copy(recording_id: str, code: str, copy: str) -> Finding:
    return Finding(recording_id, code, copy, f"Copy {copy.upper()} {TEXTS[code]}")


def _lost(name: str, tap: TapProgress) -> bool:
    return (tap.a if name == "a" else tap.b).lost > 0


def _stalled(name: str, taps: Iterable[TapProgress], memory: Memory, now_s: float) -> bool:
    """Much was forwarded since something became durable, and that was a while ago."""
    for tap in taps:
        copy = tap.a if name == "a" else tap.b
        moved = memory.durable[tap.tap_id, name]
        behind = tap.forwarded - copy.durable - copy.lost
        if behind > STALLED_RECORDS and now_s - moved.at_s > STALLED_S:
            return True
    return False
