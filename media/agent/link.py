"""The link's listening side: one control at a time, and media goes on when there is none.

A control shows version, token and lease epoch, is told who we are, says all that it wants, and is told what is. From
then on commands come in and events go out. A newer control (same or higher epoch) takes the link over; an older one is
refused.
"""

import asyncio
import contextlib
import hmac
import socket
from pathlib import Path
from typing import Protocol

import structlog

from media.agent.existing import CloseCommand, SetCommand
from media.agent.outbox import EventOutbox
from media.contract import (
    HEADER_BYTES,
    LINK_VERSION,
    Command,
    CommandFailed,
    Event,
    FrameError,
    GetSnapshot,
    LinkHello,
    LinkRefused,
    MediaHello,
    Snapshot,
    WantedState,
    decode_command,
    encode_frame,
    frame_length,
)

HELLO_TIMEOUT_S = 5.0
WANTED_TIMEOUT_S = 30.0
WRITE_TIMEOUT_S = 5.0
GREETING_MAX = 8
"""Connections that have not been accepted yet. They are strangers until then."""

EVENTS_PER_WRITE = 256
HELLO_BYTES_MAX = 4096

_log = structlog.get_logger("link")


class LinkDesk(Protocol):
    """What the link asks of the process behind it."""

    def hello(self) -> MediaHello: ...

    async def converge(self, wanted: WantedState, outbox: EventOutbox) -> None:
        """Make it so, then tell the current state. Events go to `outbox` from now on."""

    async def apply(self, command: SetCommand | CloseCommand) -> None: ...

    async def snapshot(self) -> str: ...

    def detach(self, outbox: EventOutbox) -> None:
        """This link is gone."""


