"""What a change of a Room leads to, as values, and the one place that carries them out.

`apply` collects effects; the actor runs them afterwards: first facts are stored, then everything else in the order in
which it was collected: commands to media, answers, broadcasts, closes. Nothing here decides anything.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, assert_never

import structlog

from server.live.facts import FactKeeper
from server.live.person import Person
from server.live.ports import Outlet
from server.rtc.port import MediaPlane, RoomCommand
from signaling.codec import Prepared, encode, prepare
from signaling.connection import OutgoingLog
from signaling.messages import ServerMessage

YIELD_AFTER = 500  # some 5 ms of work: then other Rooms and the sockets get their turn

_log = structlog.get_logger("live")


@dataclass(frozen=True, slots=True)
class Place:
    """What entering gave: where this Connection's messages go from now on."""

    room_id: str
    participant_id: str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, to be kept for ever. Ids only, no names."""

    kind: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Put:
    """A wanted end, for media."""

    command: RoomCommand


@dataclass(frozen=True, slots=True)
class Tell:
    """A numbered message to one page of a Participant: kept until seen, whether or not it is connected."""

    log: OutgoingLog
    outlet: Outlet | None
    message: Prepared


@dataclass(frozen=True, slots=True)
class Answer:
    """A message without number to whoever is connected now. Made when it is sent, since it may state the latest
    `seq`."""

    outlet: Outlet
    make: Callable[[], ServerMessage]


@dataclass(frozen=True, slots=True)
class Replay:
    """Messages that a resuming client missed, as they were."""

    outlet: Outlet
    encoded: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Latest:
    """A latest-wins message."""

    outlet: Outlet
    key: str
    encoded: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """End a Connection."""

    outlet: Outlet
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Entered:
    """Tell the pump that its Connection has come in."""

    answer: "asyncio.Future[Place]"
    place: Place


Effect = Fact | Put | Tell | Answer | Replay | Latest | Close | Entered


@dataclass(slots=True)
class Effects:
    """The collection that `apply` fills."""

    items: list[Effect] = field(default_factory=list)
    _told: dict[int, int] = field(default_factory=dict)  # by log: a log outlives the effects that name it

    def fact(self, kind: str, **body: Any) -> None:
        self.items.append(Fact(kind, body))

    def put(self, *commands: RoomCommand) -> None:
        self.items.extend(Put(command) for command in commands)

    def tell(self, person: Person, message: ServerMessage) -> None:
        self.tell_all((person,), message)

    def tell_all(self, people: Iterable[Person], message: ServerMessage) -> None:
        """The same message to many: encoded once."""
        prepared = prepare(message)
        for person in people:
            self.items.append(Tell(person.log, person.outlet, prepared))
            self._told[id(person.log)] = self._told.get(id(person.log), 0) + 1

    def seq_after(self, person: Person) -> int:
        """The number that the last message collected for this page will get."""
        return person.log.seq + self._told.get(id(person.log), 0)

    def answer(self, outlet: Outlet | None, message: ServerMessage) -> None:
        if outlet is not None:
            self.items.append(Answer(outlet, lambda: message))

    def latest(self, people: Iterable[Person], key: str, message: ServerMessage) -> None:
        encoded = encode(message)
        self.items.extend(Latest(person.outlet, key, encoded) for person in people if person.outlet is not None)

    def close(self, outlet: Outlet | None, code: int, reason: str) -> None:
        if outlet is not None:
            self.items.append(Close(outlet, code, reason))


class EffectRunner:
    """Carries effects out for one Room."""

    def __init__(self, plane: MediaPlane, facts: FactKeeper, session_id: str, room_id: str) -> None:
        self._plane = plane
        self._facts = facts
        self._session_id = session_id
        self._room_id = room_id

    async def run(self, effects: Effects) -> None:
        facts = [item for item in effects.items if isinstance(item, Fact)]
        for fact in facts:
            _log.info(f"participant_{fact.kind}", session=self._session_id, room=self._room_id, **fact.body)
        if facts:
            await self._facts.keep([(fact.kind, fact.body) for fact in facts])
        for number, item in enumerate(effects.items, 1):
            self._run(item)
            if number % YIELD_AFTER == 0:
                await asyncio.sleep(0)

    def _run(self, item: Effect) -> None:
        match item:
            case Fact():
                pass  # stored above, before anybody hears of it
            case Put(command=command):
                self._plane.put(command)
            case Tell(log=log, outlet=outlet, message=message):
                encoded = log.append(message)
                if outlet is not None:
                    outlet.send(encoded)
            case Answer(outlet=outlet, make=make):
                outlet.send(encode(make()))
            case Replay(outlet=outlet, encoded=several):
                for encoded in several:
                    outlet.send(encoded)
            case Latest(outlet=outlet, key=key, encoded=encoded):
                outlet.send_latest(key, encoded)
            case Close(outlet=outlet, code=code, reason=reason):
                outlet.close(code, reason)
            case Entered(answer=answer, place=place):
                if not answer.done():
                    answer.set_result(place)
            case _:
                assert_never(item)
