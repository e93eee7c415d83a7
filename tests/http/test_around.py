"""What surrounds every request, and what is told to whom."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from server.errors import Fault, Unavailable
from server.http import around
from server.http.caller import Callers
from tests.http.conftest import MakeClient, School


async def test_every_answer_carries_the_security_headers(make_client: MakeClient, school: School) -> None:
    client = await make_client(hsts=True)
    for path in ("/", "/j/x", f"/api/v1/join/{school.token}", "/nowhere", "/healthz/live", "/metrics"):
        headers = (await client.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self' 'wasm-unsafe-eval';" in policy
        assert "frame-ancestors 'none'" in policy
        assert f"ws://{client.host}:{client.port}" in policy
        assert headers["Referrer-Policy"] == "no-referrer", "the address holds a token"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "camera=(self)" in headers["Permissions-Policy"]
        assert headers["Strict-Transport-Security"].startswith("max-age=")
        assert "Cache-Control" in headers
        assert headers["X-Request-Id"].startswith("req_")
        assert "Server" not in headers


async def test_a_host_header_becomes_no_directive(make_client: MakeClient) -> None:
    client = await make_client()
    for host, sockets in (
        ("class.example.org", " ws://class.example.org wss://class.example.org"),
        ("[::1]:8080", " ws://[::1]:8080 wss://[::1]:8080"),
        ("x; script-src *", ""),
        ("", ""),
    ):
        policy = (await client.get("/healthz/live", headers={"Host": host})).headers["Content-Security-Policy"]
        assert f"connect-src 'self'{sockets};" in policy
        assert "*" not in policy


async def test_errors_tell_nothing_of_the_inside(make_client: MakeClient, log_text: Any) -> None:
    async def breaks(_: web.Request) -> web.StreamResponse:
        raise ZeroDivisionError("secret detail")

    async def faults(_: web.Request) -> web.StreamResponse:
        raise Fault("secret detail")

    async def away(_: web.Request) -> web.StreamResponse:
        raise Unavailable("store_unavailable", "The database does not answer.")

    client = await make_client(
        more_routes=(web.get("/a", breaks), web.get("/b", faults), web.get("/c", away), web.post("/d", breaks))
    )
    for path in ("/a", "/b"):
        answer = await client.get(path)
        assert (answer.status, await answer.json()) == (
            500,
            {"code": "internal", "text": "Something went wrong on the server."},
        )
    answer = await client.get("/c")
    assert (answer.status, (await answer.json())["code"]) == (503, "store_unavailable")
    assert answer.headers["Retry-After"]
    lines = [json.loads(line) for line in log_text.getvalue().splitlines()]
    failed = [line for line in lines if line["event"] == "request_failed"]
    assert [line["route"] for line in failed] == ["/a", "/b", "/c"]
    assert "ZeroDivisionError" in failed[0]["exception"]
    assert failed[0]["request_id"].startswith("req_")


async def test_a_request_that_hangs_is_ended(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    monkeypatch.setattr(around, "REQUEST_TIMEOUT_S", 0.02)
    client = await make_client(more_routes=(web.get("/hang", hangs),))
    answer = await client.get("/hang")
    assert (answer.status, (await answer.json())["code"]) == (503, "too_slow")


async def test_the_log_line_of_a_request(make_client: MakeClient, school: School, log_text: Any) -> None:
    client = await make_client()
    await client.get(f"/api/v1/join/{school.token}")
    (line,) = [json.loads(one) for one in log_text.getvalue().splitlines() if '"http_request"' in one]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/v1/join/{token}", 200)
    assert list(line)[:2] == ["event", "level"]


async def test_labels_stay_few(make_client: MakeClient, school: School) -> None:
    client = await make_client()
    for number in range(50):
        await client.request(f"METHOD{number}", f"/nowhere/{number}")
        await client.get(f"/x{number}.js")
    text = school.metrics.render().decode()
    assert len([line for line in text.splitlines() if line.startswith("homeroom_http_requests_total")]) <= 4


def request_from(address: str, headers: dict[str, str]) -> web.Request:
    class Transport:
        def get_extra_info(self, name: str, default: object = None) -> object:
            return (address, 40000) if name == "peername" else default

    return make_mocked_request("GET", "/", headers=headers, transport=Transport())


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # not from a proxy of ours: a lie
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"),  # what the client put there itself is not believed
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "garbage", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("2001:db8:1:2:3::9", "", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "", "203.0.113.9"),
    ],
)
def test_the_callers_address(peer: str, forwarded: str, expected: str) -> None:
    callers = Callers(("10.0.0.0/8",), "", "")
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert callers.rate_key(request_from(peer, headers)) == expected


@pytest.mark.parametrize(
    ("peer", "headers", "token", "public_url", "admin"),
    [
        ("127.0.0.1", {}, "", "", True),
        ("::1", {}, "", "", True),
        ("192.168.1.5", {}, "", "", False),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, "", "", False),
        ("127.0.0.1", {"Via": "1.1 proxy"}, "", "", False),
        ("127.0.0.1", {}, "", "https://class.example.org", False),
        ("127.0.0.1", {}, "swordfish", "", False),
        ("192.168.1.5", {"Authorization": "Bearer swordfish"}, "swordfish", "", True),
        ("192.168.1.5", {"Authorization": "bearer swordfish"}, "swordfish", "", True),
        ("192.168.1.5", {"Authorization": "Bearer Swordfish"}, "swordfish", "", False),
        ("192.168.1.5", {"Authorization": "Bearer "}, "", "", False),
        ("192.168.1.5", {"Authorization": "Bearer é"}, "swordfish", "", False),
    ],
)
def test_who_is_an_administrator(peer: str, headers: dict[str, str], token: str, public_url: str, admin: bool) -> None:
    assert Callers((), token, public_url).is_admin(request_from(peer, headers)) is admin
