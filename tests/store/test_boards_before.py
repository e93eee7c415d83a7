"""What a class remembers of the one before it in its series, from a real database."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from server.access.views import SeatView
from server.clock import ManualClock
from server.live.class_book import StoredClassBook
from server.store.database import Database, open_sqlite
from server.store.repositories import facts, people, sessions
from server.store.repositories.facts import NewFact


class Nobody:
    """No Seats, no Cases: not what is asked here."""

    async def roll(self, org_id: str, session_id: str) -> Sequence[SeatView]:
        return ()

    async def __call__(self, *_: Any, **__: Any) -> str:
        return "cas_none"


async def series_of(database: Database, clock: ManualClock, states: Sequence[str]) -> tuple[str, list[str]]:
    """Sessions of one series, a week apart, each with one stroke of its own and an answer."""
    now_utc = clock.now_utc()
    made: list[str] = []
    async with database.write() as connection:
        org_id = (await people.add_organisation(connection, "School", now_utc)).org_id
        series_id = await sessions.add_series(connection, org_id, "Maths", now_utc)
        for week, state in enumerate(states):
            starts = now_utc + timedelta(weeks=week)
            ends = starts + timedelta(hours=1)
            one = await sessions.add_session(connection, org_id, "Maths", starts, ends, now_utc, series_id=series_id)
            await sessions.set_state(connection, org_id, one.session_id, state, one.revision)
            made.append(one.session_id)
            kinds = [("board_drawn", {"week": week}), ("check_answered", {}), ("board_opened", {"week": week})]
            if state != "scheduled":
                rows = [NewFact(org_id, one.session_id, kind, body, starts) for kind, body in kinds]
                await facts.append(connection, rows)
    return org_id, made


async def test_boards_of_the_class_before(tmp_path: Path) -> None:
    clock = ManualClock()
    database = await open_sqlite(tmp_path / "homeroom.db")
    try:
        org_id, made = await series_of(database, clock, ("ended", "ended", "cancelled", "scheduled", "scheduled"))
        book = StoredClassBook(database, Nobody(), Nobody())
        # The cancelled week is passed over; in the order in which it happened; answers stay where they were given.
        memory = await book.memory(org_id, made[3])
        assert [(one.kind, one.body) for one in memory.boards] == [
            ("board_drawn", {"week": 1}),
            ("board_opened", {"week": 1}),
        ]
        assert not (await book.memory(org_id, made[0])).boards
        assert not (await book.memory(org_id, made[4])).boards  # nothing was drawn in the one before
    finally:
        await database.close()
