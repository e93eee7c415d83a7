"""Two media sides of the link behind one face: the real process over its socket, and the fake in this one."""

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from media.contract import (
    HEADER_BYTES,
    LINK_VERSION,
    Command,
    CurrentState,
    Event,
    GetSnapshot,
    LinkHello,
    MediaHello,
    Snapshot,
    WantedState,
    decode_event,
    encode_frame,
    frame_length,
)
from server.rtc.fake_plane import FakeMedia

TOKEN = "token-of-the-tests"
PATIENCE_S = 15.0

T = TypeVar("T")


class Link(Protocol):
    """Control's end of a link."""

    async def send(self, *commands: Command) -> None: ...

    async def write(self, bytes_: bytes) -> None: ...

    async def next(self) -> Event: ...

    async def close(self) -> None: ...


class Conversation:
    """What a test says and hears over a link. Every event that has come is kept."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.events: list[Event] = []
        self._number = 0

    async def send(self, *commands: Command) -> None:
        await self._link.send(*commands)

    async def write(self, bytes_: bytes) -> None:
        """Bytes that need not be a frame."""
        await self._link.write(bytes_)

    async def hear(self) -> Event:
        async with asyncio.timeout(PATIENCE_S):
            event = await self._link.next()
        self.events.append(event)
        return event

    async def until(self, kind: type[T], fits: Callable[[T], bool] = lambda _: True) -> T:
        """The first event of a kind that fits, among those that have come and those that will."""
        for event in self.events:
            if isinstance(event, kind) and fits(event):
                return event
        while True:
            event = await self.hear()
            if isinstance(event, kind) and fits(event):
                return event

    async def settled(self) -> list[Event]:
        """Wait until everything sent so far has been carried out; all events, this question's answer left out."""
        self._number += 1
        command_id = f"cmd_settle_{self._number}"
        await self.send(GetSnapshot(command_id=command_id))
        await self.until(Snapshot, lambda answer: answer.command_id == command_id)
        self.events = [event for event in self.events if not isinstance(event, Snapshot)]
        return self.events

    async def start(self, wanted: WantedState | None = None, **hello: Any) -> tuple[MediaHello, CurrentState]:
        """Greet, say what is wanted, and hear what is."""
        await self.send(make_hello(**hello))
        answer = await self.hear()
        assert isinstance(answer, MediaHello), answer
        await self.send(wanted or WantedState())
        return answer, await self.until(CurrentState)

    async def close(self) -> None:
        await self._link.close()


def make_hello(
    token: str = TOKEN, version: int = LINK_VERSION, lease_epoch: int = 1, control_id: str = "ctl_test"
) -> LinkHello:
    return LinkHello(version=version, token=token, control_id=control_id, lease_epoch=lease_epoch)


class FakeLink:
    """A `FakeMedia` answers at once."""

    def __init__(self, media: FakeMedia) -> None:
        self._media = media
        self._events: deque[Event] = deque()

    async def send(self, *commands: Command) -> None:
        for command in commands:
            self._events.extend(self._media.handle(command))

    async def write(self, bytes_: bytes) -> None:
        raise AssertionError("the fake has no bytes")

    async def next(self) -> Event:
        if not self._events:
            raise AssertionError("the fake has nothing more to say")
        return self._events.popleft()

    async def close(self) -> None:
        pass


class SocketLink:
    """A link to a real process."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, *commands: Command) -> None:
        self._writer.write(b"".join(encode_frame(command) for command in commands))
        await self._writer.drain()

    async def write(self, bytes_: bytes) -> None:
        self._writer.write(bytes_)
        await self._writer.drain()

    async def next(self) -> Event:
        length = frame_length(await self._reader.readexactly(HEADER_BYTES))
        return decode_event(await self._reader.readexactly(length))

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


class MediaProcess:
    """A media process of our own, started as the product starts it."""

    def __init__(self, folder: Path, shards: int = 1) -> None:
        self.socket = folder / "media.sock"
        self.log = folder / "media.log"
        self._shards = shards
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        code = (
            "import sys; from media.agent.process import main; from media.agent.settings import AgentSettings;"
            f"sys.exit(main(AgentSettings(link_address='unix:{self.socket}', link_token='{TOKEN}', node='here',"
            f" shards={self._shards}, bind_addresses=('127.0.0.1',))))"
        )
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stderr=log, stdout=log)

    async def connect(self) -> Conversation:
        """A link, as soon as the process listens."""
        assert self._process is not None
        ended = asyncio.create_task(self._process.wait())
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not ended.done():
                    try:
                        return Conversation(SocketLink(*await asyncio.open_unix_connection(str(self.socket))))
                    except OSError:
                        await asyncio.wait([ended], timeout=0.02)
        finally:
            ended.cancel()
        raise AssertionError(f"the media process ended: {self.log.read_text()}")

    async def kill(self, number: signal.Signals = signal.SIGKILL) -> int:
        """End it; its exit status."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, number)
        return await self.ended()

    async def ended(self) -> int:
        """Wait for its end; its exit status."""
        assert self._process is not None
        async with asyncio.timeout(PATIENCE_S):
            return await self._process.wait()

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            await self.kill(signal.SIGTERM)
