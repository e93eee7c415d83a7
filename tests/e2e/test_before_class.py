"""What a person sees of a class that has not begun: how long still, that it was moved, that it is called off."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from server.clock import SystemClock
from server.ops.office import Office
from server.store.database import open_sqlite
from tests.e2e.test_screens import look_at
from tests.support.chromium import ChromiumTab
from tests.support.homeroom import Homeroom
from tests.support.lesson import by_id, see, tab_of
from tests.support.person import Person
from tests.support.roster import Class, add_class
from tests.support.world import World

pytestmark = pytest.mark.timeout(120)

REASON = "The school trip comes back late."


@asynccontextmanager
async def office(server: Homeroom) -> AsyncIterator[Office]:
    database = await open_sqlite(server.database_file)
    try:
        yield Office(database, SystemClock(), "test")
    finally:
        await database.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tab(stage: World) -> AsyncIterator[ChromiumTab]:
    found = await stage.chromium("early", phone=True, width=390, height=780)
    yield found
    await stage.close(found)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def made(stage: World) -> Class:
    people = {"Iris": "instructor", "Sam": "student"}
    return await add_class(stage.server.database_file, "Fractions, lesson 6", people, starts_in=timedelta(hours=3))


async def test_how_long_still(stage: World, tab: ChromiumTab, made: Class) -> None:
    sam = Person("Sam", tab, stage.server.origin + made.path("Sam"))
    await sam.tab.goto(sam.url)
    first = await sam.tab.wait("+(document.querySelector('[data-testid=countdown]')?.dataset.left ?? 0)", "countdown")
    assert 3 * 3600 - 120 < first <= 3 * 3600
    await sam.tab.wait(f"+document.querySelector('[data-testid=countdown]').dataset.left < {first}", "time that runs")
    await look_at(tab_of(sam), "countdown-phone")


async def test_moved_while_somebody_looks(stage: World, tab: ChromiumTab, made: Class) -> None:
    sam = Person("Sam", tab, stage.server.origin + made.path("Sam"))
    async with office(stage.server) as desk:
        await desk.move(made.session_id, datetime.now(UTC) + timedelta(days=3), None, REASON)
    await see(sam, by_id("plan-moved"), "news of the move")
    await sam.tab.wait_text(REASON)
    await sam.tab.wait("+document.querySelector('[data-testid=countdown]')?.dataset.left > 2 * 86400", "new countdown")
    await look_at(tab_of(sam), "moved-phone")


async def test_called_off(stage: World, tab: ChromiumTab, made: Class) -> None:
    sam = Person("Sam", tab, stage.server.origin + made.path("Sam"))
    async with office(stage.server) as desk:
        await desk.cancel(made.session_id, REASON)
    await sam.tab.goto(sam.url)
    await see(sam, by_id("plan-cancelled"), "news that it is called off")
    assert not await sam.tab.has("@join-button")
    await look_at(tab_of(sam), "cancelled-phone")


async def test_my_day_of_an_instructor(stage: World, tab: ChromiumTab, made: Class) -> None:
    people = {"Iris": "instructor", "Sam": "student"}
    later = await add_class(stage.server.database_file, "Decimals", people, starts_in=timedelta(hours=2))
    iris = Person("Iris", tab, stage.server.origin + later.path("Iris"))
    await iris.tab.goto(f"{iris.url}/day")
    await see(iris, f"{by_id('day-next')}[data-session={later.session_id}]", "next class")
    await look_at(tab_of(iris), "day-phone")