class _Refused(Exception):
    """The text goes to the other side."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class _Ended(Exception):
    """The link ended; the text says why."""


class LinkServer:
    """Listens for control; owns the connections."""

    def __init__(self, address: str, token: str, desk: LinkDesk) -> None:
        self._address = address
        self._token = token.encode()
        self._desk = desk
        self._server: asyncio.Server | None = None
        self._epoch_seen = 0
        self._greeting = 0
        self._current: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.counters = {"links_accepted": 0, "links_refused": 0, "links_overflowed": 0}

    async def start(self) -> str:
        """Listen; the address, with the port that was taken for `host:0`. Raises OSError when it is taken."""
        if self._address.startswith("unix:"):
            self._server = await asyncio.start_unix_server(
                self._accept, sock=_unix_socket(Path(self._address.removeprefix("unix:")))
            )
            return self._address
        host, _, port = self._address.rpartition(":")
        self._server = await asyncio.start_server(self._accept, host.strip("[]"), int(port))
        return f"{host}:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._address.startswith("unix:"):
            _remove(Path(self._address.removeprefix("unix:")))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # asyncio runs this as a task
        self._tasks.add(task)
        try:
            await self._serve(task, reader, writer)
        except _Refused as refused:
            self.counters["links_refused"] += 1
            _log.warning("link_refused", code=refused.code)
            with contextlib.suppress(OSError, TimeoutError):
                await _write(writer, LinkRefused(code=refused.code, text=str(refused)))
        except (OSError, EOFError, TimeoutError, FrameError, _Ended) as error:
            _log.warning("link_lost", reason=f"{type(error).__name__}: {error}"[:200])
        except asyncio.CancelledError:
            # Taken over by a newer control, or the process stops; asyncio must not log it as an error.
            _log.info("link_closed")
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _serve(
        self, task: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self._greeting >= GREETING_MAX:
            raise _Refused("busy", "too many controls are connecting")
        self._greeting += 1
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                hello = self._check(await _read(reader, HELLO_BYTES_MAX))
        finally:
            self._greeting -= 1
        await self._take_over(task)
        self.counters["links_accepted"] += 1
        _log.info("link_up", control_id=hello.control_id, lease_epoch=hello.lease_epoch)
        outbox = EventOutbox()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(reader, outbox, group), name="link-read")
                group.create_task(_write_all(writer, outbox), name="link-write")
                group.create_task(self._cut_on_overflow(outbox), name="link-overflow")
        except BaseExceptionGroup as several:
            raise _first(several) from several
        finally:
            self._desk.detach(outbox)
            if self._current is task:
                self._current = None

    def _check(self, hello: Command) -> LinkHello:
        if not isinstance(hello, LinkHello):
            raise _Refused("hello_first", "the first frame must be link_hello")
        if not hmac.compare_digest(hello.token.encode(), self._token):
            raise _Refused("token", "the token is wrong")
        if hello.version != LINK_VERSION:
            raise _Refused("version", f"this media process speaks link version {LINK_VERSION}")
        if hello.lease_epoch < self._epoch_seen:
            raise _Refused("lease", "a newer control has been here")
        self._epoch_seen = hello.lease_epoch
        return hello

    async def _take_over(self, task: asyncio.Task[None]) -> None:
        """From now on there is this control only; the one before may be a half-open connection of the same."""
        before, self._current = self._current, task
        if before is not None:
            before.cancel()
            await asyncio.wait([before])

    async def _read(self, reader: asyncio.StreamReader, outbox: EventOutbox, group: asyncio.TaskGroup) -> None:
        outbox.put(self._desk.hello())
        async with asyncio.timeout(WANTED_TIMEOUT_S):
            wanted = await _read(reader)
        if not isinstance(wanted, WantedState):
            raise _Ended("the frame after the hello was no wanted_state")
        await self._desk.converge(wanted, outbox)
        snapshot: asyncio.Task[None] | None = None
        while True:
            match await _read(reader):
                case LinkHello():
                    raise _Ended("a second hello")
                case WantedState() as wanted:
                    await self._desk.converge(wanted, outbox)
                case GetSnapshot(command_id=command_id):
                    if snapshot is None or snapshot.done():
                        snapshot = group.create_task(self._snapshot(command_id, outbox), name="link-snapshot")
                    else:
                        outbox.put(
                            CommandFailed(command_id=command_id, object_id="", code="busy", text="one at a time")
                        )
                case command:
                    await self._desk.apply(command)

    async def _snapshot(self, command_id: str, outbox: EventOutbox) -> None:
        try:
            answer = Snapshot(command_id=command_id, json=await self._desk.snapshot())
            encode_frame(answer)
        except (FrameError, RuntimeError, BlockingIOError) as error:
            outbox.put(CommandFailed(command_id=command_id, object_id="", code="snapshot", text=str(error)[:200]))
        else:
            outbox.put(answer)

    async def _cut_on_overflow(self, outbox: EventOutbox) -> None:
        await outbox.overflowed.wait()
        self.counters["links_overflowed"] += 1
        raise _Ended("control does not keep up with the events")


def _unix_socket(path: Path) -> socket.socket:
    """A socket that only this user may connect to; one that nobody listens on any more is replaced."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            pass
        else:
            raise OSError(f"another media process listens on {path}")
    # Bound under another name and moved: it cannot be found before it is for this user only.
    hidden = path.with_name(path.name + ".new")
    _remove(hidden)
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(str(hidden))
        hidden.chmod(0o600)
        hidden.rename(path)
    except OSError:
        listener.close()
        raise
    return listener


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


async def _read(reader: asyncio.StreamReader, bytes_max: int | None = None) -> Command:
    length = frame_length(await reader.readexactly(HEADER_BYTES))
    if bytes_max is not None and length > bytes_max:
        raise FrameError(f"frame of {length} bytes is over the limit of {bytes_max}")
    return decode_command(await reader.readexactly(length))


async def _write(writer: asyncio.StreamWriter, *events: Event) -> None:
    writer.write(b"".join(map(_encoded, events)))
    async with asyncio.timeout(WRITE_TIMEOUT_S):
        await writer.drain()


def _encoded(event: Event) -> bytes:
    return encode_frame(event)


async def _write_all(writer: asyncio.StreamWriter, outbox: EventOutbox) -> None:
    while True:
        await _write(writer, *await outbox.take(EVENTS_PER_WRITE))


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """The reason a link ended: of what its tasks raised, the first."""
    first: BaseException = several
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
