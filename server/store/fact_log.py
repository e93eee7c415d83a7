"""The way of a fact to the disk: many callers, one writer, one fsync for all that wait.

`append` returns when the fact is durable. A full queue is `Unavailable`, never silence; nothing is reordered.
"""

import asyncio
import json
from typing import Any

import sqlalchemy as sa

from server.clock import Clock
from server.errors import Fault, HomeroomError, Unavailable
from server.limits import FACT_BATCH_MAX, FACT_BODY_BYTES_MAX, FACT_QUEUE_MAX
from server.store.database import Database
from server.store.repositories import facts
from server.store.repositories.facts import NewFact

_Waiting = tuple[NewFact, "asyncio.Future[None]"]


class FactLog:
    """The append-only log of all Sessions. `run` is the writer and must be running; one per process."""

    def __init__(self, database: Database, clock: Clock, queue_max: int = FACT_QUEUE_MAX) -> None:
        self._database = database
        self._clock = clock
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue()
        self._queue_max = queue_max
        self._closed = False
        self.written = 0
        self.refused = 0

    async def append(self, org_id: str, session_id: str, kind: str, body: dict[str, Any]) -> None:
        """Make a fact durable. Raises `Unavailable` if the disk does not follow, `Fault` for what nobody can store."""
        if len(json.dumps(body)) > FACT_BODY_BYTES_MAX:
            raise Fault(f"a fact of kind {kind} is over {FACT_BODY_BYTES_MAX} bytes")
        if self._closed or self._queue.qsize() >= self._queue_max:
            self.refused += 1
            raise Unavailable("facts_busy", "The server cannot write fast enough. Try again in a moment.")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((NewFact(org_id, session_id, kind, body, self._clock.now_utc()), done))
        await done

    async def run(self) -> None:
        """Write until `close`; then write what still waits, and return."""
        open_ = True
        while open_:
            batch: list[_Waiting] = []
            open_ = self._take(await self._queue.get(), batch)
            while open_ and len(batch) < FACT_BATCH_MAX and not self._queue.empty():
                open_ = self._take(self._queue.get_nowait(), batch)
            if batch:
                await self._write(batch)

    def close(self) -> None:
        """Take no more facts; `run` returns once the rest is on disk."""
        if not self._closed:
            self._closed = True
            self._queue.put_nowait(None)

    def snapshot(self) -> dict[str, int]:
        """Numbers for people and metrics."""
        return {"waiting": self._queue.qsize(), "written": self.written, "refused": self.refused}

    @staticmethod
    def _take(item: _Waiting | None, batch: list[_Waiting]) -> bool:
        if item is None:
            return False
        batch.append(item)
        return True

    async def _write(self, batch: list[_Waiting]) -> None:
        """One transaction for the batch; if it is refused, each fact alone, so that one bad fact fails nobody else."""
        try:
            async with self._database.write() as connection:
                await facts.append(connection, [fact for fact, _ in batch])
        except (HomeroomError, sa.exc.SQLAlchemyError) as error:
            if len(batch) > 1 and not isinstance(error, Unavailable):
                for one in batch:
                    await self._write([one])
                return
            self.refused += len(batch)
            for _, done in batch:
                if not done.done():
                    done.set_exception(_as_ours(error))
            return
        self.written += len(batch)
        for _, done in batch:
            if not done.done():
                done.set_result(None)


def _as_ours(error: Exception) -> HomeroomError:
    if isinstance(error, HomeroomError):
        return error
    fault = Fault(f"a fact was refused by the database: {type(error).__name__}")
    fault.__cause__ = error
    return fault
