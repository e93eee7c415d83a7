"""Putting a Session and its people into the calendar, each person with a personal link, in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from server.access.links import NewLink, mint_link, revoke_link
from server.access.policy import ROLES
from server.clock import Clock
from server.errors import Rejected
from server.limits import NAME_CHARS_MAX, TITLE_CHARS_MAX
from server.store.database import Connection, Database
from server.store.repositories import audit, people, seats, sessions
from server.store.repositories.sessions import Session

LENGTH_MINUTES_MAX = 24 * 60
LOCAL_LABEL = "local"  # the organisation of an installation that serves one


@dataclass(frozen=True, slots=True)
class SeatedPerson:
    """A person who got a Seat, with the link that leads to it."""

    person_id: str
    seat_id: str
    display_name: str
    role: str
    link: NewLink


class Bookings:
    """What an operator does by hand; `actor_id` is who did it, for the audit trail."""

    def __init__(self, database: Database, clock: Clock, actor_id: str) -> None:
        self._database = database
        self._clock = clock
        self._actor_id = actor_id

    async def local_organisation(self) -> str:
        """The id of the installation's own organisation, made on first use."""
        async with self._database.write() as connection:
            found = await people.find_organisation(connection, LOCAL_LABEL)
            if found is None:
                now_utc = self._clock.now_utc()
                found = await people.add_organisation(connection, "Homeroom", now_utc, label=LOCAL_LABEL)
        return found.org_id

    async def book(
        self,
        org_id: str,
        title: str,
        starts_utc: datetime,
        minutes: int,
        *,
        always_open: bool = False,
        participants_max: int | None = None,
    ) -> Session:
        """A new Session. Raises `Rejected` for what no calendar holds."""
        _check_text("title", title, TITLE_CHARS_MAX)
        if not 1 <= minutes <= LENGTH_MINUTES_MAX:
            raise Rejected("bad_length", f"A session lasts from 1 to {LENGTH_MINUTES_MAX} minutes.")
        now_utc = self._clock.now_utc()
        async with self._database.write() as connection:
            session = await sessions.add_session(
                connection,
                org_id,
                title,
                starts_utc,
                starts_utc + timedelta(minutes=minutes),
                now_utc,
                always_open=always_open,
                participants_max=participants_max,
            )
            await audit.append(connection, org_id, self._actor_id, "session_booked", session.session_id, now_utc)
        return session

    async def sessions(self, org_id: str) -> list[Session]:
        """The latest Sessions of an organisation."""
        async with self._database.read() as connection:
            return await sessions.list_sessions(connection, org_id)

    async def seat(self, session_id: str, name: str, role: str, *, is_minor: bool = False) -> SeatedPerson:
        """A new person with a Seat and a link. The link's token is known to the caller only."""
        async with self._database.write() as connection:
            session = await sessions.get_session(connection, None, session_id)
            if session is None:
                raise Rejected("session_unknown", "There is no such session.")
            return await seat_person(
                connection,
                session.org_id,
                session_id,
                name,
                role,
                self._clock.now_utc(),
                self._actor_id,
                is_minor=is_minor,
            )

    async def relink(self, seat_id: str) -> NewLink:
        """One more link to a Seat, for a person who lost theirs."""
        async with self._database.write() as connection:
            seat = await seats.get_seat(connection, seat_id)
            if seat is None:
                raise Rejected("seat_unknown", "There is no such seat.")
            return await mint_link(connection, seat.org_id, seat_id, self._clock.now_utc(), actor_id=self._actor_id)

    async def links(self, session_id: str) -> list[tuple[seats.Seat, list[seats.Link]]]:
        """Every Seat of a Session with its links. Their tokens are not known any more."""
        async with self._database.read() as connection:
            session = await sessions.get_session(connection, None, session_id)
            if session is None:
                raise Rejected("session_unknown", "There is no such session.")
            return [
                (seat, await seats.list_links(connection, seat.org_id, seat.seat_id))
                for seat in await seats.list_seats(connection, session.org_id, session_id)
            ]

    async def revoke(self, link_id: str) -> bool:
        """The link leads nowhere from now on; says whether it did before."""
        async with self._database.write() as connection:
            link = await seats.get_link(connection, None, link_id)
            if link is None:
                raise Rejected("link_unknown", "There is no such link.")
            return await revoke_link(connection, link.org_id, link_id, self._clock.now_utc(), actor_id=self._actor_id)


async def seat_person(
    connection: Connection,
    org_id: str,
    session_id: str,
    name: str,
    role: str,
    now_utc: datetime,
    actor_id: str,
    *,
    is_minor: bool = False,
) -> SeatedPerson:
    """A new person with a Seat and a link, inside the caller's transaction."""
    _check_text("name", name, NAME_CHARS_MAX)
    if role not in ROLES:
        raise Rejected("bad_role", f"A role is one of {', '.join(ROLES)}.")
    person = await people.add_person(connection, org_id, name, now_utc, is_minor=is_minor)
    seat_id = await seats.add_seat(connection, org_id, session_id, person.person_id, role, now_utc)
    link = await mint_link(connection, org_id, seat_id, now_utc, actor_id=actor_id)
    return SeatedPerson(person.person_id, seat_id, name, role, link)


def _check_text(what: str, text: str, chars_max: int) -> None:
    if not text.strip() or len(text) > chars_max or not text.isprintable():
        raise Rejected(f"bad_{what}", f"A {what} has from 1 to {chars_max} printable characters.")
