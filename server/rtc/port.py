"""The media plane as the live rooms see it: what they may ask, and what they are told.

`server/rtc/plane.py` is the real one over the link, `server/rtc/fake_plane.py` an honest stand-in for tests; both
pass the suite in `tests/contract`.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from media.contract import (
    Candidate,
    CloseRoom,
    CloseSubscription,
    CloseTrack,
    CloseTransport,
    CommandFailed,
    Fingerprint,
    RoomFaulted,
    SetSubscription,
    SetTrack,
    SetTransport,
    SlotMapped,
    Speakers,
    SubscriptionLayer,
    TrackLive,
    TransportState,
    TransportStats,
)

RoomCommand = SetTransport | SetTrack | SetSubscription | CloseTransport | CloseTrack | CloseSubscription | CloseRoom
RoomEvent = (
    TransportState
    | TrackLive
    | SlotMapped
    | SubscriptionLayer
    | Speakers
    | TransportStats
    | CommandFailed
    | RoomFaulted
)


@dataclass(frozen=True, slots=True)
class MediaHome:
    """Where a Room's media is: what an SDP answer needs to know. A new `media_id` means all transports are gone."""

    media_id: str
    node: str
    shard: int
    fingerprint: Fingerprint
    candidates: tuple[Candidate, ...]


class PlaneListener(Protocol):
    """Whoever owns the Rooms. Called on the event loop; must return at once."""

    def media_event(self, room_id: str, event: RoomEvent) -> None:
        """Something happened to a Room's media."""
        ...

    def media_replaced(self) -> None:
        """A media process answered that is not the one before (or the first): every Room starts its media anew."""
        ...


class MediaPlane(Protocol):
    """Commands go in and return at once; what became of them arrives at the listener."""

    async def start(self, listener: PlaneListener) -> None: ...

    async def stop(self) -> None: ...

    def open_room(self, room_id: str) -> None:
        """Give a Room a place. Idempotent."""
        ...

    def home(self, room_id: str) -> MediaHome | None:
        """The Room's place; None while no media process has answered yet."""
        ...

    def put(self, command: RoomCommand) -> None:
        """State a wanted end. Kept and repeated until it is so, or until it is closed."""
        ...

    async def media_snapshot(self) -> str:
        """The media process's own state as JSON text, for people. Raises `Unavailable`."""
        ...

    def counters(self) -> dict[str, int]:
        """The latest process-wide counters of media, by name."""
        ...

    def snapshot(self) -> dict[str, Any]:
        """Plain state for people."""
        ...
