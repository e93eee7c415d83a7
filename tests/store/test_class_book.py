"""What is kept of a class, in a real database: the latest sitting only, its state, reports, withdrawn Seats."""

from collections.abc import Mapping
from typing import Any

import pytest

from server.access.desk import Desk
from server.access.keys import load_or_make
from server.access.tickets import Tickets
from server.classroom.events import Event, body_of, kind_of, read_fact
from server.classroom.events_class import ClassOpened, PersonJoined
from server.classroom.events_talk import ChatPosted
from server.classroom.times import utc_ms
from server.clock import ManualClock
from server.live.class_book import StoredClassBook
from server.live.ports import Report
from server.store.database import Database
from server.store.repositories import facts, seats, sessions
from server.store.repositories.facts import NewFact
from tests.store.conftest import School


class Cases:
    def __init__(self) -> None:
        self.opened: list[tuple[str, str, Mapping[str, Any]]] = []

    async def open(
        self,
        org_id: str,
        kind: str,
        cause_key: str,
        context: Mapping[str, Any],
        *,
        session_id: str | None = None,
        person_id: str | None = None,
    ) -> str:
        self.opened.append((kind, cause_key, context))
        return "cas_one"


@pytest.fixture
def cases() -> Cases:
    return Cases()


@pytest.fixture
def book(database: Database, clock: ManualClock, cases: Cases, tmp_path: Any) -> StoredClassBook:
    tickets = Tickets(load_or_make(tmp_path / "key"), database, clock)
    return StoredClassBook(database, Desk(database, tickets, clock, 300), cases.open)


async def append(database: Database, school: School, clock: ManualClock, *events: Event) -> None:
    async with database.write() as connection:
        await facts.append(
            connection,
            [
                NewFact(school.org_id, school.session.session_id, kind_of(one), body_of(one), clock.now_utc(), 2)
                for one in events
            ],
        )


async def test_memory_begins_with_the_latest_sitting(
    book: StoredClassBook, database: Database, school: School, clock: ManualClock
) -> None:
    org_id, session_id = school.org_id, school.session.session_id
    assert (await book.memory(org_id, session_id)).facts == []
    opened = ClassOpened(1, 0, 10, True)
    said = [ChatPosted(3, f"cht_{n}", f"k{n}", "par_a", "student", "room", None, "x", False) for n in range(2_500)]
    joined = PersonJoined(2, "par_a", school.seat_id, "per_a", "student", True)
    await append(database, school, clock, opened, joined, *said[:3], opened, joined, *said)
    memory = await book.memory(org_id, session_id)
    assert [fact.kind for fact in memory.facts[:2]] == ["class_opened", "joined"] and len(memory.facts) == 2_502
    read = [read_fact(fact.kind, fact.body, utc_ms(fact.at_utc)) for fact in memory.facts]
    assert read == [opened, joined, *said], "a fact is the event, through the database"
    assert [seat.seat_id for seat in memory.seats] == [school.seat_id]


def test_facts_of_the_first_version_and_unknown_ones() -> None:
    old = read_fact("joined", {"participant_id": "par_a", "seat_id": "sea_a", "role": "student"}, 77)
    assert old == PersonJoined(77, "par_a", "sea_a", "", "student", False)
    assert read_fact("telepathy", {}, 1) is None and read_fact("chat_posted", {"text": 1}, 1) is None


async def test_state_is_kept_and_found_again(book: StoredClassBook, database: Database, school: School) -> None:
    org_id, session_id = school.org_id, school.session.session_id
    assert await book.going_on() == []
    await book.set_phase(org_id, session_id, "live")
    await book.set_phase(org_id, session_id, "live")
    assert await book.going_on() == [(org_id, session_id)]
    await book.set_phase(org_id, session_id, "ended")
    assert await book.going_on() == []
    async with database.read() as connection:
        found = await sessions.get_session(connection, org_id, session_id)
    assert found is not None and (found.state, found.revision) == ("ended", school.session.revision + 2)


async def test_withdrawn_seats_and_links(
    book: StoredClassBook, database: Database, school: School, clock: ManualClock
) -> None:
    async with database.write() as connection:
        link_id = await seats.add_link(connection, school.org_id, school.seat_id, b"x" * 32, clock.now_utc())
    held = [(school.seat_id, link_id), ("sea_other", "")]
    assert await book.withdrawn(held) == []
    async with database.write() as connection:
        await seats.revoke_link(connection, school.org_id, link_id, clock.now_utc())
    assert await book.withdrawn(held) == [school.seat_id]
    assert await book.withdrawn([(school.seat_id, "")]) == [], "came by another link, or is not known by which"
    async with database.write() as connection:
        await seats.revoke_seat(connection, school.org_id, school.seat_id, clock.now_utc())
    assert await book.withdrawn([(school.seat_id, "")] * 450) == [school.seat_id] * 3, "in several queries"


async def test_a_report_is_one_case_however_often_it_is_sent(book: StoredClassBook, cases: Cases) -> None:
    report = Report("safeguarding", "org", "ses", "k1", "per_a", "per_b", "please")
    await book.report(report)
    await book.report(report)
    causes = {cause for _, cause, _ in cases.opened}
    assert causes == {"safeguarding:ses:per_a:k1"} and cases.opened[0][2]["about_person_id"] == "per_b"
