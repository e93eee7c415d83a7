"""Two Chromium and one Firefox in one room: everybody sees and hears everybody, and knows who comes and goes."""

import asyncio
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests.support.fake_capture import BLUE, ORANGE
from tests.support.person import Person
from tests.support.roster import Class, add_class, add_seats
from tests.support.wire_client import Refused, WireClient, exchange
from tests.support.world import World

pytestmark = pytest.mark.timeout(200)

GONE_S_MAX = 1.0
AWAY_S_MAX = 5.0


class Room:
    """The class of this file. Tests run in order and leave it as they found it: all three inside."""

    def __init__(self, world: World, made: Class) -> None:
        self.world = world
        self.made = made
        self.people: dict[str, Person] = {}

    def url(self, name: str) -> str:
        return self.world.server.origin + self.made.path(name)

    async def bring(self, name: str, **options: object) -> Person:
        if options.pop("firefox", False):
            person = Person(name, await self.world.firefox(name), self.url(name))
        else:
            look = ORANGE if name == "Iris" else BLUE
            person = Person(name, await self.world.chromium(name, look=look), self.url(name), look)
        await person.enter()
        self.people[name] = person
        return person

    def others(self, person: Person) -> list[Person]:
        return [one for one in self.people.values() if one is not person]

    async def wait_pictures(self) -> None:
        for person in self.people.values():
            for other in self.others(person):
                await person.wait_picture(other)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def room(stage: World) -> AsyncIterator[Room]:
    made = await add_class(
        stage.server.database_file,
        "Fractions",
        {"Iris": "instructor", "Sam": "student", "Fay": "student", "Gus": "student"},
    )
    result = Room(stage, made)
    await result.bring("Iris")
    await result.bring("Sam")
    await result.bring("Fay", firefox=True)
    yield result
    for person in result.people.values():
        await stage.close(person.tab)


async def test_pictures_of_the_right_person_move_in_each_tile(room: Room) -> None:
    await room.wait_pictures()


async def test_all_tracks_flow_both_ways(room: Room) -> None:
    for person in room.people.values():
        before = {row["ssrc"]: row for kind in ("audio", "video") for row in await person.inbound(kind)}
        rows = [f"[{ssrc}, {row['packets'] + 20}, {row['frames'] + 10}]" for ssrc, row in before.items()]
        # 20 packets more of each, and of a picture 10 decoded frames more
        flowing = f"""(await __probe.inbound()).filter((now) => [{",".join(rows)}].some(([ssrc, packets, frames]) =>
            now.ssrc === ssrc && now.packets >= packets && (now.kind === 'audio' || now.frames >= frames)))"""
        for kind in ("audio", "video"):
            await person.tab.wait(
                f"({flowing}).filter((one) => one.kind === '{kind}').length === 2", f"two flows of {kind}", 5
            )


async def test_sound_arrives_and_shows_who_speaks(room: Room) -> None:
    await asyncio.gather(*(person.wait_hears(2) for person in room.people.values()))
    # Firefox's fake microphone never pauses, and what never pauses is no voice to the server after a while
    await room.people["Fay"].tab.press("@mic-toggle")
    await room.people["Iris"].wait_tile("Fay", "state.muted", "muted")
    await room.people["Fay"].tab.press("@mic-toggle")
    for person in room.people.values():
        for other in room.others(person):
            await person.wait_tile(other.name, "state.speaking", "speaking")


async def test_mute_is_seen_and_heard(room: Room) -> None:
    iris, sam = room.people["Iris"], room.people["Sam"]
    await sam.tab.press("Turn microphone off")
    for other in room.others(sam):
        await other.wait_tile("Sam", "state.muted", "muted", timeout_s=2)
    await iris.wait_tile("Sam", "!state.speaking", "silent", timeout_s=5)
    await iris.wait_hears(1)
    await sam.tab.press("Turn microphone on")
    for other in room.others(sam):
        await other.wait_tile("Sam", "!state.muted && state.speaking", "heard again", timeout_s=8)
    await iris.wait_hears(2)


