"""A real SQLite database in a folder of its own, and a class in it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from server.clock import ManualClock
from server.store.database import Database, open_sqlite
from server.store.repositories import people, seats, sessions
from server.store.repositories.sessions import Session


@dataclass(frozen=True, slots=True)
class School:
    """One organisation with one Session and one Seat."""

    org_id: str
    session: Session
    person_id: str
    seat_id: str


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_sqlite(tmp_path / "homeroom.db")
    yield opened
    await opened.close()


@pytest.fixture
async def school(database: Database, clock: ManualClock) -> School:
    return await make_school(database, clock)


async def make_school(database: Database, clock: ManualClock) -> School:
    now_utc = clock.now_utc()
    async with database.write() as connection:
        org_id = (await people.add_organisation(connection, "School", now_utc)).org_id
        person_id = (await people.add_person(connection, org_id, "Ada", now_utc)).person_id
        session = await sessions.add_session(
            connection, org_id, "Maths", now_utc, now_utc + timedelta(hours=1), now_utc
        )
        seat_id = await seats.add_seat(connection, org_id, session.session_id, person_id, "student", now_utc)
    return School(org_id, session, person_id, seat_id)
