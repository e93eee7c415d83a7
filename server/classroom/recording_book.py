"""What of a recording must be kept before it happens: without its key a recorded packet is noise."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RecordingBegan:
    """A Room is recorded from now on."""

    recording_id: str
    org_id: str
    session_id: str
    room_id: str


@dataclass(frozen=True, slots=True)
class TapOpened:
    """A Track is recorded, sealed with this key."""

    tap_id: str
    recording_id: str
    org_id: str
    track_id: str
    participant_id: str
    person_id: str
    role: str
    source: str
    kind: str
    key_id: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TapClosed:
    """It is not recorded any more."""

    tap_id: str


BookEntry = RecordingBegan | TapOpened | TapClosed


class RecordingBook(Protocol):
    """Where entries are kept (`server/ops/recordings/book.py`)."""

    async def keep(self, entries: Sequence[BookEntry]) -> None:
        """Durable on return; or, when the store does not follow within a moment, waiting in memory: the class and its
        recording go on."""
        ...
