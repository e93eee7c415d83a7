"""Materials over HTTP: docs/api/materials.md. Uploads are read piece by piece and never held whole."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

from aiohttp import BodyPartReader, web

from server.access.holder import Holder
from server.http.answers import json_answer
from server.http.around import own_deadline
from server.http.asking import Asking
from server.http.pieces import BROKEN_MULTIPART, bad_body, disposition, pieces_of
from server.limits import UPLOAD_SILENCE_S, UPLOAD_TIMEOUT_S
from server.ops.materials import is_shown
from server.ops.wire import Json

PIECE_BYTES = 256 * 1024
# What a browser would make of a material in a tab of its own: nothing that runs, nothing that loads.
_SANDBOX = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"


class Found(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def media_type(self) -> str: ...


class Materials(Protocol):
    async def listed(self, holder: Holder) -> Json: ...

    async def take(self, holder: Holder, name: str, pieces: AsyncIterator[bytes]) -> Json: ...

    async def file(self, holder: Holder, material_id: str) -> tuple[Found, Path]: ...

    async def remove(self, holder: Holder, material_id: str) -> None: ...


def material_routes(asking: Asking, materials: Materials) -> list[web.RouteDef]:
    """List, take in, give out, remove."""

    async def listed(request: web.Request) -> web.StreamResponse:
        return json_answer(await materials.listed(await asking.holder(request)))

    @own_deadline
    async def take(request: web.Request) -> web.StreamResponse:
        holder = await asking.holder(request)
        async with asyncio.timeout(UPLOAD_TIMEOUT_S):
            part = await _file_part(request)
            pieces = pieces_of(part, PIECE_BYTES, UPLOAD_SILENCE_S)
            made = await materials.take(holder, part.filename or "file", pieces)
        return json_answer(made, 201)

    async def give(request: web.Request) -> web.StreamResponse:
        found, path = await materials.file(await asking.holder(request), request.match_info["material_id"])
        kind = "inline" if is_shown(found.media_type) else "attachment"
        charset = "; charset=utf-8" if found.media_type.startswith("text/") else ""
        return web.FileResponse(
            path,
            headers={
                "Content-Type": found.media_type + charset,
                "Content-Disposition": disposition(kind, found.name),
                "Content-Security-Policy": _SANDBOX,
                "Cache-Control": "private, no-store",
            },
        )

    async def remove(request: web.Request) -> web.StreamResponse:
        await materials.remove(await asking.holder(request), request.match_info["material_id"])
        return web.Response(status=204)

    return [
        web.get("/api/v1/session/materials", listed),
        web.post("/api/v1/session/materials", take),
        web.get("/api/v1/session/materials/{material_id}", give),
        web.delete("/api/v1/session/materials/{material_id}", remove),
    ]


async def _file_part(request: web.Request) -> BodyPartReader:
    """The one part of the body, named `file`. Raises `Rejected`."""
    if not request.content_type.startswith("multipart/form-data"):
        raise bad_body()
    try:
        async with asyncio.timeout(UPLOAD_SILENCE_S):
            part = await (await request.multipart()).next()
    except BROKEN_MULTIPART:
        raise bad_body() from None
    if not isinstance(part, BodyPartReader) or part.name != "file":
        raise bad_body()
    if {"Content-Encoding", "Content-Transfer-Encoding"} & part.headers.keys():
        raise bad_body()
    return part
