"""Consents and Cases over HTTP, for people with a link and for operators: docs/api/consents.md, docs/api/cases.md."""

from typing import Annotated, Literal, Protocol

import pydantic
from aiohttp import web

from server.access.holder import Holder
from server.errors import Rejected
from server.http.answers import json_answer
from server.http.asking import Asking, Wanted
from server.ops.consents import Decision
from server.ops.exception_queue import LIMIT_MAX, NOTE_CHARS_MAX
from server.ops.wire import Json

_Id = Annotated[str, pydantic.Field(min_length=1, max_length=64)]


class Decided(Wanted):
    """A decision about one purpose."""

    person_id: _Id
    purpose: Literal["sound", "picture", "transcription", "share_with_families", "processors"]
    granted: bool
    wording: Annotated[str, pydantic.Field(max_length=64)]
    given_by_person_id: _Id | None = None


class Closed(Wanted):
    """What became of a Case."""

    note: Annotated[str, pydantic.Field(min_length=1, max_length=NOTE_CHARS_MAX)]


class Consents(Protocol):
    async def known_to(self, holder: Holder) -> Json: ...

    async def decide(self, holder: Holder, decision: Decision) -> Json: ...

    async def enter(self, org_id: str, decision: Decision, given_by_person_id: str) -> Json: ...

    async def organisation_of(self, person_id: str) -> str: ...


class Queue(Protocol):
    async def listed(self, holder: Holder | None, limit: int) -> Json: ...

    async def close(self, holder: Holder | None, case_id: str, note: str) -> None: ...


def desk_routes(asking: Asking, consents: Consents, queue: Queue) -> list[web.RouteDef]:
    """What is decided at a desk rather than in class."""

    async def known(request: web.Request) -> web.StreamResponse:
        return json_answer(await consents.known_to(await asking.holder(request)))

    async def decide(request: web.Request) -> web.StreamResponse:
        holder = await asking.holder_or_operator(request)
        wanted = await asking.body(request, Decided)
        decision = Decision(wanted.person_id, wanted.purpose, wanted.granted, wanted.wording)
        if holder is not None:
            if wanted.given_by_person_id not in (None, holder.person_id):
                raise Rejected("not_allowed", "Nobody decides in another one's name.")
            return json_answer(await consents.decide(holder, decision), 201)
        if wanted.given_by_person_id is None:
            raise Rejected("bad_request", "given_by_person_id: who signed it.")
        org_id = await consents.organisation_of(wanted.person_id)
        return json_answer(await consents.enter(org_id, decision, wanted.given_by_person_id), 201)

    async def listed(request: web.Request) -> web.StreamResponse:
        holder = await asking.holder_or_operator(request)
        return json_answer(await queue.listed(holder, _limit(request)))

    async def close(request: web.Request) -> web.StreamResponse:
        holder = await asking.holder_or_operator(request)
        wanted = await asking.body(request, Closed)
        await queue.close(holder, request.match_info["case_id"], wanted.note)
        return web.Response(status=204)

    return [
        web.get("/api/v1/consents", known),
        web.post("/api/v1/consents", decide),
        web.get("/api/v1/cases", listed),
        web.post("/api/v1/cases/{case_id}/close", close),
    ]


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", str(LIMIT_MAX))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= LIMIT_MAX:
        raise Rejected("bad_request", f"limit: from 1 to {LIMIT_MAX}.")
    return int(text)
