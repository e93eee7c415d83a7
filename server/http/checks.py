"""Saved sets of checks over HTTP: docs/api/checks.md."""

from typing import Annotated, Any, Protocol

import pydantic
from aiohttp import web

from server.access.holder import Holder
from server.http.answers import json_answer
from server.http.asking import Asking, Wanted
from server.limits import CHECKS_PER_SET_MAX, TITLE_CHARS_MAX
from server.ops.wire import Json


class NewSet(Wanted):
    """A set as it is written. What a check must be, the class itself says."""

    title: Annotated[str, pydantic.Field(min_length=1, max_length=TITLE_CHARS_MAX)]
    checks: Annotated[list[dict[str, Any]], pydantic.Field(min_length=1, max_length=CHECKS_PER_SET_MAX)]


class ChangedSet(NewSet):
    """The same for a set that was read before."""

    revision: Annotated[int, pydantic.Field(ge=1)]


class CheckSets(Protocol):
    async def listed(self, holder: Holder) -> Json: ...

    async def add(self, holder: Holder, title: str, checks: list[Any]) -> Json: ...

    async def replace(self, holder: Holder, set_id: str, revision: int, title: str, checks: list[Any]) -> Json: ...

    async def remove(self, holder: Holder, set_id: str) -> None: ...


def check_routes(asking: Asking, sets: CheckSets) -> list[web.RouteDef]:
    """A person's own sets."""

    async def listed(request: web.Request) -> web.StreamResponse:
        return json_answer(await sets.listed(await asking.holder(request)))

    async def add(request: web.Request) -> web.StreamResponse:
        holder = await asking.holder(request)
        holder.require_staff()
        wanted = await asking.body(request, NewSet)
        return json_answer(await sets.add(holder, wanted.title, wanted.checks), 201)

    async def replace(request: web.Request) -> web.StreamResponse:
        holder = await asking.holder(request)
        holder.require_staff()
        wanted = await asking.body(request, ChangedSet)
        set_id = request.match_info["set_id"]
        return json_answer(await sets.replace(holder, set_id, wanted.revision, wanted.title, wanted.checks))

    async def remove(request: web.Request) -> web.StreamResponse:
        await sets.remove(await asking.holder(request), request.match_info["set_id"])
        return web.Response(status=204)

    return [
        web.get("/api/v1/session/checks", listed),
        web.post("/api/v1/session/checks", add),
        web.put("/api/v1/session/checks/{set_id}", replace),
        web.delete("/api/v1/session/checks/{set_id}", remove),
    ]
