"""What a change of a Room leads to, as values, and the one place that carries them out.

`apply` collects effects; the actor runs them afterwards, those of all that waited together: first their facts are
stored, with one write, then everything else in the order in which it was collected: commands to media, answers,
broadcasts, closes. Nothing here decides anything.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never, get_args

import structlog

from server.classroom.events import SCHEMA_VERSION, Event, body_of, kind_of
from server.classroom.events_class import PresenceEvent
from server.classroom.recording_book import BookEntry
from server.errors import Unavailable
from server.live.facts import FactKeeper, NewFact
from server.live.person import Person
from server.live.ports import Books, Outlet, Report
from server.rtc.port import MediaPlane, RoomCommand
from signaling.codec import Prepared, encode, prepare
from signaling.codes import ERROR_TEXTS, CloseCode, ErrorCode
from signaling.connection import OutgoingLog
from signaling.messages import Error, ServerMessage

REPORT_S = 3.0
_PRESENCE = get_args(PresenceEvent)
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

    event: Event


@dataclass(frozen=True, slots=True)
class FileReport:
    """A restricted Case, which must be durable before the asker hears of it."""

    report: Report


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
    """Messages that a resuming client missed, as they were. Read from the log when they are sent: what was collected
    before in the same batch is in it by then."""

    outlet: Outlet
    log: OutgoingLog
    seq: int


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


@dataclass(frozen=True, slots=True)
class Book:
    """What of a recording must be kept before a Tap opens."""

    entry: BookEntry


Effect = Fact | FileReport | Book | Put | Tell | Answer | Replay | Latest | Close | Entered


@dataclass(slots=True)
class Effects:
    """The collection that `apply` fills. `asker`: whose message this is about, and its id; set for what must not be
    acknowledged before it is stored. `told_before`: by log, what others in the same batch collected earlier."""

    items: list[Effect] = field(default_factory=list)
    asker: tuple[Outlet, int] | None = None
    told_before: Mapping[int, int] = field(default_factory=dict)
    told: dict[int, int] = field(default_factory=dict)  # by log: a log outlives the effects that name it

    def fact(self, event: Event) -> None:
        self.items.append(Fact(event))

    def report(self, report: Report) -> None:
        self.items.append(FileReport(report))

    def book(self, entry: BookEntry) -> None:
        self.items.append(Book(entry))

    def put(self, *commands: RoomCommand) -> None:
        self.items.extend(Put(command) for command in commands)

    def tell(self, person: Person, message: ServerMessage) -> None:
        self.tell_all((person,), message)

    def tell_all(self, people: Iterable[Person], message: ServerMessage) -> None:
        """The same message to many: encoded once."""
        prepared = prepare(message)
        for person in people:
            self.items.append(Tell(person.log, person.outlet, prepared))
            self.told[id(person.log)] = self.told.get(id(person.log), 0) + 1

    def seq_after(self, person: Person) -> int:
        """The number that the last message collected for this page will get."""
        log = id(person.log)
        return person.log.seq + self.told_before.get(log, 0) + self.told.get(log, 0)

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

    def __init__(self, plane: MediaPlane, facts: FactKeeper, books: Books, session_id: str, room_id: str) -> None:
        self._plane = plane
        self._books = books
        self._facts = facts
        self._session_id = session_id
        self._room_id = room_id

    async def run(self, batch: Sequence[Effects]) -> list[Effects]:
        """Store, then answer, then tell. What must not go out before it is stored, and could not be stored, is
        returned: its askers were told to try again."""
        facts = [item.event for effects in batch for item in effects.items if isinstance(item, Fact)]
        for event in facts:
            self._note(event)
        if facts:
            stored = await self._facts.keep([NewFact(kind_of(one), body_of(one), SCHEMA_VERSION) for one in facts])
        else:
            stored = not self._facts.is_stuck
        await self._keep_recording(batch)
        late: list[Effects] = []
        done = 0
        for effects in batch:
            if effects.asker is not None and not (stored and await self._file_reports(effects)):
                self._tell_not_stored(*effects.asker)
                late.append(effects)
                continue
            for item in effects.items:
                self._run(item)
                done += 1
                if done % YIELD_AFTER == 0:
                    await asyncio.sleep(0)
        return late

    async def run_late(self, effects: Effects) -> None:
        """What others are still to be told, now that it is stored after all; its asker will ask again."""
        for item in effects.items:
            if isinstance(item, Tell | Put | Latest):
                self._run(item)
        await asyncio.sleep(0)

    async def _keep_recording(self, batch: Sequence[Effects]) -> None:
        """Before any Tap opens: without its key what it records is noise."""
        entries = [item.entry for effects in batch for item in effects.items if isinstance(item, Book)]
        if entries and self._books.of_recording is not None:
            await self._books.of_recording.keep(entries)

    async def _file_reports(self, effects: Effects) -> bool:
        for item in effects.items:
            if isinstance(item, FileReport):
                try:
                    async with asyncio.timeout(REPORT_S):
                        await self._books.of_class.report(item.report)
                except (Unavailable, TimeoutError):
                    return False
        return True

    def _note(self, event: Event) -> None:
        """In the log: who came and went. What was said or drawn is nobody's business there."""
        if isinstance(event, _PRESENCE):
            body = {name: value for name, value in body_of(event).items() if name != "at_ms"}
            _log.info(f"participant_{kind_of(event)}", session=self._session_id, room=self._room_id, **body)

    @staticmethod
    def _tell_not_stored(outlet: Outlet, message_id: int) -> None:
        code = ErrorCode.NOT_STORED
        outlet.send(encode(Error(re=message_id, code=code.value, text=ERROR_TEXTS[code])))

    def _run(self, item: Effect) -> None:
        match item:
            case Fact() | FileReport() | Book():
                pass  # done above, before anybody hears of it
            case Put(command=command):
                self._plane.put(command)
            case Tell(log=log, outlet=outlet, message=message):
                encoded = log.append(message)
                if outlet is not None:
                    outlet.send(encoded)
            case Answer(outlet=outlet, make=make):
                outlet.send(encode(make()))
            case Replay(outlet=outlet, log=log, seq=seq):
                missed = log.missed(seq)
                if missed is None:
                    # What came in between was more than the log keeps: the client comes again and gets a snapshot.
                    outlet.close(CloseCode.TRY_AGAIN_LATER, "resume log overrun")
                for encoded in missed or ():
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
