"""All of recordings in the control process, put together: book, watch, pipeline, link, files, deletion."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import structlog

from server.clock import Clock
from server.errors import HomeroomError
from server.ops.recordings.book import Book
from server.ops.recordings.deletion import Deletions
from server.ops.recordings.files import CopyFolders, ResultFiles
from server.ops.recordings.link import RecorderLink
from server.ops.recordings.pipeline import Keeping, Pipeline
from server.ops.recordings.watch import Watch
from server.store.database import Database
from server.store.fact_log import FactLog

EXPIRE_EVERY_S = 3600.0

_log = structlog.get_logger("recordings")


class LiveRooms(Protocol):
    """What the Rooms know of their recordings (`server.live.registry.Registry`)."""

    def recordings(self) -> Mapping[str, frozenset[str]]:
        """The recordings of all Rooms that stand, each with the Tracks that should sound."""
        ...


@dataclass(frozen=True, slots=True)
class RecordingPlaces:
    """Where everything of recordings is."""

    spool_dir: Path
    orders_address: str
    token: str = field(repr=False)
    store_url: str
    keeping: Keeping


class Recordings:
    """`attend` before `run`."""

    def __init__(self, places: RecordingPlaces, database: Database, clock: Clock, facts: FactLog) -> None:
        self._rooms: LiveRooms | None = None
        self._keeping = places.keeping
        self.book = Book(database, clock)
        self.watch = Watch(database, clock, self._live)
        self.files = ResultFiles(places.store_url)
        folders = CopyFolders((str(places.spool_dir),))
        self.pipeline = Pipeline(
            database, clock, facts, self.watch, folders, places.keeping, lambda: frozenset(self._live())
        )
        self.pipeline.link = RecorderLink(places.orders_address, places.token, self.pipeline.news)
        self.deletions = Deletions(database, clock, self.files, self.pipeline)

    def attend(self, rooms: LiveRooms) -> None:
        """These are the Rooms."""
        self._rooms = rooms

    async def run(self) -> None:
        """Everything that goes on by itself, until cancelled."""
        link = self.pipeline.link
        async with asyncio.TaskGroup() as group:
            group.create_task(self.book.run(), name="recording-book")
            group.create_task(self.watch.run(), name="recording-watch")
            group.create_task(self.pipeline.run(), name="recording-pipeline")
            group.create_task(self._expire(), name="recording-retention")
            if link is not None:
                group.create_task(link.run(), name="recorder-link")

    async def _expire(self) -> None:
        """Results whose time is over go, for real. Looked at each hour: retention is counted in days."""
        while True:
            await asyncio.sleep(EXPIRE_EVERY_S)
            try:
                await self.deletions.expired(self._keeping.result_days)
            except HomeroomError as error:
                _log.error("recordings_not_expired", code=error.code)

    def _live(self) -> Mapping[str, frozenset[str]]:
        return {} if self._rooms is None else self._rooms.recordings()
