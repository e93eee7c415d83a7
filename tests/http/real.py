"""The real control process in this one, with a clock that stands still, and a class in its database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from server.app import Control
from server.classroom.events import SCHEMA_VERSION, Event, body_of, kind_of
from server.classroom.times import utc_ms
from server.clock import ManualClock
from server.config import Config, Secrets, ServerConfig
from server.http.keeper import CertificateKeeper
from server.http.listen import listen, port_of
from server.ops.booking import Bookings, SeatedPerson
from server.store.database import Database, open_sqlite
from server.store.repositories.sessions import Session
from tests.cli.fake_media import FakeMedia

READY_S = 20.0


@dataclass
class Campus:
    """A running server, one class of an hour that begins in ten minutes, and its people."""

    clock: ManualClock
    database: Database
    control: Control
    http: aiohttp.ClientSession
    origin: str
    bookings: Bookings
    org_id: str
    session: Session
    ben: SeatedPerson
    ada: SeatedPerson
    cara: SeatedPerson
    folder: Path
    others: dict[str, SeatedPerson] = field(default_factory=dict)

    def at(self, minute: float) -> int:
        """Milliseconds at this minute of the class."""
        return utc_ms(self.session.starts_utc) + round(minute * 60_000)

    async def happened(self, *events: Event) -> None:
        """Facts of the class, stored as a Room would."""
        for event in events:
            await self.control.facts.append(
                self.org_id, self.session.session_id, kind_of(event), body_of(event), schema_version=SCHEMA_VERSION
            )

    async def ask(self, who: SeatedPerson | str | None, path: str, method: str = "GET", **more: Any) -> tuple[int, Any]:
        """Status and JSON of a request by somebody's link."""
        token = who.link.token if isinstance(who, SeatedPerson) else who
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with self.http.request(method, self.origin + path, headers=headers, **more) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, await answer.json() if is_json else await answer.read()

    async def good(self, who: SeatedPerson | None, path: str, method: str = "GET", **more: Any) -> Any:
        """The JSON of a request that must work."""
        status, body = await self.ask(who, path, method, **more)
        assert status < 300, body
        return body


@contextlib.asynccontextmanager
async def campus(folder: Path, *, admin_token: str = "") -> AsyncIterator[Campus]:
    """Everything up, and down again."""
    config = replace(Config(), server=ServerConfig(port=0, data_dir=str(folder / "data")))
    clock = ManualClock()
    database = await open_sqlite(config.folder.database)
    sockets = listen(config.server)
    ready, stop = asyncio.Event(), asyncio.Event()
    try:
        async with FakeMedia(config.folder.run / "media.sock"):
            keeper = CertificateKeeper(config, config.base_url(port_of(sockets)), clock)
            control = Control(config, Secrets("word", admin_token), clock, sockets, database, keeper)
            running = asyncio.create_task(control.run(stop, lambda _lines: ready.set(), demo=False))
            try:
                async with asyncio.timeout(READY_S):
                    await ready.wait()
                async with aiohttp.ClientSession() as http:
                    origin = f"http://localhost:{port_of(sockets)}"
                    yield await _people(clock, database, control, http, origin, folder)
            finally:
                stop.set()
                await running
    finally:
        await database.close()


async def _people(
    clock: ManualClock, database: Database, control: Control, http: aiohttp.ClientSession, origin: str, folder: Path
) -> Campus:
    bookings = Bookings(database, clock, "test")
    org_id = await bookings.local_organisation()
    session = await bookings.book(org_id, "Quadratic Zebra", clock.now_utc() + timedelta(minutes=10), 60)
    ben = await bookings.seat(session.session_id, "Ben", "instructor")
    ada = await bookings.seat(session.session_id, "Ada", "student", is_minor=True)
    cara = await bookings.seat(session.session_id, "Cara", "student")
    return Campus(clock, database, control, http, origin, bookings, org_id, session, ben, ada, cara, folder)
