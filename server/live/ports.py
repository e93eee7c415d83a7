"""What the live rooms need of the rest of the house, as small Protocols; `app.py` hands the objects in."""

from dataclasses import dataclass
from typing import Any, Protocol

from server.access.views import SeatView, TicketClaims
from server.rtc.profile import VIDEO_PREFERENCE, VideoCodec

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
    async def append(self, org_id: str, session_id: str, kind: str, body: dict[str, Any]) -> None:
        """Durable on return. Raises `Unavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class LiveLimits:
    """What `[live]` of the config says, and the bounds nobody needs to set."""

    grace_s: float = 60.0
    away_after_s: float = 4.5
    ping_s: float = 2.0
    empty_close_s: float = 300.0
    rooms_max: int = ROOMS_MAX
    video_preference: tuple[VideoCodec, ...] = VIDEO_PREFERENCE
