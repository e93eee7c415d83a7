"""The recorder process: takes second copies, carries out control's orders, until it is told to stop."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from recorder.copies.receive import Receiver
from recorder.orders import Orders
from recorder.settings import RecorderSettings

OK, CANT_LISTEN = 0, 69

_log = structlog.get_logger("recorder")

_Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def main(settings: RecorderSettings) -> int:
    """Run until SIGTERM or SIGINT."""
    return asyncio.run(_main(settings))


async def _main(settings: RecorderSettings) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return await serve(settings, stop)


async def serve(settings: RecorderSettings, stop: asyncio.Event) -> int:
    """Listen and work until `stop`."""
    orders = Orders(settings)
    async with asyncio.TaskGroup() as group:
        doors = _Doors(group)
        try:
            if settings.address:
                await doors.open(settings.address, lambda r, w: _receiver(settings).serve(r, w))
            await doors.open(settings.orders_address, orders.serve)
        except OSError as error:
            _log.error("recorder_cannot_listen", reason=str(error))
            await doors.close()
            return CANT_LISTEN
        working = group.create_task(orders.run(), name="orders")
        _log.info("recorder_ready", recorder=settings.recorder_id)
        await stop.wait()
        working.cancel()
        await doors.close()
    return OK


def _receiver(settings: RecorderSettings) -> Receiver:
    return Receiver(
        settings.spool_dir, settings.token, settings.recorder_id, time.monotonic, lambda: time.time_ns() // 1000
    )


def _free_path(address: str) -> str:
    path = Path(address.removeprefix("unix:"))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)  # of a recorder that was killed; two on one folder cannot be
    return str(path)


class _Doors:
    """Listening sockets and the tasks of those who came in."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._servers: list[asyncio.Server] = []
        self._guests: set[asyncio.Task[None]] = set()

    async def open(self, address: str, serve: _Serve) -> None:
        async def guest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await serve(reader, writer)

        def come_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = self._group.create_task(guest(reader, writer))
            self._guests.add(task)
            task.add_done_callback(self._guests.discard)

        if address.startswith("unix:"):
            path = _free_path(address)
            self._servers.append(await asyncio.start_unix_server(come_in, path))
            os.chmod(path, 0o600)
        else:
            host, _, port = address.rpartition(":")
            self._servers.append(await asyncio.start_server(come_in, host.strip("[]") or None, int(port)))

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        for task in tuple(self._guests):
            task.cancel()
        await asyncio.gather(*self._guests, return_exceptions=True)
