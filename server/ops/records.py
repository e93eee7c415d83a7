"""Records of Sessions, kept folded: the first who asks reads all facts, later ones only those that came since."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from server.classroom.events import read_fact
from server.classroom.record import Record
from server.classroom.times import utc_ms
from server.limits import RECORD_READ_FACTS, RECORDS_KEPT_MAX
from server.store.database import Database
from server.store.repositories import facts


@dataclass(slots=True)
class _Kept:
    record: Record = field(default_factory=Record)
    seq: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Records:
    """`of` gives a Record that is current. It is shared: read it at once, and change nothing in it."""

    def __init__(self, database: Database, kept_max: int = RECORDS_KEPT_MAX) -> None:
        self._database = database
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._kept_max = kept_max

    async def of(self, org_id: str, session_id: str) -> Record:
        """Everything that is stored of this Session until now."""
        kept = self._kept.setdefault((org_id, session_id), _Kept())
        self._kept.move_to_end((org_id, session_id))
        while len(self._kept) > self._kept_max:
            self._kept.popitem(last=False)
        async with kept.lock:
            while await self._read_on(org_id, session_id, kept):
                pass
        return kept.record

    async def _read_on(self, org_id: str, session_id: str, kept: _Kept) -> bool:
        async with self._database.read() as connection:
            batch = await facts.read(connection, org_id, session_id, kept.seq, RECORD_READ_FACTS)
        for fact in batch:
            event = read_fact(fact.kind, fact.body, utc_ms(fact.at_utc))
            if event is not None:
                kept.record.take(event)
            kept.seq = fact.seq
        # Others get their turn between two long stretches of facts.
        await asyncio.sleep(0)
        return len(batch) == RECORD_READ_FACTS
