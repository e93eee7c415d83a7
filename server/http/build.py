"""The web application out of its parts. Which parts those are is decided in `server/app.py`."""

import socket
import ssl
from collections.abc import Iterable, Sequence

from aiohttp import web

from server.clock import Clock
from server.http.around import errors_as_answers, observed, same_origin_only, security_headers
from server.http.caller import Callers
from server.limits import BODY_BYTES_MAX, HEADER_BYTES_MAX, LINE_BYTES_MAX, SHUTDOWN_S
from server.telemetry.metrics import Metrics

KEEPALIVE_S = 75.0


def build_application(
    routes: Iterable[web.AbstractRouteDef], callers: Callers, metrics: Metrics, clock: Clock, *, hsts: bool = False
) -> web.Application:
    """All routes behind the same middlewares; outermost first: counted, errors answered, foreign pages refused."""
    application = web.Application(
        middlewares=[observed(metrics, clock), errors_as_answers(), same_origin_only(callers)],
        client_max_size=BODY_BYTES_MAX,
    )
    application.on_response_prepare.append(security_headers(hsts))
    application.add_routes(routes)
    return application


class WebServer:
    """The application on its sockets. `start` serves, `stop` closes in order."""

    def __init__(
        self, application: web.Application, sockets: Sequence[socket.socket], tls: ssl.SSLContext | None = None
    ) -> None:
        self._sockets = tuple(sockets)
        self._tls = tls
        self._runner = web.AppRunner(
            application,
            handle_signals=False,
            access_log=None,
            keepalive_timeout=KEEPALIVE_S,
            max_line_size=LINE_BYTES_MAX,
            max_field_size=HEADER_BYTES_MAX,
            shutdown_timeout=SHUTDOWN_S,
        )

    async def start(self) -> None:
        """Answer requests from now on."""
        await self._runner.setup()
        for one in self._sockets:
            await web.SockSite(self._runner, one, ssl_context=self._tls).start()

    async def stop(self) -> None:
        """Take no new requests, let open ones end within `SHUTDOWN_S`, close everything."""
        await self._runner.cleanup()
