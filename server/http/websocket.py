"""The pump between a WebSocket and the live rooms: bytes, limits and closing. What a message means is decided
elsewhere.

One `Socket` per Connection: a reader that takes messages one after the other, a writer that sends what was queued. A
client that cannot follow is closed (its Participant resumes later); one that sends too much is told `too_fast`, then
closed.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Protocol

import structlog
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from server.clock import Clock
from server.errors import HomeroomError, Rejected, Unavailable
from server.http.caller import Callers
from server.live.effects import Place
from server.live.ports import Outlet
from server.live.rates import ConnectionRate
from server.telemetry.metrics import Metrics
from signaling.codec import Refusal, decode_client, encode, refuse
from signaling.codes import CloseCode, ErrorCode
from signaling.messages import MESSAGE_BYTES_MAX, ClientMessage, Error, Hello

PATH = "/ws"
HELLO_TIMEOUT_S = 5.0  # a program that opens sockets and says nothing must not hold them
AGAIN_TIMEOUT_S = 60.0  # after a refusal a person reads a question ("move here?") and answers it
HELLOS_MAX = 5
HEARTBEAT_S = 15.0
QUEUE_MESSAGES_MAX = 2_000  # a snapshot, a full resume log and the arrival of 300 people
QUEUE_BYTES_MAX = 4 * 1024 * 1024
SEND_TIMEOUT_S = 10.0
REFUSALS_MAX = 20  # refused messages in a row; then the client is broken or hostile

_log = structlog.get_logger("http")


class LiveRooms(Protocol):
    """What the pump needs of the registry."""

    @property
    def clock(self) -> Clock: ...

    async def enter(self, outlet: Outlet, hello: Hello) -> Place: ...

    def say(self, place: Place, outlet: Outlet, message: ClientMessage) -> ErrorCode | None: ...

    def lost(self, place: Place, outlet: Outlet) -> None: ...


def websocket_route(rooms: LiveRooms, callers: Callers | None = None, metrics: Metrics | None = None) -> web.RouteDef:
    """`GET /ws`. Pages of other sites are refused: a ticket in a foreign page's hands must not open a Connection."""

    counted = metrics or Metrics()

    async def serve(request: web.Request) -> web.StreamResponse:
        if callers is not None and callers.is_foreign_origin(request):
            raise Rejected("foreign_origin", "Another site's page may not do this.")
        # compress off: deflate keeps 300 kB a Connection, and what we send most is small.
        response = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=MESSAGE_BYTES_MAX, compress=False)
        await response.prepare(request)
        transport = request.transport
        abort = transport.abort if transport is not None else _nothing
        await Socket(response, rooms, abort, counted).serve()
        return response

    return web.get(PATH, serve)


