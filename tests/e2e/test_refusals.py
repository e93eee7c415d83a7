"""What stands in a person's way is said in a sentence: no permission, no device, a full room, a withdrawn link."""

from datetime import UTC, datetime

import pytest

from server.access.links import revoke_link
from server.store.database import open_sqlite
from server.store.repositories import seats
from tests.support.chromium import ChromiumTab
from tests.support.fake_capture import BLUE, ORANGE
from tests.support.person import Person
from tests.support.roster import add_class
from tests.support.world import World

pytestmark = pytest.mark.timeout(120)


async def enters_all_the_same(stage: World, tab: ChromiumTab, title: str, *said: str) -> None:
    """The device check says what is the matter, and one can still come in to listen."""
    made = await add_class(stage.server.database_file, title, {"Sam": "student"})
    sam = Person("Sam", tab, stage.server.origin + made.path("Sam"))
    await sam.open_link()
    await tab.press("@join-button")
    for sentence in said:
        await tab.wait_text(sentence)
    await tab.press("/Enter without camera/")
    await sam.wait_in_room()
    await stage.close(tab)


async def test_permission_denied_is_said_and_one_can_still_listen(stage: World) -> None:
    tab = await stage.chromium("denied", look=BLUE, grant=False)
    blocked = ("The camera is blocked for this page.", "The microphone is blocked for this page.")
    await enters_all_the_same(stage, tab, "Denied", *blocked)


async def test_no_device_is_said(stage: World) -> None:
    tab = await stage.chromium("bare", extra_flags=("--use-fake-ui-for-media-stream",))
    await enters_all_the_same(stage, tab, "Bare", "No camera was found.")


async def test_a_full_room_is_said(stage: World) -> None:
    people = {"Iris": "instructor", "Sam": "student", "Mia": "student"}
    made = await add_class(stage.server.database_file, "Full", people, participants_max=2)
    tabs = []
    for name, look in (("Iris", ORANGE), ("Sam", BLUE)):
        tabs.append(await stage.chromium(name, look=look))
        await Person(name, tabs[-1], stage.server.origin + made.path(name)).enter()
    tabs.append(await stage.chromium("Mia", look=BLUE))
    mia = Person("Mia", tabs[-1], stage.server.origin + made.path("Mia"))
    await mia.open_link()
    await mia.check_devices()
    await mia.tab.press("@enter-room")
    await mia.tab.wait_text("This class is full.")
    for tab in tabs:
        await stage.close(tab)


async def test_a_withdrawn_link_is_said(stage: World) -> None:
    made = await add_class(stage.server.database_file, "Withdrawn", {"Sam": "student"})
    database = await open_sqlite(stage.server.database_file)
    async with database.write() as connection:
        (link,) = await seats.list_links(connection, made.org_id, made.places["Sam"].seat_id)
        assert await revoke_link(connection, made.org_id, link.link_id, datetime.now(UTC), actor_id="test")
    await database.close()
    tab = await stage.chromium("withdrawn")
    await tab.goto(stage.server.origin + made.path("Sam"))
    await tab.wait_text("This link was withdrawn.")
    await stage.close(tab)
