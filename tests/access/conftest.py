"""A door with a class behind it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from server.access.desk import Desk
from server.access.keys import TicketKey, new_key
from server.access.links import NewLink
from server.access.tickets import Tickets
from server.clock import ManualClock
from server.ops.booking import Bookings, SeatedPerson
from server.store.database import Database, open_sqlite
from server.store.repositories.sessions import Session


@dataclass(frozen=True, slots=True)
class House:
    """All that a test of the door needs."""

    clock: ManualClock
    database: Database
    key: TicketKey
    tickets: Tickets
    desk: Desk
    bookings: Bookings
    session: Session
    student: SeatedPerson

    @property
    def link(self) -> NewLink:
        return self.student.link


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock = ManualClock()
    database = await open_sqlite(tmp_path / "homeroom.db")
    key = new_key()
    tickets = Tickets(key, database, clock)
    bookings = Bookings(database, clock, "test")
    org_id = await bookings.local_organisation()
    session = await bookings.book(org_id, "Maths", clock.now_utc() + timedelta(minutes=10), 60)
    student = await bookings.seat(session.session_id, "Ada", "student", is_minor=True)
    yield House(clock, database, key, tickets, Desk(database, tickets, clock, 300), bookings, session, student)
    await database.close()
