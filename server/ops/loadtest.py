"""A Session full of bots: booked, seated and linked in one transaction; its links end with it."""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from server.access.links import mint_link
from server.clock import Clock
from server.ops.made_up import agree
from server.store.database import Database
from server.store.repositories import audit, people, seats, sessions

LABEL = "loadtest"
ACTOR = "loadtest"
TITLE = "Load test"

_log = structlog.get_logger("ops")


@dataclass(frozen=True, slots=True)
class BotSeat:
    """One bot's role and the path of its link."""

    role: str
    path: str

    def __repr__(self) -> str:
        return f"BotSeat(role={self.role!r})"


@dataclass(frozen=True, slots=True)
class BotSession:
    """What a load test plays in."""

    session_id: str
    seats: tuple[BotSeat, ...]


class BotSessions:
    """Makes them, in an organisation of their own, away from real people's."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def make(self, instructors: int, students: int, minutes: int) -> BotSession:
        """A Session that begins now, with so many Seats."""
        now_utc = self._clock.now_utc()
        ends_utc = now_utc + timedelta(minutes=minutes)
        roles = ["instructor"] * instructors + ["student"] * students
        async with self._database.write() as connection:
            organisation = await people.find_organisation(connection, LABEL)
            if organisation is None:
                organisation = await people.add_organisation(connection, "Load tests", now_utc, label=LABEL)
            org_id = organisation.org_id
            session = await sessions.add_session(
                connection, org_id, TITLE, now_utc, ends_utc, now_utc, participants_max=len(roles)
            )
            made = []
            for number, role in enumerate(roles):
                person = await people.add_person(connection, org_id, f"Bot {number}", now_utc)
                seat_id = await seats.add_seat(connection, org_id, session.session_id, person.person_id, role, now_utc)
                await agree(connection, org_id, person.person_id, now_utc)
                link = await mint_link(connection, org_id, seat_id, now_utc, actor_id=ACTOR, expires_utc=ends_utc)
                made.append(BotSeat(role, link.path))
            await audit.append(connection, org_id, ACTOR, "session_booked", session.session_id, now_utc)
        _log.info("loadtest_session_made", session_id=session.session_id, seats=len(roles))
        return BotSession(session.session_id, tuple(made))