async def test_a_shared_screen_is_seen_by_all(room: Room) -> None:
    sam = room.people["Sam"]
    await sam.tab.press("Share screen")
    for other in room.others(sam):
        await other.wait_tile("Sam", "!!state.look && state.look.width > 200", "picture", timeout_s=15, source="screen")
    await sam.tab.press("@share-toggle")
    for other in room.others(sam):
        await other.tab.wait("!__probe.tile('Sam', 'screen')", "end of sharing", 5)


async def test_layout_page_and_people_never_renegotiate(room: Room) -> None:
    """Thirty more people come, pages are turned, layouts change, they go: no description is exchanged."""
    names = [f"Guest {number:02}" for number in range(30)]
    extra = await add_seats(room.world.server.database_file, room.made, dict.fromkeys(names, "student"))
    iris = room.people["Iris"]
    before = {person.name: await person.descriptions() for person in room.people.values()}
    async with aiohttp.ClientSession() as http:
        guests = [await WireClient.join(http, room.world.server.origin, path) for path in extra]
        try:
            await iris.tab.wait("!!__probe.target('@next-page')", "a second page")
            await iris.tab.press("@next-page")
            await iris.tab.wait("document.querySelector('[data-testid=page-number]').innerText.includes('2')", "page 2")
            await iris.tab.press("@prev-page")
            await iris.tab.press("@layout-toggle")
            await iris.tab.wait("!!document.querySelector('[data-testid=speaker-view]')", "speaker view")
            await iris.tab.press("@layout-toggle")
            await iris.tab.wait("!!document.querySelector('[data-testid=grid]')", "grid")
        finally:
            for guest in guests:
                await guest.send("leave")
                await guest.close()
    await iris.tab.wait("document.querySelectorAll('[data-participant]').length === 3", "guests gone")
    await room.wait_pictures()
    assert {person.name: await person.descriptions() for person in room.people.values()} == before


async def test_a_ticket_works_once(room: Room) -> None:
    async with aiohttp.ClientSession() as http:
        ticket = await exchange(http, room.world.server.origin, room.made.path("Gus"))
        first = await WireClient.hello(http, room.world.server.origin, ticket)
        with pytest.raises(Refused) as refused:
            await WireClient.hello(http, room.world.server.origin, ticket)
        assert refused.value.code == "ticket_used"
        assert refused.value.text
        await first.send("leave")
        await first.close()
    await room.people["Iris"].wait_gone("Gus", 5)


async def test_a_second_device_asks_and_moves(room: Room) -> None:
    sam = room.people["Sam"]
    second = Person("Sam", await room.world.chromium("Sam-2", look=BLUE), room.url("Sam"), BLUE)
    await second.open_link()
    await second.check_devices()
    await second.tab.press("@enter-room")
    await second.tab.press("Move here")
    await second.wait_in_room()
    await sam.tab.wait_text("You moved to another device", 10)
    await room.world.close(sam.tab)
    room.people["Sam"] = second
    await room.wait_pictures()


async def test_reload_comes_back(room: Room) -> None:
    sam = room.people["Sam"]
    await sam.tab.reload()
    await sam.tab.wait(
        "!!__probe.target('@join-button') || !!document.querySelector('[data-testid=room]')", "page after reload", 20
    )
    if await sam.tab.has("@join-button"):
        await sam.check_devices()
        await sam.tab.press("@enter-room")
    await sam.wait_in_room()
    await room.wait_pictures()


async def test_a_vanished_tab_is_away(room: Room) -> None:
    sam = room.people.pop("Sam")
    room.world.kill(sam.tab)
    killed = time.monotonic()
    for other in room.people.values():
        await other.wait_tile("Sam", "state.away", "away", timeout_s=AWAY_S_MAX - (time.monotonic() - killed))
    again = await room.bring("Sam")
    for other in room.others(again):
        await other.wait_tile("Sam", "!state.away", "here again")
    await room.wait_pictures()


async def test_leave_is_gone_everywhere_at_once(room: Room) -> None:
    fay = room.people.pop("Fay")
    others = list(room.people.values())
    await fay.tab.press("@leave-button")
    await asyncio.gather(*(other.wait_gone("Fay", GONE_S_MAX) for other in others))
    await fay.tab.wait_text("You left the class", 5)
    for other in others:
        await other.wait_picture(room.others(other)[0])
    await room.world.close(fay.tab)
