"""What is kept of a class beside the facts that are appended: its memory, its state, reports, withdrawn Seats."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from server.access.views import SeatView
from server.errors import Fault
from server.live.ports import Memory, Report
from server.store.database import Connection, Database
from server.store.repositories import facts, seats, sessions
from signaling.lesson import ClassPhase

READ_AT_ONCE = 1_000
# A class of several hundred people over hours. More than that is not a class, and is not read into memory.
FACTS_MAX = 200_000
GOING_ON_MAX = 2_000
BOARD_KINDS = ("board_opened", "board_page_added", "board_page_shown")
BOARD_FACTS_MAX = 2_000
DRAWN_FACTS_MAX = 5_000  # the latest; a class that drew more begins the next one without its oldest strokes
SITTING = "class_opened"  # the kind of the fact that a sitting begins with


class OpenCase(Protocol):
    """Puts something into the exception queue."""

    async def __call__(
        self,
        org_id: str,
        kind: str,
        cause_key: str,
        context: Mapping[str, Any],
        *,
        session_id: str | None = None,
        person_id: str | None = None,
    ) -> str: ...


class Roll(Protocol):
    """Who has a Seat in a Session."""

    async def roll(self, org_id: str, session_id: str) -> Sequence[SeatView]: ...


class StoredClassBook:
    """The book of all classes, in the database."""

    def __init__(self, database: Database, roll: Roll, open_case: OpenCase) -> None:
        self._database = database
        self._roll = roll
        self._open_case = open_case

    async def memory(self, org_id: str, session_id: str) -> Memory:
        """The facts of the latest sitting, in order, and who has a Seat."""
        kept: list[facts.Fact] = []
        async with self._database.read() as connection:
            session = await sessions.get_session(connection, org_id, session_id)
            if session is None:
                raise Fault("a room was opened for a session that does not exist")
            after = await facts.last_seq(connection, org_id, session_id, SITTING)
            seq = 0 if after is None else after - 1
            while after is not None:
                some = await facts.read(connection, org_id, session_id, seq, READ_AT_ONCE)
                kept += some
                if len(kept) > FACTS_MAX:
                    raise Fault("a class has more facts than fit into memory")
                if len(some) < READ_AT_ONCE:
                    break
                seq = some[-1].seq
            earlier = () if kept else await self._boards_before(connection, session)
        roll = await self._roll.roll(org_id, session_id)
        return Memory(kept, roll, session.always_open, session.starts_utc, session.ends_utc, earlier)

    @staticmethod
    async def _boards_before(connection: Connection, session: sessions.Session) -> Sequence[facts.Fact]:
        """What was drawn in the class before this one in its series."""
        before = await sessions.before_in_series(connection, session)
        if before is None:
            return ()
        of = before.org_id, before.session_id
        made = await facts.read_kinds(connection, *of, BOARD_KINDS, BOARD_FACTS_MAX)
        drawn = await facts.read_kinds(connection, *of, ("board_drawn",), DRAWN_FACTS_MAX)
        return sorted([*made, *drawn], key=lambda fact: fact.seq)

    async def set_phase(self, org_id: str, session_id: str, phase: ClassPhase) -> None:
        """A standing room that is over waits for its next sitting; every other class stays over."""
        async with self._database.write() as connection:
            session = await sessions.get_session(connection, org_id, session_id)
            if session is None:
                return
            over = phase in ("ended", "closed_out", "not_held", "cancelled")
            state = "scheduled" if session.always_open and over else phase
            if session.state != state:
                # The row was read in this transaction: nobody else can have changed its revision.
                await sessions.set_state(connection, org_id, session_id, state, session.revision)

    async def report(self, report: Report) -> None:
        """A Case; the same key again changes nothing but its count."""
        context = {
            "text": report.text,
            "by_person_id": report.by_person_id,
            "about_person_id": report.about_person_id,
        }
        cause = f"{report.kind}:{report.session_id}:{report.by_person_id}:{report.key}"
        await self._open_case(
            report.org_id, report.kind, cause, context, session_id=report.session_id, person_id=report.about_person_id
        )

    async def going_on(self) -> Sequence[tuple[str, str]]:
        """Classes that were open or live when the last process ended."""
        async with self._database.read() as connection:
            found = await sessions.list_in_states(connection, ("open", "live", "interrupted"), GOING_ON_MAX)
        return [(one.org_id, one.session_id) for one in found]

    async def withdrawn(self, held: Sequence[tuple[str, str]]) -> Sequence[str]:
        """Of these Seats, each with the link that was used (or ""): which lead nowhere any more."""
        async with self._database.read() as connection:
            return await seats.withdrawn(connection, held)
