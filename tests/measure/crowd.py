"""A crowd: 300 synthetic participants in one class on a real server, who chat, answer polls and raise hands.

Each speaks the protocol over a WebSocket of its own; there is no media. Measured is what a person feels (how long until
the server says "taken"), and counted is what nobody may lose: every chat message that was acknowledged is heard by
everyone once, every acknowledged answer counts once, and the facts in the database say the same. Some of what is sent
is sent twice, as a page does that did not hear the answer.
"""

import asyncio
import os
import random
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import aiohttp

from tests.measure.crowd_person import CrowdPerson, Heard
from tests.measure.report import Row, percentile, publish
from tests.support.homeroom import Homeroom
from tests.support.roster import add_class
from tests.support.wire_client import exchange

PARTICIPANTS = int(os.environ.get("CROWD", "300"))
SECONDS = float(os.environ.get("CROWD_SECONDS", "45"))
CHATS_PER_S = 15.0
HANDS_PER_S = 8.0
HAND_UP_S = 3.0
REACTIONS_PER_S = 4.0
PULSES_PER_S = 4.0
THUMB_S = 5.0
POLL_EVERY_S = 12.0
ANSWER_WITHIN_S = 2.0
TWICE_SHARE = 0.1  # of chats and answers that are sent again with the same key
JOINS_AT_ONCE = 20
SETTLE_S = 20.0

ACK_MS_P99_MAX = 300
RESULT_MS_MAX = 1000

OPTIONS = [{"option_id": one, "text": one.upper()} for one in "abcd"]
POLL = {"kind": "single", "prompt": "Which one?", "options": OPTIONS, "right": {"option_ids": ["b"]}}


class Crowd:
    """The class and its script; all chance comes from one seed."""

    def __init__(self, iris: CrowdPerson, students: list[CrowdPerson], heard: Heard) -> None:
        self.iris = iris
        self.students = students
        self.everyone = [iris, *students]
        self.heard = heard
        self.dice = random.Random(4)
        self.polls: dict[str, set[str]] = {}  # by check: who was acknowledged
        self.result_ms: list[float] = []
        self.hands_up: set[str] = set()
        self.thumbs: dict[tuple[str, str], float] = {}

    async def run(self) -> None:
        async with asyncio.timeout(SECONDS + 2 * SETTLE_S), asyncio.TaskGroup() as tasks:
            for kind in (
                self._often(CHATS_PER_S, self._chat),
                self._often(HANDS_PER_S, self._hand),
                self._often(REACTIONS_PER_S, self._react),
                self._often(PULSES_PER_S, self._pulse),
                self._polls(),
            ):
                tasks.create_task(kind)

    async def _often(self, per_s: float, act: Any) -> None:
        """At random moments, whether or not the one before is done: people do not wait for each other."""
        end_s = time.perf_counter() + SECONDS
        async with asyncio.TaskGroup() as tasks:
            while time.perf_counter() < end_s:
                await asyncio.sleep(self.dice.expovariate(per_s))
                tasks.create_task(act(self.dice.choice(self.students)))

    async def _chat(self, person: CrowdPerson) -> None:
        key = f"c{self.dice.getrandbits(60):x}"
        await self._perhaps_twice(lambda: person.say("chat", key=key, to="room", text=f"I think it is {key[:4]}."))

    async def _hand(self, person: CrowdPerson) -> None:
        if person.name in self.hands_up:
            return
        self.hands_up.add(person.name)
        await person.say("hand", raised=True)
        await asyncio.sleep(HAND_UP_S)
        await person.say("hand", raised=False)
        self.hands_up.discard(person.name)

    async def _react(self, person: CrowdPerson) -> None:
        if self._may_again("react", person):
            await person.say("react", reaction="clap")

    async def _pulse(self, person: CrowdPerson) -> None:
        if self._may_again("pulse", person):
            await person.say("pulse", value=self.dice.choice(["understood", "lost"]))

    def _may_again(self, what: str, person: CrowdPerson) -> bool:
        """No thumb is faster than this; the server refuses what is."""
        now_s = time.perf_counter()
        before_s = self.thumbs.get((what, person.name), 0.0)
        if now_s - before_s < THUMB_S:
            return False
        self.thumbs[what, person.name] = now_s
        return True

    async def _perhaps_twice(self, send: Any) -> None:
        sent: list[Coroutine[Any, Any, None]] = [send()]
        if self.dice.random() < TWICE_SHARE:
            sent.append(send())
        await asyncio.gather(*sent)

    async def _polls(self) -> None:
        end_s = time.perf_counter() + SECONDS
        number = 0
        while time.perf_counter() + POLL_EVERY_S < end_s:
            number += 1
            await self.iris.say("check_open", key=f"poll{number}", spec=POLL)
            check_id = await self.iris.opened.get()
            self.polls[check_id] = set()
            await asyncio.gather(*(self._answer(student, check_id) for student in self.students))
            answered_s = time.perf_counter()
            await self._wait_result(check_id)
            self.result_ms.append(max(0.0, self.iris.result_at_s[check_id] - answered_s) * 1000)
            await asyncio.sleep(POLL_EVERY_S - ANSWER_WITHIN_S)

    async def _answer(self, student: CrowdPerson, check_id: str) -> None:
        await asyncio.sleep(self.dice.uniform(0, ANSWER_WITHIN_S))
        answer = {"option_ids": [self.dice.choice("abcd")]}
        key = f"a{self.dice.getrandbits(60):x}"
        await self._perhaps_twice(lambda: student.say("check_answer", check_id=check_id, key=key, answer=answer))
        self.polls[check_id].add(student.name)

    async def _wait_result(self, check_id: str) -> None:
        async with asyncio.timeout(SETTLE_S):
            while self.iris.results.get(check_id, {}).get("answered") != len(self.students):
                self.iris.told.clear()
                await self.iris.told.wait()

    async def settle(self) -> None:
        """Until everyone has heard all that was acknowledged, or does not hear it any more."""
        acked = self.acked_chats()
        for _ in range(round(SETTLE_S * 10)):
            if not self.iris.hands and all(len(one.chats) >= len(acked) for one in self.everyone):
                return
            await asyncio.sleep(0.1)

    def acked_chats(self) -> set[bytes]:
        return {key.encode() for one in self.students for key in one.acked if key.startswith("c")}


