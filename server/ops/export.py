"""A Session's facts for another program, as one JSON text, made piece by piece.

Left out: the text of chat that somebody deleted (the safeguarding role reads that), and who gave an anonymous answer.
"""

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from server.access.holder import Holder
from server.clock import Clock
from server.limits import RECORD_READ_FACTS
from server.ops.exception_queue import SAFEGUARDING
from server.ops.records import Records
from server.ops.wire import Json, instant, session_json
from server.store.database import Database
from server.store.repositories import audit, facts, seats
from server.store.repositories.facts import Fact

_encoder = msgspec.json.Encoder()
_CHAT = frozenset({"chat_posted", "chat_edited"})


class Export:
    """For staff; and for a safeguarding person, who reads deleted text too, which the audit trail notes."""

    def __init__(self, database: Database, records: Records, clock: Clock) -> None:
        self._database = database
        self._records = records
        self._clock = clock

    async def pieces(self, holder: Holder) -> AsyncIterator[bytes]:
        """The text in pieces; what is refused is refused with the first."""
        whole = SAFEGUARDING in holder.rights
        if not whole:
            holder.require_staff()
        async with self._database.read() as connection:
            everyone = await seats.list_seats(connection, holder.org_id, holder.session_id)
        record = await self._records.of(holder.org_id, holder.session_id)
        head: Json = {
            "session": session_json(holder.session, self._clock.now_utc(), record),
            "seats": [
                {
                    "seat_id": seat.seat_id,
                    "person_id": seat.person_id,
                    "display_name": seat.display_name,
                    "role": seat.role,
                }
                for seat in everyone
            ],
        }
        deleted, anonymous = await self._hidden(holder)
        if whole:
            deleted.clear()
            await self._note(holder)
        yield _encoder.encode(head)[:-1] + b',"facts":['
        first = True
        async for batch in self._batches(holder):
            lines = [_encoder.encode(_json(fact, deleted, anonymous)) for fact in batch]
            yield (b"" if first else b",") + b",".join(lines)
            first = False
        yield b"]}"

    async def _note(self, holder: Holder) -> None:
        """Who read what others may not."""
        now_utc = self._clock.now_utc()
        async with self._database.write() as connection:
            await audit.append(
                connection, holder.org_id, holder.person_id, "whole_record_read", holder.session_id, now_utc
            )

    async def _hidden(self, holder: Holder) -> tuple[set[str], set[str]]:
        """Chat that was deleted and checks that are anonymous: known only once all facts were read."""
        deleted: set[str] = set()
        anonymous: set[str] = set()
        async for batch in self._batches(holder):
            for fact in batch:
                if fact.kind == "chat_deleted":
                    deleted.add(str(fact.body.get("chat_id")))
                elif fact.kind == "check_opened" and fact.body.get("anonymous"):
                    anonymous.add(str(fact.body.get("check_id")))
        return deleted, anonymous

    async def _batches(self, holder: Holder) -> AsyncIterator[list[Fact]]:
        after = 0
        while True:
            async with self._database.read() as connection:
                batch = await facts.read(connection, holder.org_id, holder.session_id, after, RECORD_READ_FACTS)
            if not batch:
                return
            after = batch[-1].seq
            yield batch


def _json(fact: Fact, deleted: set[str], anonymous: set[str]) -> Json:
    body: dict[str, Any] = dict(fact.body)
    if fact.kind in _CHAT and body.get("chat_id") in deleted:
        body["text"] = None
    if fact.kind == "check_answered" and body.get("check_id") in anonymous:
        body["participant_id"] = None
    return {
        "seq": fact.seq,
        "kind": fact.kind,
        "schema_version": fact.schema_version,
        "at_utc": instant(fact.at_utc),
        "body": body,
    }
