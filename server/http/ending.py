"""A coordinator or an operator ends a class from outside of it. Instructors do it in the room: docs/protocol.md."""

from typing import Protocol

import structlog
from aiohttp import web

from server.errors import Rejected
from server.http.answers import json_answer
from server.http.asking import Asking

COORDINATOR = "coordinator"

_log = structlog.get_logger("http")


class Classes(Protocol):
    def end_class(self, session_id: str, by: str | None) -> bool:
        """Says whether there was a Room to end."""
        ...


def ending_routes(asking: Asking, classes: Classes) -> list[web.RouteDef]:
    async def own(request: web.Request) -> web.StreamResponse:
        """The class whose Seat the caller's link leads to."""
        holder = await asking.holder(request)
        if holder.role != "instructor" and COORDINATOR not in holder.rights:
            raise Rejected("not_allowed", "Only instructors and coordinators end a class.")
        return _end(holder.session_id, holder.person_id)

    async def any_of_all(request: web.Request) -> web.StreamResponse:
        if await asking.holder_or_operator(request) is not None:
            raise Rejected("not_allowed", "This is for operators.")
        return _end(request.match_info["session_id"], "operator")

    def _end(session_id: str, by: str) -> web.StreamResponse:
        ended = classes.end_class(session_id, None)
        _log.info("class_end_asked", session=session_id, by=by, ended=ended)
        return json_answer({"ended": ended}, 202)

    return [
        web.post("/api/v1/session/end", own),
        web.post("/api/v1/sessions/{session_id}/end", any_of_all),
    ]