class Socket:
    """One Connection. The live rooms see it as an `Outlet`."""

    def __init__(
        self, response: web.WebSocketResponse, rooms: LiveRooms, abort: Callable[[], None], metrics: Metrics
    ) -> None:
        self._metrics = metrics
        self._response = response
        self._abort = abort
        self._rooms = rooms
        self._clock = rooms.clock
        self._heard_s = self._clock.mono_s()
        self._queue: deque[bytes | str] = deque()  # a str is the key of a message in `_latest`
        self._latest: dict[str, bytes] = {}
        self._bytes = 0
        self._filled = asyncio.Event()
        self._closing: tuple[int, str] | None = None
        self._rate = ConnectionRate(self._clock.mono_s())
        self._refusals = 0
        self._place: Place | None = None

    # --- the live rooms' side ---------------------------------------------------------------------------------------

    @property
    def heard_s(self) -> float:
        return self._heard_s

    def send(self, encoded: bytes) -> None:
        if self._closing is not None:
            return
        self._queue.append(encoded)
        self._count(len(encoded))

    def send_latest(self, key: str, encoded: bytes) -> None:
        if self._closing is not None:
            return
        before = self._latest.get(key)
        self._latest[key] = encoded
        if before is None:
            self._queue.append(key)
        self._count(len(encoded) - len(before or b""))

    def close(self, code: int, reason: str) -> None:
        if self._closing is None:
            self._closing = (code, reason)
            self._filled.set()

    def _count(self, added: int) -> None:
        self._bytes += added
        self._filled.set()
        if len(self._queue) > QUEUE_MESSAGES_MAX or self._bytes > QUEUE_BYTES_MAX:
            self._metrics.drops.labels("ws_queue").inc(len(self._queue))
            self._queue.clear()
            self._latest.clear()
            self.close(CloseCode.TRY_AGAIN_LATER, "too slow")

    # --- the wire's side --------------------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Until either side closes. The Room hears of the end exactly once."""
        writer = asyncio.create_task(self._write(), name="socket-writer")
        try:
            if await self._come_in():
                await self._listen()
        finally:
            if self._place is not None:
                self._rooms.lost(self._place, self)
            self.close(CloseCode.NORMAL, "")
            with contextlib.suppress(asyncio.CancelledError, ConnectionError, TimeoutError):
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    await writer
            writer.cancel()

    async def _come_in(self) -> bool:
        """Take `hello` messages until one is let in; False when the Connection is over."""
        deadline_s = HELLO_TIMEOUT_S
        for _ in range(HELLOS_MAX):
            try:
                async with asyncio.timeout(deadline_s):
                    hello = await self._next_hello()
            except TimeoutError:
                self._refuse(refuse(0, ErrorCode.HELLO_LATE))
                break
            if hello is None:
                return False
            try:
                self._place = await self._rooms.enter(self, hello)
            except Rejected as rejected:
                self.send(encode(Error(re=hello.id, code=rejected.code, text=rejected.text)))
            except Unavailable as unavailable:
                _log.warning("enter_failed", code=unavailable.code)
                self.send(encode(Error(re=hello.id, code=ErrorCode.BUSY.value, text=unavailable.text)))
            except HomeroomError:
                _log.exception("enter_fault")
                self._refuse(refuse(hello.id, ErrorCode.INTERNAL))
            else:
                return True
            deadline_s = AGAIN_TIMEOUT_S
        self.close(CloseCode.REFUSED, "no hello")
        return False

    async def _next_hello(self) -> Hello | None:
        while (message := await self._next()) is not None:
            if isinstance(message, Hello):
                return message
            self._refuse(refuse(message.id, ErrorCode.HELLO_FIRST))
        return None

    async def _listen(self) -> None:
        while self._place is not None and (message := await self._next()) is not None:
            code = self._rooms.say(self._place, self, message)
            if code is not None:
                self._metrics.drops.labels(f"ws_{code.value}").inc()
                self.send(encode(refuse(message.id, code).message()))

    async def _next(self) -> ClientMessage | None:
        """The next message that is one of the protocol; None at the end. Everything else is refused on the way."""
        while self._closing is None:
            frame = await self._response.receive()
            if frame.type is WSMsgType.BINARY:
                self._refuse(Refusal(0, ErrorCode.BAD_MESSAGE, "Messages are text, not binary."))
                continue
            if frame.type is not WSMsgType.TEXT:
                return None  # closed, or not WebSocket any more
            message = self._take(frame)
            if message is not None:
                return message
        return None

    def _take(self, frame: WSMessage) -> ClientMessage | None:
        now_s = self._clock.mono_s()
        self._heard_s = now_s
        self._metrics.ws_messages.labels("in").inc()
        data: bytes = frame.data.encode() if isinstance(frame.data, str) else frame.data
        if not self._rate.take(len(data), now_s):
            self._refuse(refuse(0, ErrorCode.TOO_FAST))
            return None
        message = decode_client(data)
        if isinstance(message, Refusal):
            self._refuse(message)
            return None
        self._refusals = 0
        return message

    def _refuse(self, refusal: Refusal) -> None:
        self._refusals += 1
        self._metrics.drops.labels(f"ws_{refusal.code.value}").inc()
        self.send(encode(refusal.message()))
        if self._refusals >= REFUSALS_MAX:
            too_fast = refusal.code is ErrorCode.TOO_FAST
            self.close(CloseCode.TOO_FAST if too_fast else CloseCode.PROTOCOL_ERROR, refusal.code.value)

    async def _write(self) -> None:
        """Send what is queued until told to close, then close."""
        try:
            while True:
                while self._queue:
                    async with asyncio.timeout(SEND_TIMEOUT_S):
                        await self._response.send_frame(self._pop(), WSMsgType.TEXT)
                if self._closing is not None:
                    break
                self._filled.clear()
                await self._filled.wait()
        except (ConnectionError, TimeoutError, RuntimeError):
            # The other end is gone or stuck: no closing handshake will come back.
            self._closing = self._closing or (WSCloseCode.GOING_AWAY, "")
            self._abort()
            return
        code, reason = self._closing
        with contextlib.suppress(ConnectionError, TimeoutError, RuntimeError):
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self._response.close(code=code, message=reason.encode()[:100])

    def _pop(self) -> bytes:
        item = self._queue.popleft()
        encoded = self._latest.pop(item) if isinstance(item, str) else item
        self._bytes -= len(encoded)
        self._metrics.ws_messages.labels("out").inc()
        return encoded


def _nothing() -> None:
    """There is no transport left to abort."""
