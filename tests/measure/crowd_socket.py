"""A WebSocket client that costs almost nothing: 300 of them in one process measure the server and not themselves.

Only what a synthetic participant needs of RFC 6455: text frames, pings, a close. Messages are handed over as bytes, and
nobody looks into those that nobody asked about.
"""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import Self
from urllib.parse import urlsplit

_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_MASKED = 0x80
_NO_MASK = bytes(4)  # a client must mask (section 5.3); with zeros the payload stays as it is
CONNECT_S = 30.0


def frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, _MASKED | size))
    elif size < 65_536:
        head = bytes((0x80 | opcode, _MASKED | 126)) + size.to_bytes(2)
    else:
        head = bytes((0x80 | opcode, _MASKED | 127)) + size.to_bytes(8)
    return head + _NO_MASK + payload


class CrowdSocket(asyncio.Protocol):
    """One Connection; `hear` gets each message as it comes, `lose` why it ended."""

    def __init__(self, hear: Callable[[bytes], None], lose: Callable[[str], None]) -> None:
        self._hear = hear
        self._lose = lose
        self._reason = "no close frame"
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._open = asyncio.get_running_loop().create_future()
        self._answered = False
        self.closed = False

    @classmethod
    async def connect(cls, origin: str, hear: Callable[[bytes], None], lose: Callable[[str], None]) -> Self:
        """Open `/ws` of this origin."""
        parts = urlsplit(origin)
        loop = asyncio.get_running_loop()
        _, socket = await loop.create_connection(lambda: cls(hear, lose), parts.hostname or "", parts.port or 80)
        key = base64.b64encode(os.urandom(16)).decode()
        request = (
            f"GET /ws HTTP/1.1\r\nHost: {parts.netloc}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        socket._write(request.encode())
        async with asyncio.timeout(CONNECT_S):
            await socket._open
        return socket

    def send(self, payload: bytes) -> None:
        self._write(frame(_TEXT, payload))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self.closed:
            self._transport.write(data)

    # --- asyncio.Protocol -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if not self._open.done():
            self._open.set_exception(ConnectionError("closed before it was open"))
        self._lose(self._reason)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._answered and not self._read_answer():
            return
        self._read_frames()

    def _read_answer(self) -> bool:
        head, end, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if not end:
            return False
        self._answered = True
        self._buffer = bytearray(rest)
        if head.startswith(b"HTTP/1.1 101"):
            self._open.set_result(None)
        else:
            self._open.set_exception(ConnectionError(head[:80].decode(errors="replace")))
        return True

    def _read_frames(self) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            opcode, size = buffer[at] & 0x0F, buffer[at + 1] & 0x7F
            head = 2
            if size == 126:
                head, size = 4, int.from_bytes(buffer[at + 2 : at + 4])
            elif size == 127:
                head, size = 10, int.from_bytes(buffer[at + 2 : at + 10])
            end = at + head + size
            if len(buffer) < end:
                break
            self._take(opcode, bytes(buffer[at + head : end]))
            at = end
        del buffer[:at]

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _TEXT:
            self._hear(payload)
        elif opcode == _PING:
            self._write(frame(_PONG, payload))
        elif opcode == _CLOSE:
            self._reason = f"{int.from_bytes(payload[:2])} {payload[2:].decode(errors='replace')}"
            self.close()
