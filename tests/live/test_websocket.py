"""The pump over a real WebSocket: hello, limits, closing. What messages mean is tested in `tests/flows`."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestClient, TestServer

from server.clock import Clock, ManualClock
from server.errors import Rejected, Unavailable
from server.http import websocket
from server.http.caller import Callers
from server.http.websocket import websocket_route
from server.live.effects import Place
from server.live.ports import Outlet
from server.live.rates import MESSAGES_BURST
from signaling.codes import ErrorCode
from signaling.messages import MESSAGE_BYTES_MAX, ClientMessage, Hello

HELLO = {"type": "hello", "id": 1, "version": 1, "ticket": "good"}
PING = {"type": "ping", "id": 2}


class Rooms:
    """Lets in whoever has the ticket `good`, and remembers what was said."""

    def __init__(self) -> None:
        self.time = ManualClock()
        self.outlets: list[Outlet] = []
        self.said: list[ClientMessage] = []
        self.gone: list[Outlet] = []
        self.busy = False
        self.changed = asyncio.Event()

    @property
    def clock(self) -> Clock:
        return self.time

    async def enter(self, outlet: Outlet, hello: Hello) -> Place:
        if hello.ticket == "unavailable":
            raise Unavailable("store_unavailable", "The database does not answer.")
        if hello.ticket != "good":
            raise Rejected("seat_in_use", "You are here already.")
        self.outlets.append(outlet)
        outlet.send(b'{"type":"ack","re":1}')
        return Place("rom_1", "par_1")

    def say(self, place: Place, outlet: Outlet, message: ClientMessage) -> ErrorCode | None:
        assert place.participant_id == "par_1" and outlet is self.outlets[-1]
        self.said.append(message)
        self.changed.set()
        return ErrorCode.BUSY if self.busy else None

    def lost(self, place: Place, outlet: Outlet) -> None:
        self.gone.append(outlet)
        self.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
def rooms() -> Rooms:
    return Rooms()


@pytest.fixture
async def client(rooms: Rooms) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    application = web.Application()
    application.add_routes([websocket_route(rooms, Callers((), "", ""))])
    async with TestClient(TestServer(application)) as client:
        yield client


Client = TestClient[web.Request, web.Application]


async def told(socket: ClientWebSocketResponse) -> dict[str, Any]:
    message = await socket.receive(timeout=10)
    assert message.type is WSMsgType.TEXT, message
    found: dict[str, Any] = json.loads(message.data)
    return found


async def closed(socket: ClientWebSocketResponse) -> int | None:
    """The code with which the server closed, whatever it said before."""
    while True:
        message = await socket.receive(timeout=10)
        if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR):
            return socket.close_code


async def test_hello_then_messages_then_gone(client: Client, rooms: Rooms) -> None:
    async with client.ws_connect("/ws") as socket:
        await socket.send_json(HELLO)
        assert await told(socket) == {"type": "ack", "re": 1}
        await socket.send_json(PING)
        await rooms.until(lambda: len(rooms.said) == 1)
        rooms.busy = True
        await socket.send_json(PING | {"id": 3})
        assert (await told(socket)) | {"text": ""} == {"type": "error", "re": 3, "code": "busy", "text": ""}
    await rooms.until(lambda: bool(rooms.gone))
    assert rooms.gone == rooms.outlets


async def test_refused_hello_may_be_followed_by_another(client: Client, rooms: Rooms) -> None:
    async with client.ws_connect("/ws") as socket:
        await socket.send_json(PING)
        assert (await told(socket))["code"] == "hello_first"
        await socket.send_json(HELLO | {"ticket": "bad"})
        assert (await told(socket))["code"] == "seat_in_use"
        await socket.send_json(HELLO | {"ticket": "unavailable"})
        assert (await told(socket))["code"] == "busy"
        await socket.send_json(HELLO)
        assert (await told(socket))["type"] == "ack"
    assert rooms.outlets


async def test_hellos_without_end(client: Client) -> None:
    async with client.ws_connect("/ws") as socket:
        for number in range(websocket.HELLOS_MAX):
            await socket.send_json(HELLO | {"ticket": "bad", "id": number + 1})
        assert await closed(socket) == 4001


async def test_no_hello_in_time(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "HELLO_TIMEOUT_S", 0.01)
    async with client.ws_connect("/ws") as socket:
        assert (await told(socket))["code"] == "hello_late"
        assert await closed(socket) == 4001


async def test_nonsense_is_answered_then_ended(client: Client, rooms: Rooms) -> None:
    async with client.ws_connect("/ws") as socket:
        await socket.send_json(HELLO)
        await told(socket)
        await socket.send_str("{")
        assert (await told(socket))["code"] == "bad_message"
        await socket.send_bytes(b"{}")
        assert (await told(socket))["code"] == "bad_message"
        await socket.send_json({"type": "ping", "id": 9, "more": True})
        assert (await told(socket))["re"] == 9
        for _ in range(websocket.REFUSALS_MAX):
            await socket.send_str("[]")
        assert await closed(socket) == 1002
    await rooms.until(lambda: bool(rooms.gone))


async def test_too_fast(client: Client, rooms: Rooms) -> None:
    async with client.ws_connect("/ws") as socket:
        await socket.send_json(HELLO)
        await told(socket)
        for number in range(int(MESSAGES_BURST) - 1):
            await socket.send_json(PING | {"id": number + 2})
        await rooms.until(lambda: len(rooms.said) == int(MESSAGES_BURST) - 1)
        await socket.send_json(PING)
        assert (await told(socket))["code"] == "too_fast"
        rooms.time.advance(1.0)
        await socket.send_json(PING)
        await rooms.until(lambda: len(rooms.said) == int(MESSAGES_BURST))
        for _ in range(200):
            await socket.send_json(PING)
        assert await closed(socket) == 4002


async def test_too_large(client: Client, rooms: Rooms) -> None:
    async with client.ws_connect("/ws", max_msg_size=0) as socket:
        await socket.send_json(HELLO)
        await told(socket)
        await socket.send_str(" " * (MESSAGE_BYTES_MAX + 1))
        assert await closed(socket) == 1009
    await rooms.until(lambda: bool(rooms.gone))


async def test_latest_wins_and_slow_clients_are_closed(client: Client, rooms: Rooms) -> None:
    async with client.ws_connect("/ws") as socket:
        await socket.send_json(HELLO)
        await told(socket)
        (outlet,) = rooms.outlets
        outlet.send(b'{"n":1}')
        for number in range(100):
            outlet.send_latest("speakers", b'{"s":%d}' % number)
        outlet.send(b'{"n":2}')
        assert [await told(socket) for _ in range(3)] == [{"n": 1}, {"s": 99}, {"n": 2}]
        for _ in range(websocket.QUEUE_MESSAGES_MAX + 1):
            outlet.send(b"{}")
        assert await closed(socket) == 1013
        outlet.send(b"{}")
        outlet.send_latest("speakers", b"{}")
    await rooms.until(lambda: bool(rooms.gone))


async def test_what_was_queued_is_sent_before_the_close(client: Client, rooms: Rooms) -> None:
    async with client.ws_connect("/ws") as socket:
        await socket.send_json(HELLO)
        await told(socket)
        rooms.outlets[0].send(b'{"type":"bye"}')
        rooms.outlets[0].close(4000, "left")
        assert await told(socket) == {"type": "bye"}
        assert await closed(socket) == 4000
    await rooms.until(lambda: bool(rooms.gone))


async def test_pages_of_other_sites_are_refused(client: Client, rooms: Rooms) -> None:
    application = client.app
    assert application is not None
    with pytest.raises((WSServerHandshakeError, AssertionError)):
        async with client.ws_connect("/ws", origin="https://evil.example"):
            pass
    async with client.ws_connect("/ws", origin=str(client.make_url("")).rstrip("/")) as socket:
        await socket.send_json(HELLO)
        assert (await told(socket))["type"] == "ack"
