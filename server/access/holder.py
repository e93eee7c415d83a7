"""Who asks over HTTP with a personal link: the person, their Seat, and what they may beyond it.

Not the door: a page may ask often, so good tokens have a rate of their own, per link. Wrong ones count as at the door.
"""

from dataclasses import dataclass

import structlog

from server.access.links import follow_link, token_hash
from server.access.rate import RateLimit
from server.clock import Clock
from server.errors import Rejected
from server.limits import (
    ASKING_PER_LINK_BURST,
    ASKING_PER_LINK_PER_S,
    FAILURES_PER_ADDRESS_BURST,
    FAILURES_PER_ADDRESS_PER_S,
)
from server.store.database import Database
from server.store.repositories import people
from server.store.repositories.sessions import Session

STAFF = frozenset({"instructor", "assistant"})

_log = structlog.get_logger("access")


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with a link that stands. `rights` are the person's own, such as `safeguarding`."""

    org_id: str
    seat_id: str
    person_id: str
    display_name: str
    role: str
    rights: frozenset[str]
    session: Session

    @property
    def session_id(self) -> str:
        return self.session.session_id

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF

    def require_staff(self) -> None:
        """Raises `Rejected`."""
        if not self.is_staff:
            raise Rejected("not_allowed", "This is for the instructors of the class.")


class Holders:
    """Tokens in, holders out. `address` is only counted."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._per_link = RateLimit(clock, ASKING_PER_LINK_BURST, ASKING_PER_LINK_PER_S)
        self._failures = RateLimit(clock, FAILURES_PER_ADDRESS_BURST, FAILURES_PER_ADDRESS_PER_S)

    async def holder(self, token: str, address: str) -> Holder:
        """Raises `Rejected` with the reason."""
        if not self._failures.allows(address) or not self._per_link.take(token_hash(token).hex()):
            raise Rejected("too_many", "Too many requests. Wait a moment and try again.")
        try:
            async with self._database.read() as connection:
                _, seat = await follow_link(connection, token, self._clock.now_utc())
                rights = await people.rights_of(connection, seat.org_id, seat.person_id)
        except Rejected as rejected:
            self._failures.take(address)
            _log.info("link_refused", reason=rejected.code)
            raise
        return Holder(seat.org_id, seat.seat_id, seat.person_id, seat.display_name, seat.role, rights, seat.session)
