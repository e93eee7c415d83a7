"""The recording of a class, as it went: stored facts, and what everyone was shown."""

import msgspec


class RecordingStarted(msgspec.Struct, frozen=True, tag="recording_started"):
    """From now on what may be recorded is."""

    at_ms: int
    recording_id: str


class RecordingPaused(msgspec.Struct, frozen=True, tag="recording_paused"):
    """Nothing is recorded until it goes on."""

    at_ms: int
    recording_id: str
    by: str


class RecordingResumed(msgspec.Struct, frozen=True, tag="recording_resumed"):
    at_ms: int
    recording_id: str
    by: str


RecordingEvent = RecordingStarted | RecordingPaused | RecordingResumed
