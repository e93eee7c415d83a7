"""A synthetic participant of a large class: says, answers and raises a hand, and counts what it hears."""

import asyncio
import itertools
import json
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

from tests.measure.crowd_socket import CrowdSocket

ANSWER_S = 30.0
PING_S = 2.0
AGAIN = ("busy", "not_stored")
AGAIN_S = 1.0
_ACK = b'{"type":"ack","re":'
_CHAT = b'{"type":"chat_posted"'
_ERROR = b'{"type":"error"'
_OPENED = b'{"type":"check_opened"'
_RESULTS = b'{"type":"check_results"'
_HANDS = b'{"type":"hands"'
_WELCOME = b'{"type":"welcome"'
_KEY = re.compile(rb'"key":"([^"]+)"')


@dataclass
class Heard:
    """What everybody heard, together."""

    ack_ms: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    again: int = 0  # sent again, since the server could not take it just then
    messages: int = 0
    bytes: int = 0


class CrowdPerson:
    """One participant with its Connection."""

    def __init__(self, name: str, heard: Heard) -> None:
        self.name = name
        self.heard = heard
        self.chats: Counter[bytes] = Counter()  # by key: how often it was heard
        self.acked: set[str] = set()  # keys of what was acknowledged
        self.results: dict[str, dict[str, Any]] = {}
        self.result_at_s: dict[str, float] = {}
        self.told = asyncio.Event()  # a result came
        self.hands: list[str] = []
        self.opened: asyncio.Queue[str] = asyncio.Queue()
        self.welcome: dict[str, Any] = {}
        self._ids = itertools.count(1)
        self._waiting: dict[int, tuple[float, asyncio.Future[str | None]]] = {}
        self._seq = 0
        self.socket: CrowdSocket | None = None
        self.alive: asyncio.Task[None] | None = None

    @classmethod
    async def join(cls, name: str, origin: str, ticket: str, heard: Heard) -> Self:
        person = cls(name, heard)
        person.socket = await CrowdSocket.connect(origin, person._hear, person._lose)
        welcomed: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        person._waiting[1] = (time.perf_counter(), welcomed)
        next(person._ids)
        hello = {"type": "hello", "id": 1, "version": 1, "ticket": ticket, "client": {"name": "crowd"}}
        person.socket.send(json.dumps(hello).encode())
        async with asyncio.timeout(ANSWER_S):
            await welcomed
        person.alive = asyncio.create_task(person._keep_alive())
        return person

    def close(self) -> None:
        if self.alive is not None and self.socket is not None:
            self.alive.cancel()
            self.socket.close()

    async def say(self, kind: str, **fields: Any) -> None:
        """Send a message and wait for its acknowledgement. What could not be taken just now is sent again with the same
        key, as a page does."""
        while (code := await self._say_once(kind, fields)) is not None:
            if code not in AGAIN or "key" not in fields:
                raise RuntimeError(f"{self.name}: {code}")
            self.heard.again += 1
            await asyncio.sleep(AGAIN_S)
        if "key" in fields:
            self.acked.add(fields["key"])

    async def _say_once(self, kind: str, fields: dict[str, Any]) -> str | None:
        """None when it was acknowledged, else the code of the refusal."""
        assert self.socket is not None
        number = next(self._ids)
        done: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._waiting[number] = (time.perf_counter(), done)
        self.socket.send(json.dumps({"type": kind, "id": number, **fields}).encode())
        async with asyncio.timeout(ANSWER_S):
            return await done

    async def _keep_alive(self) -> None:
        """As a page does: a ping every two seconds with the last `seq` it saw, whether or not the one before was
        answered."""
        async with asyncio.TaskGroup() as pings:
            while self.socket is not None and not self.socket.closed:
                await asyncio.sleep(PING_S)
                pings.create_task(self.say("ping", seq=self._seq))

    # --- what comes -------------------------------------------------------------------------------------------------

    def _hear(self, message: bytes) -> None:
        self.heard.messages += 1
        self.heard.bytes += len(message)
        if message.startswith(_ACK):
            self._acknowledged(int(message[len(_ACK) : -1]))
            return
        at = message.find(b'"seq":', 0, 60)
        if at > 0:
            self._seq = int(re.match(rb"\d+", message[at + 6 : at + 22])[0])  # type: ignore[index]
        if message.startswith(_CHAT):
            key = _KEY.search(message)
            assert key is not None
            self.chats[key[1]] += 1
        elif message.startswith(_RESULTS):
            tally = json.loads(message)["tally"]
            if self.results.get(tally["check_id"], {}).get("answered") != tally["answered"]:
                self.result_at_s[tally["check_id"]] = time.perf_counter()
            self.results[tally["check_id"]] = tally
            self.told.set()
        elif message.startswith(_OPENED):
            self.opened.put_nowait(json.loads(message)["check"]["check_id"])
        elif message.startswith(_HANDS):
            self.hands = [one["participant_id"] for one in json.loads(message)["order"]] if self.name == "Iris" else []
        elif message.startswith(_WELCOME):
            self.welcome = json.loads(message)
            self._acknowledged(self.welcome["re"], measured=False)
        elif message.startswith(_ERROR):
            refusal = json.loads(message)
            if refusal["code"] not in AGAIN:
                self.heard.errors[refusal["code"]] += 1
            _, done = self._waiting.pop(refusal["re"], (0.0, None))
            if done is not None and not done.done():
                done.set_result(refusal["code"])

    def _lose(self, reason: str) -> None:
        """A page would come back; here nobody may be lost."""
        for _, done in self._waiting.values():
            if not done.done():
                done.set_exception(ConnectionError(f"{self.name} lost its connection: {reason}"))

    def _acknowledged(self, number: int, *, measured: bool = True) -> None:
        sent_s, done = self._waiting.pop(number)
        if measured:
            self.heard.ack_ms.append((time.perf_counter() - sent_s) * 1000)
        if not done.done():
            done.set_result(None)
