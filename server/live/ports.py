"""What the live rooms need of the rest of the house, as small Protocols; `app.py` hands the objects in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from server.access.views import SeatView, TicketClaims
from server.classroom.recording_book import RecordingBook
from server.rtc.profile import VIDEO_PREFERENCE, VideoCodec
from signaling.lesson import ClassPhase

ROOMS_MAX = 2_000  # four times what a whole cluster is planned for


class Outlet(Protocol):
    """One Connection, as the live rooms see it. Nothing here waits."""

    @property
    def heard_s(self) -> float:
        """When the client was last heard, on the `Clock`."""
        ...

    def send(self, encoded: bytes) -> None:
        """Queue a message. A Connection that cannot follow closes itself; its Participant resumes."""
        ...

    def send_latest(self, key: str, encoded: bytes) -> None:
        """Queue a latest-wins message: one with the same key that still waits is replaced."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close after what is queued was sent."""
        ...


class SeatDirectory(Protocol):
    async def seat(self, session_id: str, seat_id: str) -> SeatView | None: ...


class TicketVerifier(Protocol):
    async def redeem(self, ticket: str) -> TicketClaims:
        """Spend a ticket. Raises `Rejected`."""
        ...


class FactLog(Protocol):
    async def append(
        self, org_id: str, session_id: str, kind: str, body: dict[str, Any], *, schema_version: int = 1
    ) -> None:
        """Durable on return. Raises `Unavailable`."""
        ...


class StoredFact(Protocol):
    """A fact as it is kept."""

    @property
    def kind(self) -> str: ...
    @property
    def body(self) -> Mapping[str, Any]: ...
    @property
    def at_utc(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Memory:
    """What is kept of a class: the facts of its latest sitting, and everybody who has a Seat now. `boards`: before the
    first sitting, the facts of what was drawn in the class before it in the series."""

    facts: Sequence[StoredFact]
    seats: Sequence[SeatView]
    always_open: bool
    starts_utc: datetime
    ends_utc: datetime
    boards: Sequence[StoredFact] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody tells people outside of this class. A safeguarding report is never a fact: staff may read those."""

    kind: Literal["safeguarding", "technical_help"]
    org_id: str
    session_id: str
    key: str
    by_person_id: str
    about_person_id: str | None
    text: str


class ClassBook(Protocol):
    """What is kept of classes, beside facts that are appended. All raise `Unavailable`."""

    async def memory(self, org_id: str, session_id: str) -> Memory: ...

    async def set_phase(self, org_id: str, session_id: str, phase: ClassPhase) -> None:
        """So that doors, lists and a restart know it."""
        ...

    async def report(self, report: Report) -> None:
        """Open a Case, a restricted one for safeguarding. The same key again changes nothing."""
        ...

    async def going_on(self) -> Sequence[tuple[str, str]]:
        """Organisation and Session of each class that was open or live when this process started."""
        ...

    async def withdrawn(self, seats: Sequence[tuple[str, str]]) -> Sequence[str]:
        """Of these Seats, each with the link that was used: which were withdrawn, or their link was."""
        ...


@dataclass(frozen=True, slots=True)
class Books:
    """What is kept beside the facts: the class's book, and the recordings' while they are on."""

    of_class: ClassBook
    of_recording: RecordingBook | None = None


@dataclass(frozen=True, slots=True)
class LiveLimits:
    """What `[live]` of the config says, and the bounds nobody needs to set."""

    grace_s: float = 60.0
    away_after_s: float = 4.5
    ping_s: float = 2.0
    empty_close_s: float = 300.0
    rooms_max: int = ROOMS_MAX
    video_preference: tuple[VideoCodec, ...] = VIDEO_PREFERENCE
