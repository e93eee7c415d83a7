"""The way of a recording's entries to the database: in order, repeated until they are durable.

A Tap opens when its key is durable. A store that does not follow must not keep a class unrecorded: after `WAIT_S` the
entry waits here and the Tap opens; only if this process then dies before the store is back, that key is lost.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from datetime import datetime

import structlog

from server.classroom.recording_book import BookEntry, RecordingBegan, TapClosed, TapOpened
from server.clock import Clock
from server.errors import Unavailable
from server.store.database import Connection, Database
from server.store.repositories import recordings

WAIT_S = 2.0
RETRY_S = 1.0
PENDING_MAX = 50_000  # 300 people who come and go for a day with a store that is away

_log = structlog.get_logger("recordings")


class Book:
    """One per process. `run` must be running."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._pending: deque[tuple[BookEntry, datetime]] = deque()
        self._work = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self.lost = 0

    async def keep(self, entries: Sequence[BookEntry]) -> None:
        """See `classroom.recording_book`."""
        now_utc = self._clock.now_utc()
        self._pending.extend((entry, now_utc) for entry in entries)
        while len(self._pending) > PENDING_MAX:
            self._pending.popleft()
            self.lost += 1
            _log.error("recording_entry_lost", lost=self.lost)
        self._settled.clear()
        self._work.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WAIT_S):
                await self._settled.wait()

    async def run(self) -> None:
        """Store what comes, for ever."""
        while True:
            await self._work.wait()
            batch = list(self._pending)
            try:
                await self._write(batch)
            except Unavailable as error:
                _log.error("recording_entries_waiting", waiting=len(batch), code=error.code)
                await asyncio.sleep(RETRY_S)
                continue
            for _ in batch:
                self._pending.popleft()
            if not self._pending:
                self._work.clear()
                self._settled.set()

    async def _write(self, batch: Sequence[tuple[BookEntry, datetime]]) -> None:
        """One transaction; if the database refuses it, each entry alone, so that a bad one takes no other along. Raises
        `Unavailable`."""
        try:
            async with self._database.write() as connection:
                for entry, at_utc in batch:
                    await _store(connection, entry, at_utc)
        except Unavailable:
            raise
        except Exception as error:
            if len(batch) > 1:
                for one in batch:
                    await self._write([one])
                return
            self.lost += 1
            kind = type(batch[0][0]).__name__
            _log.error("recording_entry_lost", entry=kind, lost=self.lost, reason=type(error).__name__)

    def snapshot(self) -> dict[str, int]:
        return {"waiting": len(self._pending), "lost": self.lost}


async def _store(connection: Connection, entry: BookEntry, at_utc: datetime) -> None:
    match entry:
        case RecordingBegan():
            await recordings.begin(
                connection, entry.org_id, entry.recording_id, entry.session_id, entry.room_id, at_utc
            )
        case TapOpened():
            await recordings.add_key(
                connection,
                {
                    "key_id": entry.key_id,
                    "org_id": entry.org_id,
                    "recording_id": entry.recording_id,
                    "participant_id": entry.participant_id,
                    "person_id": entry.person_id,
                    "secret": entry.key,
                    "created_utc": at_utc,
                },
            )
            await recordings.add_tap(
                connection,
                {
                    "tap_id": entry.tap_id,
                    "org_id": entry.org_id,
                    "recording_id": entry.recording_id,
                    "track_id": entry.track_id,
                    "participant_id": entry.participant_id,
                    "person_id": entry.person_id,
                    "role": entry.role,
                    "source": entry.source,
                    "kind": entry.kind,
                    "opened_utc": at_utc,
                },
            )
        case TapClosed():
            await recordings.close_tap(connection, entry.tap_id, at_utc)
