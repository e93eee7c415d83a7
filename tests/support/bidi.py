"""A small WebDriver BiDi client: just what the tests need to drive Firefox, without a driver binary.

https://w3c.github.io/webdriver-bidi/. Commands go out with an id, answers come back by it; of the events only console
lines are kept.
"""

import asyncio
import json
from typing import Any

import aiohttp

COMMAND_TIMEOUT_S = 30.0
CONSOLE_LINES_MAX = 2000
MESSAGE_BYTES_MAX = 64 * 1024 * 1024


class BidiError(RuntimeError):
    """The browser refused a command."""


class Bidi:
    """One BiDi connection. `close()` ends it; the browser goes on."""

    def __init__(self, http: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._http = http
        self._socket = socket
        self._last_id = 0
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._reader = asyncio.create_task(self._read())
        self.console: list[str] = []

    @classmethod
    async def connect(cls, url: str) -> "Bidi":
        http = aiohttp.ClientSession()
        socket = await http.ws_connect(url, max_msg_size=MESSAGE_BYTES_MAX)
        bidi = cls(http, socket)
        await bidi.send("session.new", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": True}}})
        await bidi.send("session.subscribe", {"events": ["log.entryAdded"]})
        return bidi

    async def send(self, method: str, params: dict[str, Any]) -> Any:
        """Send a command and wait for its result. Raises `BidiError`, TimeoutError or ConnectionError."""
        if self._reader.done():
            raise ConnectionError("the browser is gone")
        self._last_id += 1
        number = self._last_id
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            await self._socket.send_str(json.dumps({"id": number, "method": method, "params": params}))
            return await asyncio.wait_for(future, COMMAND_TIMEOUT_S)
        finally:
            self._waiting.pop(number, None)

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            value = json.loads(message.data)
            if value.get("type") == "event":
                if len(self.console) < CONSOLE_LINES_MAX:
                    self.console.append(str(value["params"].get("text")))
                continue
            future = self._waiting.get(value.get("id") or 0)
            if future is None or future.done():
                continue
            if value.get("type") == "error":
                future.set_exception(BidiError(f"{value.get('error')}: {value.get('message')}"))
            else:
                future.set_result(value.get("result"))
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionError("the browser is gone"))

    async def close(self) -> None:
        await self._socket.close()
        await asyncio.gather(self._reader, return_exceptions=True)
        await self._http.close()
