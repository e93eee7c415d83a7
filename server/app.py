"""The control process: the only place where its parts are made and joined. Everybody else is handed what they need.

Reads from top to bottom in the order in which the parts start; they stop the other way round.
"""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import structlog

from server.access.desk import Desk
from server.access.keys import load_or_make
from server.access.policy import actions
from server.access.tickets import Tickets
from server.clock import Clock
from server.config import Config, Secrets
from server.errors import Unavailable
from server.http.build import WebServer, build_application
from server.http.caller import Callers
from server.http.health import health_routes
from server.http.join import join_routes
from server.http.keeper import CertificateKeeper
from server.http.listen import port_of
from server.http.pages import load_client, page_routes
from server.http.websocket import websocket_route
from server.ids import mint
from server.live.registry import Registry
from server.ops.demo import ensure_demo
from server.rtc.plane import LinkPlane
from server.store.database import Database, open_sqlite
from server.store.epoch import next_epoch
from server.store.fact_log import FactLog
from server.store.files import write_private
from server.telemetry.metrics import Metrics

READY_POLL_S = 0.05

OnReady = Callable[[Sequence[str]], None]

_log = structlog.get_logger("app")


class Control:
    """All parts of a control process. `run` lives as long as it does."""

    def __init__(
        self,
        config: Config,
        secrets: Secrets,
        clock: Clock,
        sockets: Sequence[socket.socket],
        database: Database,
        keeper: CertificateKeeper,
    ) -> None:
        folder = config.folder
        self._config = config
        self._clock = clock
        self._sockets = sockets
        self._base_url = config.base_url(port_of(sockets))
        self._database = database
        self.facts = FactLog(database, clock)
        self.tickets = Tickets(load_or_make(folder.ticket_key), database, clock)
        self.desk = Desk(database, self.tickets, clock, config.live.participants_max)
        self.plane = LinkPlane(
            config.link_address,
            secrets.link_token,
            mint("ctl"),
            next_epoch(folder.run / "lease-epoch", clock),
            clock,
        )
        self.registry = Registry(
            plane=self.plane,
            seats=self.desk,
            tickets=self.tickets,
            facts=self.facts,
            clock=clock,
            config=config.live,
            actions=actions,
        )
        self.metrics = Metrics()
        self.metrics.gauges(self._gauges)
        self.metrics.counters(self.plane.counters)
        self._keeper = keeper
        self._web = WebServer(self._application(secrets), sockets, keeper.context)

    def _application(self, secrets: Secrets) -> Any:
        server = self._config.server
        callers = Callers(server.trusted_proxies, secrets.admin_token, server.public_url)
        assets = load_client()
        if not assets:
            _log.warning("web_client_not_built")
        routes = [
            *health_routes(
                {"store": self._database.check, "media": self._check_media},
                self.metrics,
                {"live": self._snapshot_live, "media": self._snapshot_media},
                callers,
            ),
            *join_routes(self.desk, self.registry, callers, self.metrics),
            websocket_route(self.registry, callers, self.metrics),
            *page_routes(assets),  # last: they take every path that nobody else has
        ]
        hsts = self._config.tls_mode in ("files", "acme")
        return build_application(routes, callers, self.metrics, self._clock, hsts=hsts)

    async def run(self, stop: asyncio.Event, on_ready: OnReady, *, demo: bool) -> None:
        """Start, say when ready, serve until `stop`, end in order."""
        lines = await self._demo_lines() if demo else []
        async with self._running(), asyncio.TaskGroup() as background:
            tasks = [
                background.create_task(self._tell_ready(lines, on_ready), name="tell-ready"),
                background.create_task(self._keeper.watch(), name="watch-certificate"),
                background.create_task(self.registry.watch(), name="watch-registry"),
                background.create_task(self.plane.watch(), name="watch-link"),
            ]
            await stop.wait()
            for task in tasks:
                task.cancel()

    @contextlib.asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        """Everything started; and stopped the other way round, so that nobody talks to a part that is gone."""
        async with asyncio.TaskGroup() as writers:
            writers.create_task(self.facts.run(), name="fact-log")
            try:
                await self.registry.start()
                await self._web.start()
                write_private(self._config.folder.base_url, self._base_url.encode())
                _log.info("serving", port=port_of(self._sockets), tls=self._config.tls_mode)
                yield
            finally:
                await self.registry.stop()
                await self._web.stop()
                self.facts.close()

    async def _demo_lines(self) -> list[str]:
        base = self._base_url
        people = await ensure_demo(self._database, self._clock, self._config.folder.demo_links)
        instructor = next(one for one in people if one.role == "instructor")
        student = next(one for one in people if one.role == "student")
        return [f"Instructor: {base}{instructor.path}", f"Student: {base}{student.path}"]

    async def _tell_ready(self, lines: Sequence[str], on_ready: OnReady) -> None:
        """Ready is: everything answers, sound and picture included. A link printed earlier would open a broken page."""
        while not self.plane.linked:  # noqa: ASYNC110 (the link has no bell, and this ends with the start)
            await asyncio.sleep(READY_POLL_S)
        _log.info("ready")
        on_ready(lines)

    async def _check_media(self) -> None:
        if not self.plane.linked:
            raise Unavailable("media_unavailable", "The media process does not answer.")

    async def _snapshot_live(self) -> Any:
        return {"registry": self.registry.snapshot(), "link": self.plane.snapshot(), "facts": self.facts.snapshot()}

    async def _snapshot_media(self) -> Any:
        return json.loads(await self.plane.media_snapshot())

    def _gauges(self) -> dict[str, float]:
        return self.registry.numbers() | {
            "transports": self.plane.snapshot()["wanted"]["transports"],
            "facts_waiting": self.facts.snapshot()["waiting"],
            "media_linked": float(self.plane.linked),
        }


async def run_control(
    config: Config,
    secrets: Secrets,
    clock: Clock,
    sockets: Sequence[socket.socket],
    stop: asyncio.Event,
    on_ready: OnReady,
    *,
    demo: bool = False,
) -> None:
    """A whole control process, from an open port to the last closed file. Raises `Unavailable` with a sentence."""
    database = await open_sqlite(config.folder.database)
    keeper = CertificateKeeper(config, config.base_url(port_of(sockets)), clock)
    try:
        await keeper.start()
        control = Control(config, secrets, clock, sockets, database, keeper)
        await control.run(stop, on_ready, demo=demo)
    finally:
        await keeper.stop()
        await database.close()
