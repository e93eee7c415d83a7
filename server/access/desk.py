"""The desk at the door: a link is looked at, then exchanged for a ticket; and a Room asks who sits in a Seat.

Looking changes nothing (mail scanners open every link). The door is open from a quarter of an hour before the class
until half an hour after its planned end.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from server.access.links import follow_link, token_hash
from server.access.rate import RateLimit
from server.access.tickets import Tickets
from server.access.views import SeatView, Ticket
from server.clock import Clock
from server.errors import Rejected
from server.limits import (
    EXCHANGES_PER_LINK_BURST,
    EXCHANGES_PER_LINK_PER_S,
    FAILURES_PER_ADDRESS_BURST,
    FAILURES_PER_ADDRESS_PER_S,
    JOIN_EARLY_S,
    JOIN_LATE_S,
    REQUESTS_PER_ADDRESS_BURST,
    REQUESTS_PER_ADDRESS_PER_S,
)
from server.store.database import Database
from server.store.repositories import seats
from server.store.repositories.sessions import Session

TOO_MANY = "Too many attempts. Wait a moment and try again."

_log = structlog.get_logger("access")


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the join page shows. `door` is scheduled, open or ended: what the clock says of the Session now."""

    seat: SeatView
    door: str


class Desk:
    """Links in, invitations and tickets out. `address` is only counted, never kept with anything else."""

    def __init__(self, database: Database, tickets: Tickets, clock: Clock, participants_max: int) -> None:
        self._database = database
        self._tickets = tickets
        self._clock = clock
        self._participants_max = participants_max
        self._per_address = RateLimit(clock, REQUESTS_PER_ADDRESS_BURST, REQUESTS_PER_ADDRESS_PER_S)
        self._failures = RateLimit(clock, FAILURES_PER_ADDRESS_BURST, FAILURES_PER_ADDRESS_PER_S)
        self._per_link = RateLimit(clock, EXCHANGES_PER_LINK_BURST, EXCHANGES_PER_LINK_PER_S)

    async def invitation(self, token: str, address: str) -> Invitation:
        """What this link leads to; changes nothing. Raises `Rejected`."""
        _, seat = await self._follow(token, address)
        return Invitation(self._view(seat), door_state(seat.session, self._clock.now_utc()))

    async def exchange(self, token: str, address: str) -> Ticket:
        """A ticket for this link, if the door is open. Raises `Rejected`."""
        if not self._per_link.take(token_hash(token).hex()):
            raise Rejected("too_many", TOO_MANY)
        link, seat = await self._follow(token, address)
        _require_open(seat.session, self._clock.now_utc())
        return self._tickets.sign(
            org_id=seat.org_id,
            session_id=seat.session.session_id,
            seat_id=seat.seat_id,
            link_id=link.link_id,
            role=seat.role,
        )

    async def seat(self, session_id: str, seat_id: str) -> SeatView | None:
        """The Seat for a Room that saw its ticket; None if it is not of this Session or was revoked."""
        async with self._database.read() as connection:
            seat = await seats.get_seat(connection, seat_id)
        if seat is None or seat.session.session_id != session_id or seat.revoked_utc is not None:
            return None
        return self._view(seat)

    async def _follow(self, token: str, address: str) -> tuple[seats.Link, seats.Seat]:
        if not self._failures.allows(address) or not self._per_address.take(address):
            raise Rejected("too_many", TOO_MANY)
        try:
            async with self._database.read() as connection:
                return await follow_link(connection, token, self._clock.now_utc())
        except Rejected as rejected:
            self._failures.take(address)
            _log.info("link_refused", reason=rejected.code)
            raise

    def _view(self, seat: seats.Seat) -> SeatView:
        session = seat.session
        return SeatView(
            org_id=seat.org_id,
            session_id=session.session_id,
            seat_id=seat.seat_id,
            person_id=seat.person_id,
            display_name=seat.display_name,
            role=seat.role,
            title=session.title,
            starts_utc=session.starts_utc,
            ends_utc=session.ends_utc,
            participants_max=session.participants_max or self._participants_max,
        )


def door_state(session: Session, now_utc: datetime) -> str:
    """Whether one may come in now: `scheduled` (too early), `open` or `ended`."""
    if session.state in ("ended", "closed_out", "cancelled"):
        return "ended"
    if session.always_open or session.state in ("open", "live"):
        return "open"
    if now_utc < session.starts_utc - timedelta(seconds=JOIN_EARLY_S):
        return "scheduled"
    if now_utc >= session.ends_utc + timedelta(seconds=JOIN_LATE_S):
        return "ended"
    return "open"


def _require_open(session: Session, now_utc: datetime) -> None:
    match door_state(session, now_utc):
        case "scheduled":
            minutes = JOIN_EARLY_S // 60
            raise Rejected(
                "session_not_open", f"The door opens {minutes} minutes before the class begins. Come back then."
            )
        case "ended":
            raise Rejected("session_ended", "This class is over.")
