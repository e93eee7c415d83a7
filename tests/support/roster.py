"""Sessions with as many Seats as a test wants, written straight into a running server's database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from server.access.links import mint_link
from server.store.database import open_sqlite
from server.store.repositories import people, seats, sessions

ACTOR = "test"


@dataclass(frozen=True, slots=True)
class Place:
    """A Seat with its link."""

    display_name: str
    role: str
    seat_id: str
    path: str  # the path part of the personal link


@dataclass(frozen=True, slots=True)
class Class:
    """A Session that is open now, and who may come."""

    org_id: str
    session_id: str
    title: str
    places: dict[str, Place]

    def path(self, name: str) -> str:
        return self.places[name].path


async def add_class(
    database_file: Path, title: str, people_and_roles: dict[str, str], *, participants_max: int | None = None
) -> Class:
    """A Session of one hour that began a minute ago, with a Seat and a link for each person."""
    now = datetime.now(UTC)
    database = await open_sqlite(database_file)
    try:
        async with database.write() as connection:
            org_id = (await people.add_organisation(connection, f"School of {title}", now)).org_id
            session = await sessions.add_session(
                connection,
                org_id,
                title,
                now - timedelta(minutes=1),
                now + timedelta(hours=1),
                now,
                participants_max=participants_max,
            )
    finally:
        await database.close()
    made = Class(org_id, session.session_id, title, {})
    await add_seats(database_file, made, people_and_roles)
    return made


async def add_seats(database_file: Path, made: Class, people_and_roles: dict[str, str]) -> list[str]:
    """More people for a class; the paths of their links, in order."""
    now = datetime.now(UTC)
    database = await open_sqlite(database_file)
    try:
        async with database.write() as connection:
            for name, role in people_and_roles.items():
                person = await people.add_person(connection, made.org_id, name, now)
                seat_id = await seats.add_seat(connection, made.org_id, made.session_id, person.person_id, role, now)
                link = await mint_link(connection, made.org_id, seat_id, now, actor_id=ACTOR)
                made.places[name] = Place(name, role, seat_id, link.path)
    finally:
        await database.close()
    return [made.path(name) for name in people_and_roles]
