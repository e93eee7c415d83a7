"""The tool fires at nobody who does not prove that they hold its token."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from loadtest.errors import LoadtestError, NotAllowed
from loadtest.gate import Gate
from signaling.loadtest import server_proof, tool_proof

TOKEN = "correct horse battery staple"


class Host:
    """A server that holds `token`, and keeps what reached it."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.asked: list[str] = []
        application = web.Application()
        application.router.add_get("/api/v1/loadtest", self._challenge)
        application.router.add_post("/api/v1/loadtest/sessions", self._make)
        self.server = TestServer(application)

    async def _challenge(self, request: web.Request) -> web.Response:
        self.asked.append(str(request.rel_url) + str(request.headers))
        proof = server_proof(self.token, request.query["nonce"], "challenge")
        return web.json_response({"challenge": "challenge", "proof": proof})

    async def _make(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(str(body))
        assert body["proof"] == tool_proof(self.token, "challenge", 1, 2, 5)
        return web.json_response({"session_id": "ses_1", "seats": [{"role": "student", "path": "/j/x"}]}, status=201)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_both_hold_the_token(http: aiohttp.ClientSession) -> None:
    host = Host(TOKEN)
    async with host.server:
        made = await Gate(http, str(host.server.make_url("")).rstrip("/"), TOKEN).session(1, 2, 5)
    assert made.session_id == "ses_1" and made.seats[0].path == "/j/x"
    assert TOKEN not in "".join(host.asked)


async def test_a_host_with_another_token_gets_nothing_more(http: aiohttp.ClientSession) -> None:
    host = Host("another token altogether")
    async with host.server:
        with pytest.raises(NotAllowed, match="another load-test token"):
            await Gate(http, str(host.server.make_url("")).rstrip("/"), TOKEN).session(1, 2, 5)
    assert len(host.asked) == 1


async def test_a_host_without_the_door(http: aiohttp.ClientSession) -> None:
    server = TestServer(web.Application())
    async with server:
        with pytest.raises(NotAllowed, match="holds no load-test token"):
            await Gate(http, str(server.make_url("")).rstrip("/"), TOKEN).session(1, 2, 5)


async def test_nobody_there(http: aiohttp.ClientSession) -> None:
    with pytest.raises(LoadtestError, match="cannot be reached"):
        await Gate(http, "http://127.0.0.1:9", TOKEN).session(1, 2, 5)
