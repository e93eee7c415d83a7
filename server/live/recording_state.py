"""What a Room remembers of its recording. Changed by `recording.py` only."""

from dataclasses import dataclass, field
from typing import Any

from signaling.messages import RecordingState, Track


@dataclass(slots=True)
class RoomRecording:
    """What the Room knows of its recording. `taps` and `tracks` by Track: what is tapped, what could be."""

    recording_id: str | None = None
    state: RecordingState = "off"
    keys: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    taps: dict[str, str] = field(default_factory=dict)
    tracks: dict[str, Track] = field(default_factory=dict)

    def snapshot(self) -> dict[str, Any]:
        """Plain state for people: no keys."""
        return {"recording_id": self.recording_id, "state": self.state, "taps": dict(self.taps)}
