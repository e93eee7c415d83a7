"""What surrounds every request: an id, a deadline, errors as answers, security headers, one log line, metrics."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from server.clock import Clock
from server.errors import Rejected
from server.http.answers import answer_for, code_of, is_expected
from server.http.caller import Callers
from server.ids import mint
from server.limits import REQUEST_TIMEOUT_S
from server.telemetry.metrics import Metrics

QUIET_ROUTES = frozenset({"/healthz/live", "/healthz/ready", "/metrics"})
PERMISSIONS = ", ".join(
    [
        *(f"{name}=(self)" for name in ("autoplay", "camera", "display-capture", "fullscreen", "microphone")),
        *(f"{name}=()" for name in ("geolocation", "gyroscope", "magnetometer", "payment", "usb", "midi", "serial")),
        "speaker-selection=(self)",
        "screen-wake-lock=(self)",
    ]
)

_HOST = re.compile(r"^(?:[A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$")

_log = structlog.get_logger("http")


def content_security_policy(request: web.Request) -> str:
    """Nothing from elsewhere, no script in the page itself. Styles may stand in it: the component library sets them."""
    # Older Safari does not count WebSockets as 'self'. What is no host name must not become a directive.
    sockets = f"ws://{request.host} wss://{request.host}" if _HOST.match(request.host) else ""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob: mediastream:",
            "font-src 'self' data:",
            f"connect-src 'self' {sockets}".strip(),
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


def security_headers(hsts: bool) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Put on every response as it begins. The address bar holds a token: it is told to nobody."""

    async def put(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        headers["Content-Security-Policy"] = content_security_policy(request)
        headers["Referrer-Policy"] = "no-referrer"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Robots-Tag"] = "noindex, nofollow"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = PERMISSIONS
        headers.setdefault("Cache-Control", "no-store")
        headers.popall("Server", None)
        if hsts:
            headers["Strict-Transport-Security"] = "max-age=15552000"

    return put


# Not in any RFC; the number that web servers log when the client closes first.
CLIENT_GONE = 499


def errors_as_answers() -> Middleware:
    """Errors become JSON; foreign pages may not change anything; a request that hangs is ended."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if _is_websocket(request):
                return await handler(request)
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                return await handler(request)
        except asyncio.CancelledError:
            raise
        except ConnectionError:
            # The client gave up in the middle; the answer reaches nobody.
            _log.info("client_gone", route=route_of(request))
            return web.Response(status=CLIENT_GONE)
        except Exception as error:
            if not is_expected(error):
                _log.error("request_failed", route=route_of(request), reason=code_of(error), exc_info=error)
            return answer_for(error)

    return middleware


def same_origin_only(callers: Callers) -> Middleware:
    """A page of another site may change nothing here."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method not in ("GET", "HEAD", "OPTIONS") and callers.is_foreign_origin(request):
            raise Rejected("foreign_origin", "Another site's page may not do this.")
        return await handler(request)

    return middleware


def observed(metrics: Metrics, clock: Clock) -> Middleware:
    """One log line and two metrics for each request; the path as it came is in neither, because it may hold a token."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        request_id = mint("req")
        started_s = clock.mono_s()
        status = 499  # the client went away before the answer
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                response = await handler(request)
                status = response.status
                if not response.prepared:
                    response.headers["X-Request-Id"] = request_id
                return response
            finally:
                route = route_of(request)
                took_s = clock.mono_s() - started_s
                metrics.http_requests.labels(_method(request), route, str(status)).inc()
                if not _is_websocket(request):
                    metrics.http_seconds.labels(route).observe(took_s)
                write = _log.debug if route in QUIET_ROUTES else _log.info
                took_ms = round(took_s * 1e3, 1)
                write("http_request", method=_method(request), route=route, status=status, took_ms=took_ms)

    return middleware


def route_of(request: web.Request) -> str:
    """The route's pattern, such as `/api/v1/join/{token}`."""
    resource = request.match_info.route.resource
    return "unknown" if resource is None else resource.canonical


def _method(request: web.Request) -> str:
    return request.method if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "OTHER"


def _is_websocket(request: web.Request) -> bool:
    return request.headers.get("Upgrade", "").lower() == "websocket"