def count(crowd: Crowd, facts: Counter[tuple[str, str]]) -> tuple[int, int]:
    """What was acknowledged and is missing somewhere, and what was heard or kept more than once."""
    lost = twice = 0
    chats = crowd.acked_chats()
    for one in crowd.everyone:
        lost += len(chats - one.chats.keys())
        twice += sum(times - 1 for times in one.chats.values())
    kept_chats = {key for kind, key in facts if kind == "chat_posted"}
    lost += len({key.decode() for key in chats} - kept_chats)
    for check_id, who in crowd.polls.items():
        tally = crowd.iris.results[check_id]
        difference = len(who) - sum(option["count"] for option in tally["counts"])
        lost += max(0, difference)
        twice += max(0, -difference)
    answers = {key for one in crowd.students for key in one.acked if key.startswith("a")}
    lost += len(answers - {key for kind, key in facts if kind == "check_answered"})
    twice += sum(times - 1 for times in facts.values())
    lost += len(crowd.iris.hands)  # all are down in the end
    return lost, twice


def read_facts(database_file: Path, session_id: str) -> Counter[tuple[str, str]]:
    """By kind and key, how often the facts of this class hold it."""
    with sqlite3.connect(f"file:{database_file}?mode=ro", uri=True, timeout=10) as connection:
        rows = connection.execute(
            "SELECT kind, json_extract(body, '$.key') FROM facts WHERE session_id = ? AND kind IN (?, ?)",
            (session_id, "chat_posted", "check_answered"),
        ).fetchall()
    return Counter((kind, key) for kind, key in rows)


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def join_all(server: Homeroom, heard: Heard) -> tuple[str, list[CrowdPerson]]:
    names = [f"Student {number:03}" for number in range(PARTICIPANTS - 1)]
    roles = {"Iris": "instructor"} | dict.fromkeys(names, "student")
    made = await add_class(server.database_file, "Crowd", roles, participants_max=PARTICIPANTS)
    gate = asyncio.Semaphore(JOINS_AT_ONCE)
    async with aiohttp.ClientSession() as http:

        async def join(name: str) -> CrowdPerson:
            async with gate:
                ticket = await exchange(http, server.origin, made.path(name))
                return await CrowdPerson.join(name, server.origin, ticket, heard)

        iris = await join("Iris")
        return made.session_id, [iris, *await asyncio.gather(*(join(name) for name in names))]


async def measure(server: Homeroom) -> tuple[list[Row], dict[str, object]]:
    heard = Heard()
    began_s = time.perf_counter()
    session_id, people = await join_all(server, heard)
    join_s = time.perf_counter() - began_s
    print(f"{len(people)} joined in {join_s:.1f} s", file=sys.stderr)
    crowd = Crowd(people[0], people[1:], heard)
    heard.ack_ms.clear()
    heard.messages = heard.bytes = 0
    control = server.child("control")
    before_s, began_s = cpu_s(control), time.perf_counter()
    own_before_s = time.process_time()
    await crowd.run()
    took_s = time.perf_counter() - began_s
    control_share = (cpu_s(control) - before_s) / took_s
    own_share = (time.process_time() - own_before_s) / took_s
    await crowd.settle()
    facts = read_facts(server.database_file, session_id)
    lost, twice = count(crowd, facts)
    for one in people:
        one.close()
    rows = [
        Row("participants", len(people), at_least=PARTICIPANTS),
        Row("ack_ms_p50", round(percentile(heard.ack_ms, 0.5), 1)),
        Row("ack_ms_p99", round(percentile(heard.ack_ms, 0.99), 1), at_most=ACK_MS_P99_MAX),
        Row("ack_ms_max", round(max(heard.ack_ms), 1)),
        Row("result_ms_max", round(max(crowd.result_ms), 1), at_most=RESULT_MS_MAX),
        Row("lost", lost, at_most=0),
        Row("twice", twice, at_most=0),
        Row("refused", sum(heard.errors.values()), at_most=0),
        Row("again", heard.again),
        Row("sent", len(heard.ack_ms)),
        Row("heard", heard.messages),
        Row("control_cores", round(control_share, 2)),
    ]
    more = {
        "seconds": round(took_s, 1),
        "join_s": round(join_s, 1),
        "heard_bytes": heard.bytes,
        "crowd_cores": round(own_share, 2),
        "refusals": dict(heard.errors),
        "answers": sum(len(who) for who in crowd.polls.values()),
        "chats": len(crowd.acked_chats()),
    }
    print(more, file=sys.stderr)
    return rows, more


def main() -> int:
    server = Homeroom()
    try:
        rows, more = asyncio.run(measure(server))
    finally:
        server.stop()
    notes = (
        f"{PARTICIPANTS} WebSockets from one process on the same machine, {SECONDS:.0f} s of chat, hands, reactions, "
        f"pulse and polls that all answer within {ANSWER_WITHIN_S:.0f} s; a tenth is sent twice."
    )
    return 0 if publish("crowd", "A class of 300 that talks", rows, notes, more) else 1


if __name__ == "__main__":
    sys.exit(main())
