"""A participant without a browser: speaks docs/protocol.md over a WebSocket, publishes nothing, receives no media."""

import asyncio
import json
from typing import Any

import aiohttp

TIMEOUT_S = 10.0


class Refused(Exception):
    """The server said no: `code` and `text` as it gave them."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


async def exchange(http: aiohttp.ClientSession, origin: str, path: str) -> str:
    """A ticket for a personal link (`/j/<token>`). Raises `Refused`."""
    url = f"{origin}/api/v1/join/{path.removeprefix('/j/')}"
    async with http.post(url, json={}, headers={"Origin": origin}) as answer:
        body = await answer.json()
        if answer.status >= 400:
            raise Refused(body["code"], body["text"])
        return str(body["ticket"])


class WireClient:
    """One Connection. Keeps itself alive with pings until `close()`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.messages: list[dict[str, Any]] = []
        self._last_id = 0
        self._news = asyncio.Event()
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._ping())]

    @classmethod
    async def hello(cls, http: aiohttp.ClientSession, origin: str, ticket: str, **more: Any) -> "WireClient":
        """Connect with this ticket. Raises `Refused`."""
        socket = await http.ws_connect(f"{origin.replace('http', 'ws', 1)}/ws", headers={"Origin": origin})
        client = cls(socket)
        number = await client.send("hello", version=1, ticket=ticket, **more)
        answer = await client.wait(lambda one: one.get("re") == number or one["type"] == "bye")
        if answer["type"] != "welcome":
            await client.close()
            raise Refused(answer["code"], answer["text"])
        return client

    @classmethod
    async def join(cls, http: aiohttp.ClientSession, origin: str, path: str, **more: Any) -> "WireClient":
        return await cls.hello(http, origin, await exchange(http, origin, path), **more)

    async def send(self, kind: str, **fields: Any) -> int:
        self._last_id += 1
        await self.socket.send_str(json.dumps({"type": kind, "id": self._last_id, **fields}))
        return self._last_id

    async def wait(self, matches: Any) -> dict[str, Any]:
        """The first message, of those that came and those to come, that matches."""
        async with asyncio.timeout(TIMEOUT_S):
            seen = 0
            while True:
                for message in self.messages[seen:]:
                    if matches(message):
                        return message
                seen = len(self.messages)
                self._news.clear()
                await self._news.wait()

    async def _read(self) -> None:
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.messages.append(json.loads(message.data))
                self._news.set()

    async def _ping(self) -> None:
        while not self.socket.closed:
            await asyncio.sleep(1.5)
            try:
                await self.send("ping")
            except ConnectionError:
                return

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.socket.close()
