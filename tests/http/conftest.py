"""The web application over a real store, with live Rooms that a test can imagine."""

import io
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiohttp.test_utils import TestClient, TestServer

from server.access.desk import Desk
from server.access.keys import new_key
from server.access.tickets import Tickets
from server.clock import ManualClock
from server.errors import Unavailable
from server.http.build import build_application
from server.http.caller import Callers
from server.http.health import health_routes
from server.http.join import join_routes
from server.http.pages import load_client, page_routes
from server.ops.booking import Bookings, SeatedPerson
from server.store.database import Database, open_sqlite
from server.store.repositories.sessions import Session
from server.telemetry.log import configure_logging
from server.telemetry.metrics import Metrics

Client = TestClient[Any, Any]
MakeClient = Callable[..., Awaitable[Client]]


@dataclass
class Rooms:
    """What the live Rooms would say."""

    in_use: set[str] = field(default_factory=set)
    live: set[str] = field(default_factory=set)

    def seat_in_use(self, session_id: str, seat_id: str) -> bool:
        return seat_id in self.in_use

    def is_live(self, session_id: str) -> bool:
        return session_id in self.live


@dataclass
class School:
    """Everything behind the application."""

    clock: ManualClock
    database: Database
    tickets: Tickets
    desk: Desk
    bookings: Bookings
    session: Session
    student: SeatedPerson
    rooms: Rooms = field(default_factory=Rooms)
    metrics: Metrics = field(default_factory=Metrics)
    media_up: bool = True

    @property
    def token(self) -> str:
        return self.student.link.token

    async def check_media(self) -> None:
        if not self.media_up:
            raise Unavailable("media_unavailable", "The media process does not answer.")


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    clock = ManualClock()
    database = await open_sqlite(tmp_path / "homeroom.db")
    tickets = Tickets(new_key(), database, clock)
    bookings = Bookings(database, clock, "test")
    org_id = await bookings.local_organisation()
    session = await bookings.book(org_id, "Quadratic Zebra", clock.now_utc() + timedelta(minutes=10), 60)
    student = await bookings.seat(session.session_id, "Philippa", "student")
    yield School(clock, database, tickets, Desk(database, tickets, clock, 300), bookings, session, student)
    await database.close()


@pytest.fixture
async def make_client(school: School, tmp_path: Path) -> AsyncIterator[MakeClient]:
    """A client of an application made with these options."""
    made: list[Client] = []

    async def make(
        *,
        static: Path = tmp_path / "static",
        proxies: tuple[str, ...] = (),
        admin_token: str = "",
        public_url: str = "",
        hsts: bool = False,
        more_routes: tuple[Any, ...] = (),
    ) -> Client:
        callers = Callers(proxies, admin_token, public_url)

        async def snapshot() -> Any:
            return {"rooms": sorted(school.rooms.live)}

        routes = [
            *health_routes(
                {"store": school.database.check, "media": school.check_media},
                school.metrics,
                {"live": snapshot},
                callers,
            ),
            *join_routes(school.desk, school.rooms, callers, school.metrics),
            *more_routes,
            *page_routes(load_client(static)),
        ]
        application = build_application(routes, callers, school.metrics, school.clock, hsts=hsts)
        client: Client = TestClient(TestServer(application))
        await client.start_server()
        made.append(client)
        return client

    yield make
    for client in made:
        await client.close()


@pytest.fixture
def log_text() -> Iterator[io.StringIO]:
    """Everything that is logged while a test runs, as it would stand on stderr; at the most talkative level."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    out = io.StringIO()
    configure_logging("debug", "json", "test", out)
    yield out
    structlog.reset_defaults()
    root.handlers[:], root.level = before


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A small built client."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Homeroom</title>")
    (folder / "assets" / "index-a1b2c3.js").write_text("console.log('x');\n" * 200)
    (folder / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return folder
