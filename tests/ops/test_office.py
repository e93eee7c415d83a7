"""What an operator changes after booking, and that the record keeps it straight."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from server.clock import ManualClock
from server.errors import Rejected
from server.ops.booking import Bookings, SeatedPerson
from server.ops.office import Office
from server.store.database import Database, open_sqlite
from server.store.repositories import attendance, audit, consents, people, sessions
from server.store.repositories.sessions import Session


@dataclass
class School:
    clock: ManualClock
    database: Database
    office: Office
    org_id: str
    session: Session
    adult: SeatedPerson
    minor: SeatedPerson

    async def read(self) -> Session:
        async with self.database.read() as connection:
            found = await sessions.get_session(connection, self.org_id, self.session.session_id)
        assert found is not None
        return found


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    clock = ManualClock()
    database = await open_sqlite(tmp_path / "homeroom.db")
    bookings = Bookings(database, clock, "test")
    org_id = await bookings.local_organisation()
    session = await bookings.book(org_id, "Maths", clock.now_utc() + timedelta(days=1), 45)
    adult = await bookings.seat(session.session_id, "Grandma", "observer")
    minor = await bookings.seat(session.session_id, "Ada", "student", is_minor=True)
    yield School(clock, database, Office(database, clock, "test"), org_id, session, adult, minor)
    await database.close()


async def test_a_session_moves_and_remembers_the_time_that_people_know(school: School) -> None:
    first = school.session.starts_utc
    for hours in (1, 2):
        await school.office.move(school.session.session_id, first + timedelta(hours=hours), None, "The room is taken.")
    moved = await school.read()
    assert (moved.starts_utc, moved.moved_from_utc) == (first + timedelta(hours=2), first)
    assert moved.ends_utc - moved.starts_utc == timedelta(minutes=45)
    assert (moved.state_reason, moved.revision) == ("The room is taken.", 3)
    await school.office.move(school.session.session_id, first, 60, None)
    assert (await school.read()).moved_from_utc is None


async def test_a_session_is_cancelled_with_a_reason_and_then_stays(school: School) -> None:
    await school.office.cancel(school.session.session_id, "Snow.")
    found = await school.read()
    assert (found.state, found.state_reason) == ("cancelled", "Snow.")
    for again in (
        school.office.cancel(school.session.session_id, "Snow."),
        school.office.move(school.session.session_id, school.clock.now_utc(), None, None),
    ):
        with pytest.raises(Rejected, match="cannot be moved or cancelled"):
            await again
    with pytest.raises(Rejected, match="no such session"):
        await school.office.cancel("ses_other", "x")


async def test_rights_and_guardians(school: School) -> None:
    await school.office.set_rights(school.adult.person_id, frozenset({"coordinator", "safeguarding"}))
    await school.office.set_rights(school.adult.person_id, frozenset({"safeguarding"}))
    await school.office.set_guardian(school.adult.person_id, school.minor.person_id, answers=True)
    async with school.database.read() as connection:
        assert await people.rights_of(connection, school.org_id, school.adult.person_id) == {"safeguarding"}
        (found,) = await people.guardians_of(connection, school.org_id, school.minor.person_id)
        assert found[0] == school.adult.person_id
    await school.office.set_guardian(school.adult.person_id, school.minor.person_id, answers=False)
    async with school.database.read() as connection:
        assert await people.guardians_of(connection, school.org_id, school.minor.person_id) == []
        assert await audit.first_break(connection, school.org_id) is None
    with pytest.raises(Rejected):
        await school.office.set_guardian(school.minor.person_id, school.adult.person_id, answers=True)
    with pytest.raises(Rejected):
        await school.office.set_rights(school.adult.person_id, frozenset({"king"}))


async def test_rules_count_from_their_day_on(school: School) -> None:
    before = school.clock.now_utc()
    school.clock.advance(60)
    version = await school.office.set_thresholds(
        school.org_id, late_after_s=60, left_early_before_s=60, partial_below=0.9, absent_below=0.2
    )
    async with school.database.read() as connection:
        assert await attendance.thresholds_at(connection, school.org_id, before) is None
        found = await attendance.thresholds_at(connection, school.org_id, school.clock.now_utc())
    assert found is not None
    assert (version, found.version, found.late_after_s) == (2, 2, 60)
    with pytest.raises(Rejected):
        await school.office.set_thresholds(
            school.org_id, late_after_s=60, left_early_before_s=60, partial_below=0.1, absent_below=0.2
        )


async def test_a_new_wording_has_a_new_name(school: School) -> None:
    assert await school.office.set_wording(school.org_id, "sound", "We record sound.") == "sound-1"
    assert await school.office.set_wording(school.org_id, "sound", "We record your voice.") == "sound-2"
    async with school.database.read() as connection:
        assert (await consents.wordings(connection, school.org_id))["sound"] == (2, "We record your voice.")
