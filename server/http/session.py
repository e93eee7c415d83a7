"""One's own Session, its report, and corrections of attendance: docs/api/session.md, docs/api/report.md."""

from typing import Annotated, Literal, Protocol

import pydantic
from aiohttp import web

from server.access.holder import Holder
from server.http.answers import json_answer
from server.http.around import own_deadline
from server.http.asking import Asking, Wanted
from server.http.pieces import json_download
from server.ops.export import Export
from server.ops.wire import Json


class Correction(Wanted):
    """A person's word on attendance."""

    seat_id: Annotated[str, pydantic.Field(max_length=64)]
    status: Literal["present", "late", "left_early", "partial", "absent", "excused"]
    present_s: Annotated[int, pydantic.Field(ge=0, le=86_400)] | None = None
    reason: Annotated[str, pydantic.Field(min_length=3, max_length=500)]


class Pages(Protocol):
    async def page(self, holder: Holder) -> Json: ...


class Reports(Protocol):
    async def report(self, holder: Holder) -> Json: ...

    async def mine(self, holder: Holder) -> Json: ...

    async def correct(self, holder: Holder, seat_id: str, status: str, present_s: int | None, reason: str) -> Json: ...


class Days(Protocol):
    async def day(self, holder: Holder) -> Json: ...


def session_routes(asking: Asking, pages: Pages, reports: Reports, days: Days, export: Export) -> list[web.RouteDef]:
    """All of them answer about the Session that the caller's link leads to."""

    async def page(request: web.Request) -> web.StreamResponse:
        return json_answer(await pages.page(await asking.holder(request)))

    async def report(request: web.Request) -> web.StreamResponse:
        return json_answer(await reports.report(await asking.holder(request)))

    async def mine(request: web.Request) -> web.StreamResponse:
        return json_answer(await reports.mine(await asking.holder(request)))

    @own_deadline
    async def facts(request: web.Request) -> web.StreamResponse:
        holder = await asking.holder(request)
        return await json_download(request, f"{holder.session_id}.json", export.pieces(holder))

    async def correct(request: web.Request) -> web.StreamResponse:
        holder = await asking.holder(request)
        holder.require_staff()
        wanted = await asking.body(request, Correction)
        made = await reports.correct(holder, wanted.seat_id, wanted.status, wanted.present_s, wanted.reason)
        return json_answer(made, 201)

    async def day(request: web.Request) -> web.StreamResponse:
        return json_answer(await days.day(await asking.holder(request)))

    return [
        web.get("/api/v1/session", page),
        web.get("/api/v1/session/report", report),
        web.get("/api/v1/session/report.json", facts),
        web.get("/api/v1/session/mine", mine),
        web.post("/api/v1/session/attendance/corrections", correct),
        web.get("/api/v1/day", day),
    ]
