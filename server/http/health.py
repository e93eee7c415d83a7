"""For machines and operators: is it alive, is it ready, what does it count, what does it hold."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from server.errors import HomeroomError, Rejected
from server.http.answers import json_answer
from server.http.caller import Callers
from server.telemetry.metrics import CONTENT_TYPE, Metrics

CHECK_TIMEOUT_S = 3.0

Check = Callable[[], Awaitable[None]]
Snapshot = Callable[[], Awaitable[Any]]


def health_routes(
    checks: Mapping[str, Check], metrics: Metrics, snapshots: Mapping[str, Snapshot], callers: Callers
) -> list[web.RouteDef]:
    """`checks` raise when a part is not ready; `snapshots` give each part's state as plain data."""

    async def live(_request: web.Request) -> web.StreamResponse:
        return json_answer({"status": "live"})

    async def ready(_request: web.Request) -> web.StreamResponse:
        results = {name: await _outcome(check) for name, check in checks.items()}
        good = all(outcome == "ok" for outcome in results.values())
        return json_answer({"status": "ready" if good else "not_ready", "checks": results}, 200 if good else 503)

    async def show_metrics(request: web.Request) -> web.StreamResponse:
        _admins_only(callers, request)
        return web.Response(body=metrics.render(), headers={"Content-Type": CONTENT_TYPE})

    async def snapshot(request: web.Request) -> web.StreamResponse:
        _admins_only(callers, request)
        return json_answer({name: await _snapshot(take) for name, take in snapshots.items()})

    return [
        web.get("/healthz/live", live),
        web.get("/healthz/ready", ready),
        web.get("/metrics", show_metrics),
        web.get("/debug/snapshot", snapshot),
    ]


async def _outcome(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            await check()
    except HomeroomError as error:
        return error.code
    except TimeoutError:
        return "too_slow"
    return "ok"


async def _snapshot(take: Snapshot) -> Any:
    """One part that cannot answer does not hide the others."""
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await take()
    except HomeroomError as error:
        return {"error": error.code}
    except TimeoutError:
        return {"error": "too_slow"}


def _admins_only(callers: Callers, request: web.Request) -> None:
    if not callers.is_admin(request):
        raise Rejected("not_allowed", "This is for operators: ask from the server itself, or with the admin token.")
