"""Answers and bodies that do not fit into memory: sent and read piece by piece, each with a limit of its own."""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol
from urllib.parse import quote

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from server.errors import Rejected

# What aiohttp's reader says of a body that is not multipart, or not whole.
BROKEN_MULTIPART = (ValueError, HttpProcessingError)
SEND_TIMEOUT_S = 30.0  # for one piece to a client that reads


class _Reads(Protocol):
    async def read_chunk(self, size: int = ...) -> bytes: ...


async def json_download(request: web.Request, name: str, pieces: AsyncIterator[bytes]) -> web.StreamResponse:
    """A JSON text as a file to save. Refusals must come with the first piece, while the answer can still say so."""
    first = await anext(pieces)
    response = web.StreamResponse(
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "Content-Disposition": disposition("attachment", name),
            "Cache-Control": "no-store",
        }
    )
    await response.prepare(request)
    await response.write(first)
    async for piece in pieces:
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await response.write(piece)
    await response.write_eof()
    return response


def disposition(kind: str, name: str) -> str:
    """RFC 6266: a plain name for old programs, the whole one in UTF-8."""
    plain = "".join(letter if (letter.isascii() and letter.isalnum()) or letter in "._- " else "_" for letter in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


async def pieces_of(part: _Reads, size: int, silence_s: float) -> AsyncIterator[bytes]:
    """An uploaded part. Raises `TimeoutError` when the client falls silent, `Rejected` for what is no such part."""
    while True:
        try:
            async with asyncio.timeout(silence_s):
                piece = await part.read_chunk(size)
        except BROKEN_MULTIPART:
            raise bad_body() from None
        except web.RequestPayloadError as error:
            raise ConnectionError("the upload broke off") from error
        if not piece:
            return
        yield piece


def bad_body() -> Rejected:
    return Rejected("bad_request", "Send multipart/form-data with one part named file.")
