"""Control is killed with -9: a poll comes back complete, each acknowledged answer once; browsers in the same page."""

import asyncio
import os
import signal
from typing import Any

import aiohttp
import pytest

from server.store.database import open_sqlite
from server.store.repositories import facts
from tests.faults.test_media_killed import new_flows, ssrcs
from tests.support.fake_capture import BLUE, ORANGE
from tests.support.homeroom import Homeroom
from tests.support.netns import Namespace
from tests.support.person import Person
from tests.support.roster import Class, add_class
from tests.support.wire_client import Refused, WireClient
from tests.support.world import world

STUDENTS = [f"Student {number}" for number in range(1, 9)]
BACK_S_MAX = 90.0  # a Python process starts, on a machine that may have much other work
SPEC = {
    "kind": "poll",
    "prompt": "Ready?",
    "options": [{"option_id": "y", "text": "Yes"}, {"option_id": "n", "text": "No"}],
}


class Pupil:
    """A person whose page comes back by itself and says again what was not acknowledged."""

    def __init__(self, http: aiohttp.ClientSession, origin: str, made: Class, name: str) -> None:
        self._http, self._origin, self._path = http, origin, made.path(name)
        self.name = name
        self.client: WireClient | None = None
        self.ids: set[str] = set()

    async def come(self) -> dict[str, Any]:
        """Connect, as often as it takes; the `welcome`."""
        async with asyncio.timeout(BACK_S_MAX):
            while True:
                if self.client is not None:
                    await self.client.close()
                try:
                    self.client = await WireClient.join(self._http, self._origin, self._path, takeover=True)
                except (aiohttp.ClientError, OSError, Refused):
                    await asyncio.sleep(0.2)
                    continue
                welcome = await self.client.wait(lambda one: one["type"] == "welcome")
                self.ids.add(welcome["participant_id"])
                return welcome

    async def insist(self, kind: str, **fields: Any) -> int:
        """Say it until it is acknowledged; how often it had to be said."""
        tries = 0
        async with asyncio.timeout(BACK_S_MAX):
            while True:
                tries += 1
                assert self.client is not None
                try:
                    number = await self.client.send(kind, **fields)
                    answer = await self._answer(self.client, number)
                except (ConnectionError, aiohttp.ClientError, TimeoutError):
                    answer = None
                if answer is None:
                    await self.come()
                    continue
                assert answer["type"] == "ack", answer
                return tries

    async def _answer(self, client: WireClient, number: int) -> dict[str, Any] | None:
        """What answers this message; None when the Connection ended without a word."""
        heard = asyncio.ensure_future(client.wait(lambda one: one.get("re") == number))
        done, _ = await asyncio.wait({heard, client.reading}, return_when=asyncio.FIRST_COMPLETED)
        if heard in done:
            return heard.result()
        heard.cancel()
        return None


async def stored(server: Homeroom, made: Class) -> list[facts.Fact]:
    database = await open_sqlite(server.database_file)
    try:
        async with database.read() as connection:
            return await facts.read(connection, made.org_id, made.session_id, limit=10_000)
    finally:
        await database.close()


@pytest.mark.timeout(240)
async def test_a_poll_survives_its_control() -> None:
    server = Homeroom()
    try:
        made = await add_class(
            server.database_file, "Polls", {"Ada": "instructor", **dict.fromkeys(STUDENTS, "student")}
        )
        async with aiohttp.ClientSession() as http:
            ada = Pupil(http, server.origin, made, "Ada")
            pupils = [Pupil(http, server.origin, made, name) for name in STUDENTS]
            await ada.come()
            await asyncio.gather(*(pupil.come() for pupil in pupils))
            await ada.insist("check_open", key="q1", spec=SPEC)
            assert ada.client is not None
            opened = await ada.client.wait(lambda one: one["type"] == "check_opened")
            check_id = opened["check"]["check_id"]

            async def answer(pupil: Pupil, option: str) -> None:
                given = {"option_ids": [option]}
                await pupil.insist(
                    "check_answer", check_id=check_id, key=f"a {pupil.name}".replace(" ", "_"), answer=given
                )
                await pupil.insist("chat", key="c1", to="room", text=f"I am {pupil.name}")

            await asyncio.gather(*(answer(pupil, "y") for pupil in pupils[:4]))
            victim = server.child("control")
            late = [asyncio.ensure_future(answer(pupil, "n")) for pupil in pupils[4:]]
            await late[0]  # one is acknowledged; the words of the others are on the way, or their answers are
            os.kill(victim, signal.SIGKILL)
            await asyncio.gather(*late)
            assert server.child("control") != victim

            welcome = await ada.come()
            class_ = welcome["room"]["class_"]
            assert class_["status"]["phase"] == "live"
            (tally,) = class_["checks"]["tallies"]
            assert (tally["answered"], [one["count"] for one in tally["counts"]]) == (8, [4, 4])
            assert sorted(one["text"] for one in class_["chat"]) == [f"I am {name}" for name in STUDENTS]
            for pupil in (ada, *pupils):
                assert len(pupil.ids) == 1, "the same Participant before and after"
                if pupil.client is not None:
                    await pupil.client.close()
            kept = await stored(server, made)
            answered = [fact.body["participant_id"] for fact in kept if fact.kind == "check_answered"]
            said = [fact.body["participant_id"] for fact in kept if fact.kind == "chat_posted"]
            assert len(answered) == len(set(answered)) == 8 and len(said) == len(set(said)) == 8
            assert [fact.kind for fact in kept].count("room_rebuilt") == 1
    finally:
        code = server.stop()
    assert code == 0


@pytest.mark.timeout(240)
async def test_browsers_come_back_in_the_same_page(network: Namespace | None) -> None:
    server = Homeroom()
    try:
        async with world(network, server) as stage:
            made = await add_class(server.database_file, "Verbs", {"Iris": "instructor", "Sam": "student"})
            looks = {"Iris": ORANGE, "Sam": BLUE}
            iris, sam = [
                Person(name, await stage.chromium(name, look=look), server.origin + made.path(name), look)
                for name, look in looks.items()
            ]
            for person in (iris, sam):
                await person.enter()
                await person.tab.evaluate("(window.__samePage = true)")
            await iris.wait_picture(sam)
            await sam.wait_picture(iris)
            before = {person.name: await ssrcs(person) for person in (iris, sam)}
            os.kill(server.child("control"), signal.SIGKILL)
            for person, other in ((iris, sam), (sam, iris)):
                await new_flows(person, before[person.name], BACK_S_MAX)
                await person.wait_picture(other, BACK_S_MAX)
                assert await person.tab.evaluate("window.__samePage === true"), f"{person.name}'s page was loaded again"
            kept = await stored(server, made)
            assert [fact.kind for fact in kept].count("joined") == 2, "nobody entered as somebody new"
    finally:
        code = server.stop()
    assert code == 0
