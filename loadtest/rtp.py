"""The process that carries the bots' media (`loadtest/rtpbot`): orders to it, news from it, one JSON object a line."""

import asyncio
import contextlib
import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from loadtest.errors import LoadtestError, Missing

SOURCE = Path(__file__).parent / "rtpbot"
BUILT = SOURCE / "target" / "release" / "rtpbot"
LINE_BYTES_MAX = 4 * 1024 * 1024
ANSWER_S = 30.0
STOP_S = 3.0

News = dict[str, Any]
OnNews = Callable[[News], None]


async def binary() -> Path:
    """Where rtpbot is: named by HOMEROOM_RTPBOT, built here (building it now, in a source tree), or installed."""
    if named := os.environ.get("HOMEROOM_RTPBOT"):
        return Path(named)
    root = SOURCE.parents[1]
    if (root / "Makefile").is_file() and (SOURCE / "Cargo.toml").is_file() and shutil.which("make"):
        # Its stamp knows whether there is anything to do.
        build = await asyncio.create_subprocess_exec(
            "make", "-C", str(root), "rtpbot", stdout=asyncio.subprocess.DEVNULL
        )
        if await build.wait() == 0 and BUILT.is_file():
            return BUILT
        raise Missing("rtpbot, the load tool's media part, cannot be built here; `make rtpbot` says why.")
    if found := shutil.which("rtpbot"):
        return Path(found)
    raise Missing("rtpbot, the load tool's media part, is not installed; build it with `make rtpbot` in a source tree.")


def own_address(origin: str) -> str:
    """The address of ours from which this server is reached."""
    parts = urlsplit(origin)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_DGRAM)
        # IPv4 first: `localhost` is both, and a server that listens on one has 127.0.0.1.
        family, kind, _, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
        with socket.socket(family, kind) as probe:
            probe.connect(address)
            return str(probe.getsockname()[0])
    except OSError as error:
        raise LoadtestError(f"{origin} cannot be reached: {error.strerror}.") from error


class Rtp:
    """One rtpbot. `ask` waits for the answer to an order; what nobody asked for goes to the bot's listener."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._waiting: dict[tuple[int, str], asyncio.Future[News]] = {}
        self._listeners: dict[int, OnNews] = {}
        self._reader = asyncio.create_task(self._read(), name="rtpbot-news")
        self.ended = asyncio.Event()

    @classmethod
    async def start(cls, path: Path, bind: str) -> "Rtp":
        try:
            process = await asyncio.create_subprocess_exec(
                str(path),
                "--bind",
                bind,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LINE_BYTES_MAX,
                # Ctrl-C is for us: the bots leave in order first.
                start_new_session=True,
            )
        except OSError as error:
            raise Missing(f"{path} cannot be started: {error.strerror}.") from error
        return cls(process)

    def listen(self, bot: int, on_news: OnNews) -> None:
        self._listeners[bot] = on_news

    def order(self, op: str, **fields: Any) -> None:
        """Say something that needs no answer."""
        stdin = self._process.stdin
        if stdin is not None and not stdin.is_closing() and not self.ended.is_set():
            stdin.write(json.dumps({"op": op, **fields}).encode() + b"\n")

    async def ask(self, news: str, op: str, bot: int, **fields: Any) -> News:
        """Order, and wait for this news of the bot. Raises `LoadtestError` when it is refused or does not come."""
        future: asyncio.Future[News] = asyncio.get_running_loop().create_future()
        self._waiting[bot, news] = future
        self.order(op, bot=bot, **fields)
        try:
            async with asyncio.timeout(ANSWER_S):
                return await future
        except TimeoutError:
            raise LoadtestError(f"rtpbot did not answer {op} within {ANSWER_S:g} s.") from None
        finally:
            self._waiting.pop((bot, news), None)

    async def report(self) -> News:
        """All that was counted so far."""
        future: asyncio.Future[News] = asyncio.get_running_loop().create_future()
        self._waiting[-1, "report"] = future
        self.order("report")
        try:
            async with asyncio.timeout(ANSWER_S):
                return await future
        except TimeoutError:
            raise LoadtestError("rtpbot does not answer.") from None

    async def stop(self) -> None:
        """Its input ends, so does it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(STOP_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader

    async def _read(self) -> None:
        stdout = self._process.stdout
        while stdout is not None and (line := await stdout.readline()):
            self._take(json.loads(line))
        self.ended.set()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(LoadtestError("rtpbot ended by itself."))

    def _take(self, news: News) -> None:
        kind, bot = news.pop("news"), news.get("bot", -1)
        if kind == "refused":
            for (one, _), future in self._waiting.items():
                if one == bot and not future.done():
                    future.set_exception(LoadtestError(f"rtpbot refused: {news['text']}"))
                    return
        future = self._waiting.get((bot, kind))  # type: ignore[assignment]
        if future is not None and not future.done():
            future.set_result(news)
        elif bot in self._listeners:
            self._listeners[bot]({"news": kind, **news})
