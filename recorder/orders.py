"""Control's orders: one piece of work at a time, each in a process of its own, its news passed on.

Nothing here is remembered on disk: control repeats what is not done, and the work itself goes on after its last whole
file. A newer connection of control takes over from an older one.
"""

import asyncio
import contextlib
import hmac
import secrets
import shutil
import sys
from collections import OrderedDict
from pathlib import Path

import msgspec
import structlog

from recorder.contract import (
    HEADER_BYTES,
    RECORDER_LINK_VERSION,
    Challenge,
    CopyDropped,
    DropCopy,
    FrameError,
    Hello,
    MixRemade,
    News,
    Order,
    OrderFailed,
    Processed,
    ProcessRecording,
    Progress,
    RemakeMix,
    decode_order,
    encode,
    frame_length,
    order_proof,
)
from recorder.copies.segments import is_safe_id
from recorder.recording.remix import Remix
from recorder.recording.work import Work
from recorder.settings import RecorderSettings

ORDERS_MAX = 10_000  # a week of a large school, all at once; over it control waits and repeats
HANDSHAKE_S = 5.0
NEWS_LINE_BYTES_MAX = 32 * 1024 * 1024
WORK_S_MAX = 6 * 3600.0  # an hour's class takes minutes: after this it is stuck, and is tried again

_log = structlog.get_logger("orders")


class Orders:
    """`serve` takes connections of control, `run` works."""

    def __init__(self, settings: RecorderSettings) -> None:
        self._settings = settings
        self._waiting: OrderedDict[tuple[str, str], Order] = OrderedDict()
        self._work = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None

    # --- control's connection ---------------------------------------------------------------------------------------

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection until it ends."""
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                await self._greet(reader, writer)
            if self._writer is not None:
                self._writer.close()
            self._writer = writer
            _log.info("control_connected")
            while True:
                self._take(await _read(reader))
        except (FrameError, OSError, EOFError, TimeoutError) as error:
            _log.info("control_disconnected", reason=str(error)[:200])
        finally:
            if self._writer is writer:
                self._writer = None
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonce = secrets.token_bytes(32)
        writer.write(encode(Challenge(RECORDER_LINK_VERSION, self._settings.recorder_id, nonce)))
        hello = await _read(reader)
        if not isinstance(hello, Hello) or hello.version != RECORDER_LINK_VERSION:
            raise FrameError("not a hello of this version")
        if not hmac.compare_digest(hello.proof, order_proof(self._settings.token, nonce)):
            raise FrameError("a wrong proof")

    def _take(self, order: Order) -> None:
        if isinstance(order, Hello):
            raise FrameError("a second hello")
        if not is_safe_id(order.recording_id):
            raise FrameError("an id that cannot be a folder's name")
        key = (type(order).__name__, order.recording_id)
        if key not in self._waiting and len(self._waiting) >= ORDERS_MAX:
            self._tell(OrderFailed(order.recording_id, "too_many", "The recorder has too much to do."))
            return
        self._waiting[key] = order
        self._work.set()

    def _tell(self, news: News) -> None:
        """To whoever is connected now; who was not asks again."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(encode(news))

    # --- work -------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work for ever. An order is done before the next; a repeat of the one at work waits behind it."""
        while True:
            await self._work.wait()
            if not self._waiting:
                self._work.clear()
                continue
            key, order = next(iter(self._waiting.items()))
            try:
                await self._do(order)
            except OSError as error:
                _log.error("order_failed", kind=key[0], recording=key[1], reason=str(error)[:300])
                self._tell(OrderFailed(key[1], "not_done", str(error)[:300]))
            if self._waiting.get(key) is order:
                del self._waiting[key]

    async def _do(self, order: Order) -> None:
        match order:
            case ProcessRecording():
                await self._process(order)
            case DropCopy(recording_id=recording_id):
                await asyncio.to_thread(self._drop, recording_id)
                self._tell(CopyDropped(recording_id))
            case RemakeMix():
                await self._remix(order)
            case Hello():
                pass

    async def _process(self, order: ProcessRecording) -> None:
        settings = self._settings
        scratch = settings.work_dir / order.recording_id
        copies = (*order.spools, str(settings.spool_dir))
        work = Work(
            order,
            tuple(str(Path(spool) / order.recording_id) for spool in copies),
            str(scratch),
            settings.store_url,
            settings.niceness,
        )
        news = await self._in_a_process("recorder.recording.work", msgspec.msgpack.encode(work))
        await asyncio.to_thread(shutil.rmtree, scratch, True)
        self._tell(news)

    async def _remix(self, order: RemakeMix) -> None:
        scratch = self._settings.work_dir / f"{order.recording_id}-mix"
        work = Remix(order, str(scratch), self._settings.store_url, self._settings.niceness)
        news = await self._in_a_process("recorder.recording.remix", msgspec.msgpack.encode(work))
        await asyncio.to_thread(shutil.rmtree, scratch, True)
        self._tell(news)

    def _drop(self, recording_id: str) -> None:
        for folder in (self._settings.spool_dir / recording_id, self._settings.work_dir / recording_id):
            if folder.exists():
                shutil.rmtree(folder)

    async def _in_a_process(self, module: str, work: bytes) -> Processed | MixRemade:
        """The last news of the work; progress is passed on meanwhile. Raises `OSError` with what it complained of."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=NEWS_LINE_BYTES_MAX,
        )
        try:
            async with asyncio.timeout(WORK_S_MAX), asyncio.TaskGroup() as group:
                told = group.create_task(self._listen(process))
                complaint = group.create_task(_tail(process))
                assert process.stdin is not None
                process.stdin.write(work)
                with contextlib.suppress(OSError):
                    await process.stdin.drain()
                process.stdin.close()
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
        result = told.result()
        if process.returncode != 0 or result is None:
            raise OSError(f"the work ended with {process.returncode}: {complaint.result()}")
        return result

    async def _listen(self, process: asyncio.subprocess.Process) -> Processed | MixRemade | None:
        assert process.stdout is not None
        result: Processed | MixRemade | None = None
        while line := await process.stdout.readline():
            news = msgspec.json.decode(line, type=Progress | Processed | MixRemade)
            if isinstance(news, Progress):
                self._tell(news)
            else:
                result = news
        await process.wait()
        return result


async def _tail(process: asyncio.subprocess.Process) -> str:
    """The end of what it said on stderr."""
    assert process.stderr is not None
    kept = b""
    while piece := await process.stderr.read(65_536):
        kept = (kept + piece)[-2000:]
    return kept.decode("utf-8", "replace").strip()[-500:]


async def _read(reader: asyncio.StreamReader) -> Order:
    return decode_order(await reader.readexactly(frame_length(await reader.readexactly(HEADER_BYTES))))
