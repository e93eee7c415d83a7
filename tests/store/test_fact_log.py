"""Facts: durable when `append` returns, in order, and never lost in silence."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.clock import ManualClock
from server.errors import Fault, Unavailable
from server.limits import FACT_BODY_BYTES_MAX
from server.store.database import Database
from server.store.fact_log import FactLog
from server.store.repositories import facts
from server.store.repositories.facts import Fact
from tests.store.conftest import School, make_school


@pytest.fixture
async def log(database: Database, clock: ManualClock) -> AsyncIterator[FactLog]:
    made = FactLog(database, clock, queue_max=200)
    async with asyncio.TaskGroup() as group:
        group.create_task(made.run())
        yield made
        made.close()


async def stored(database: Database, school: School) -> list[Fact]:
    async with database.read() as connection:
        return await facts.read(connection, school.org_id, school.session.session_id)


async def test_a_fact_is_there_when_append_returns(log: FactLog, database: Database, school: School) -> None:
    await log.append(school.org_id, school.session.session_id, "joined", {"seat_id": school.seat_id})
    (fact,) = await stored(database, school)
    assert (fact.seq, fact.kind, fact.body, fact.schema_version) == (1, "joined", {"seat_id": school.seat_id}, 1)


async def test_facts_keep_their_order_and_sessions_their_own_numbers(
    log: FactLog, database: Database, school: School, clock: ManualClock
) -> None:
    other = await make_school(database, clock)
    async with asyncio.TaskGroup() as group:
        for number in range(100):
            for one in (school, other):
                group.create_task(log.append(one.org_id, one.session.session_id, "counted", {"n": number}))
    for one in (school, other):
        found = await stored(database, one)
        assert [fact.seq for fact in found] == list(range(1, 101))
        assert [fact.body["n"] for fact in found] == list(range(100))


async def test_one_over_the_queue_is_refused_and_counted(
    database: Database, school: School, clock: ManualClock
) -> None:
    log = FactLog(database, clock, queue_max=3)  # nobody writes: it fills
    waiting = [
        asyncio.create_task(log.append(school.org_id, school.session.session_id, "counted", {"n": n})) for n in range(3)
    ]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as caught:
        await log.append(school.org_id, school.session.session_id, "counted", {"n": 3})
    assert caught.value.code == "facts_busy"
    assert log.snapshot() == {"waiting": 3, "written": 0, "refused": 1}
    log.close()
    await log.run()
    await asyncio.gather(*waiting)
    assert [fact.body["n"] for fact in await stored(database, school)] == [0, 1, 2]


async def test_a_fact_that_cannot_be_stored_hurts_nobody_else(log: FactLog, database: Database, school: School) -> None:
    good = [log.append(school.org_id, school.session.session_id, "counted", {"n": n}) for n in range(5)]
    bad = log.append(school.org_id, "ses_nowhere", "counted", {})
    results = await asyncio.gather(*good[:2], bad, *good[2:], return_exceptions=True)
    assert [type(result) for result in results if result is not None] == [Fault]
    assert [fact.body["n"] for fact in await stored(database, school)] == [0, 1, 2, 3, 4]


async def test_a_fact_over_the_limit_is_a_bug(log: FactLog, school: School) -> None:
    with pytest.raises(Fault):
        await log.append(school.org_id, school.session.session_id, "big", {"text": "x" * FACT_BODY_BYTES_MAX})


async def test_after_close_nothing_is_taken(database: Database, school: School, clock: ManualClock) -> None:
    log = FactLog(database, clock)
    log.close()
    with pytest.raises(Unavailable):
        await log.append(school.org_id, school.session.session_id, "late", {})
    await log.run()


async def test_a_disk_that_fails_is_said(
    tmp_path: Path, database: Database, school: School, clock: ManualClock
) -> None:
    log = FactLog(database, clock)
    running = asyncio.create_task(log.run())
    await database.close()
    (tmp_path / "homeroom.db").rename(tmp_path / "away.db")
    for name in ("homeroom.db-wal", "homeroom.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "homeroom.db").mkdir()
    threads = threading.active_count()
    with pytest.raises(Unavailable) as caught:
        await log.append(school.org_id, school.session.session_id, "lost", {})
    assert caught.value.code == "store_unavailable"
    log.close()
    await running
    async with asyncio.timeout(20):
        # aiosqlite ends the thread of a connection that never opened without waiting for it; the loop must outlive it.
        while threading.active_count() > threads:  # noqa: ASYNC110 (a thread's end rings no bell here)
            await asyncio.sleep(0)
