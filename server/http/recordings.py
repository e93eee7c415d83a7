"""Recordings over HTTP: list, show, play, hold, delete.

Who asks proves it by a personal link's token, or an operator by being one, in `Authorization: Bearer`. Files are opened
by signed addresses alone, since a player cannot send headers.
"""

from pathlib import Path

import msgspec
from aiohttp import web

from server.errors import Rejected
from server.http.answers import json_answer
from server.http.caller import Callers
from server.ops.recordings.deletion import Deletions
from server.ops.recordings.library import Library, Viewer

BASE = "/api/v1/recordings"
ID_CHARS_MAX = 64


def recording_routes(library: Library, deletions: Deletions, callers: Callers) -> list[web.RouteDef]:
    """The routes of recordings."""

    async def viewer(request: web.Request) -> Viewer:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and not _is_operator(callers, request):
            return await library.viewer(token, callers.rate_key(request))
        _operators_only(callers, request)
        return Viewer("", "operator", {}, operator=True)

    async def listing(request: web.Request) -> web.StreamResponse:
        return json_answer({"recordings": await library.list(await viewer(request))})

    async def show(request: web.Request) -> web.StreamResponse:
        return json_answer(await library.show(await viewer(request), _id(request)))

    async def file(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        query = request.query
        found = await library.path_of(
            _id(request), name, query.get("for", ""), query.get("until", ""), query.get("sign", "")
        )
        if isinstance(found, Path):
            return web.FileResponse(found, headers={"Cache-Control": "private, max-age=3600"})
        raise web.HTTPFound(found)

    async def delete(request: web.Request) -> web.StreamResponse:
        _operators_only(callers, request)
        return json_answer(msgspec.to_builtins(await deletions.recording(_id(request), "operator")))

    async def delete_person(request: web.Request) -> web.StreamResponse:
        _operators_only(callers, request)
        org_id, person_id = request.match_info["org_id"], request.match_info["person_id"]
        done = await deletions.person(org_id, person_id, "operator")
        return json_answer({"recordings": [msgspec.to_builtins(one) for one in done]})

    async def hold(request: web.Request) -> web.StreamResponse:
        _operators_only(callers, request)
        await deletions.hold(_id(request), request.method == "PUT", "operator")
        return json_answer({"hold": request.method == "PUT"})

    return [
        web.get(BASE, listing),
        web.get(f"{BASE}/{{recording_id}}", show),
        web.delete(f"{BASE}/{{recording_id}}", delete),
        web.put(f"{BASE}/{{recording_id}}/hold", hold),
        web.delete(f"{BASE}/{{recording_id}}/hold", hold),
        web.get(f"{BASE}/{{recording_id}}/files/{{name}}", file),
        web.delete(f"{BASE}/people/{{org_id}}/{{person_id}}", delete_person),
    ]


def _id(request: web.Request) -> str:
    text = request.match_info["recording_id"]
    if len(text) > ID_CHARS_MAX:
        raise Rejected("recording_unknown", "There is no such recording.")
    return text


def _is_operator(callers: Callers, request: web.Request) -> bool:
    """With a token in hand only the admin token makes an operator, wherever the request comes from."""
    return callers.has_admin_token(request)


def _operators_only(callers: Callers, request: web.Request) -> None:
    if not callers.is_admin(request):
        raise Rejected("not_allowed", "Only an operator may do this.")
