"""The web client's files: the right cache rules, nothing outside the folder, a clear page when it is not built."""

from pathlib import Path

import pytest

from server.http import pages
from server.http.pages import load_client
from tests.http.conftest import MakeClient


@pytest.mark.parametrize("path", ["/", "/j/some-token", "/selftest"])
async def test_the_page_stands_under_its_routes(make_client: MakeClient, static: Path, path: str) -> None:
    client = await make_client(static=static)
    answer = await client.get(path)
    assert (answer.status, answer.content_type) == (200, "text/html")
    assert "<title>Homeroom</title>" in await answer.text()
    assert answer.headers["Cache-Control"] == "no-cache"
    again = await client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304


async def test_files_with_a_hash_are_kept_for_ever(make_client: MakeClient, static: Path) -> None:
    client = await make_client(static=static)
    answer = await client.get("/assets/index-a1b2c3.js")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert (await answer.text()).startswith("console.log")
    plain = await client.get("/assets/index-a1b2c3.js", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert await plain.text() == await answer.text()
    assert (await client.get("/favicon.svg")).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    ["/assets/none.js", "/index.html/x", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd", "/api/v2/x"],
)
async def test_nothing_else_can_be_asked_for(make_client: MakeClient, static: Path, path: str) -> None:
    client = await make_client(static=static)
    answer = await client.get(path)
    assert (answer.status, answer.content_type) == (404, "application/json")
    assert (await answer.json())["code"] == "not_found"


async def test_a_client_that_is_not_built_is_said(make_client: MakeClient) -> None:
    client = await make_client()
    answer = await client.get("/j/some-token")
    assert answer.status == 503
    assert "make setup" in await answer.text()


def test_a_build_that_is_too_large_is_a_mistake(static: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "CLIENT_BYTES_MAX", 10)
    with pytest.raises(ValueError, match="more than"):
        load_client(static)
