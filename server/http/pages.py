"""The web client: read into memory once, served with exact cache rules. Without a built client, a page that says so."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

STATIC = Path(__file__).parent / "static"
CLIENT_BYTES_MAX = 64 * 1024 * 1024  # read into memory: a build far larger than ours is a mistake
COMPRESS_FROM_BYTES = 1024
COMPRESSIBLE = ("text/", "application/javascript", "application/json", "application/manifest", "image/svg")

# Names under here carry a hash of their content: whoever has one never needs to ask again.
HASHED = "assets/"
SPA_ROUTES = ("/", "/j/{token}", "/selftest")

NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Homeroom</title></head>
<body><h1>The web client is not built</h1>
<p>This server runs, but the page that belongs here was not made yet. Run <code>make setup</code> in the source tree and
start the server again.</p></body></html>
"""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the client, ready to be sent."""

    body: bytes
    packed: bytes | None
    content_type: str
    etag: str
    cache: str


def load_client(folder: Path = STATIC) -> dict[str, Asset]:
    """All files of the built client by their path; empty if it is not built."""
    if not (folder / "index.html").is_file():
        return {}
    assets: dict[str, Asset] = {}
    total = 0
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            name = path.relative_to(folder).as_posix()
            assets[name] = _asset(name, path.read_bytes())
            total += len(assets[name].body)
            if total > CLIENT_BYTES_MAX:
                raise ValueError(f"{folder} holds more than {CLIENT_BYTES_MAX} bytes")
    return assets


def page_routes(assets: dict[str, Asset]) -> list[web.RouteDef]:
    """The page under its routes, and every other file under its name. Only what was loaded can be asked for."""
    index = assets.get("index.html")

    async def page(request: web.Request) -> web.StreamResponse:
        if index is None:
            return web.Response(text=NOT_BUILT, content_type="text/html", status=503)
        return _send(request, index)

    async def file(request: web.Request) -> web.StreamResponse:
        asset = assets.get(request.match_info["path"])
        if asset is None:
            raise web.HTTPNotFound
        return _send(request, asset)

    return [*(web.get(route, page) for route in SPA_ROUTES), web.get("/{path:.+}", file)]


def _asset(name: str, body: bytes) -> Asset:
    content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = None
    if len(body) >= COMPRESS_FROM_BYTES and content_type.startswith((*COMPRESSIBLE, "text/javascript")):
        packed = gzip.compress(body, mtime=0)
    cache = "public, max-age=31536000, immutable" if name.startswith(HASHED) else "no-cache"
    return Asset(body, packed, content_type, hashlib.sha256(body).hexdigest()[:32], cache)


def _send(request: web.Request, asset: Asset) -> web.Response:
    headers = {"Cache-Control": asset.cache, "ETag": f'"{asset.etag}"', "Vary": "Accept-Encoding"}
    known = request.if_none_match
    if known and any(tag.value in (asset.etag, "*") for tag in known):
        return web.Response(status=304, headers=headers)
    body = asset.body
    if asset.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = asset.packed
        headers["Content-Encoding"] = "gzip"
    charset = "utf-8" if asset.content_type.startswith("text/") else None
    return web.Response(body=body, content_type=asset.content_type, charset=charset, headers=headers)
