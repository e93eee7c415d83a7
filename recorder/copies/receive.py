"""One connection of a media process: blocks in, written and fsynced, acknowledged.

Blocks wait in memory until they are durable. When a disk refuses, the same blocks are written again, into a fresh
segment, each second, and media is told why; when too many wait nothing more is read: media's own memory is the queue.
"""

import asyncio
import contextlib
import errno
import secrets
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

from recorder.copies.segments import FileRemoved, SegmentWriter, Source
from recorder.copies.wire import (
    BLOCK,
    CHALLENGE,
    HELLO,
    NONCE_BYTES,
    Block,
    ProtocolError,
    ack,
    frame,
    frame_length,
    parse_block,
    parse_hello,
    refused,
    trouble,
    welcome,
)
from recorder.spool.scan import is_whole_block

HANDSHAKE_S = 5.0
SYNC_EVERY_S = 0.5  # the promise is a second; half of it leaves room for a slow disk
RETRY_S = 1.0
WAITING_BYTES_MAX = 32 * 1024 * 1024
WRITE_TIMEOUT_S = 10.0

TROUBLES = {
    errno.ENOSPC: ("disk_full", "The recorder's disk is full: free some space, or give it another one."),
    errno.EDQUOT: ("disk_full", "The recorder's disk quota is used up."),
    errno.EROFS: ("read_only", "The recorder's disk is read-only: mount it writable again."),
    errno.EACCES: ("read_only", "The recorder may not write its folder: give it the right to."),
    errno.ENOENT: ("folder_missing", "The recorder's folder is gone; it is made anew."),
}
OTHER_TROUBLE = ("io_error", "The recorder's disk fails: look at the machine's log, and replace it.")
REMOVED = ("folder_missing", "Somebody removed the recorder's files under it; it writes new ones.")

_log = structlog.get_logger("copies")


class Receiver:
    """Serves one connection until it ends. `mono_s` and `utc_us` are clocks."""

    def __init__(
        self,
        root: Path,
        token: str,
        recorder_id: str,
        mono_s: Callable[[], float],
        utc_us: Callable[[], int],
    ) -> None:
        self._root = root
        self._token = token
        self._recorder_id = recorder_id
        self._mono_s = mono_s
        self._utc_us = utc_us
        self._waiting: deque[Block] = deque()
        self._waiting_bytes = 0
        self._room = asyncio.Event()
        self._room.set()
        self._work = asyncio.Event()
        self._in_trouble = ""
        self.acknowledged = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handshake, then blocks until either side ends. Never raises for what the other side did."""
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                source = await self._greet(reader, writer)
        except (ProtocolError, OSError, EOFError, TimeoutError) as error:
            if isinstance(error, ProtocolError):
                writer.write(refused(error))
            _log.warning("copy_refused", reason=str(error)[:200])
            await _end(writer)
            return
        _log.info("copy_connected", media_id=source.media_id, node=source.node)
        segments = SegmentWriter(self._root, source, "b", self._mono_s, self._utc_us)
        thread = ThreadPoolExecutor(1, thread_name_prefix="copy-b")
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(self._read(reader))
                writing = group.create_task(self._write(writer, segments, thread))
                await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
                reading.cancel()
                writing.cancel()
        except* (ProtocolError, OSError, EOFError, TimeoutError) as several:
            _log.info("copy_disconnected", media_id=source.media_id, reason=str(several.exceptions[0])[:200])
        finally:
            await asyncio.get_running_loop().run_in_executor(thread, segments.close)
            thread.shutdown(wait=False)
            await _end(writer)

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Source:
        challenge = secrets.token_bytes(NONCE_BYTES)
        writer.write(frame(CHALLENGE, challenge))
        kind, payload = await _read_frame(reader)
        if kind != HELLO:
            raise ProtocolError("bad_hello", "The first frame must be HELLO.")
        source, theirs = parse_hello(payload, self._token, challenge)
        writer.write(welcome(self._token, theirs, challenge, self._recorder_id))
        await writer.drain()
        return source

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            await self._room.wait()
            kind, payload = await _read_frame(reader)
            if kind != BLOCK:
                raise ProtocolError("bad_frame", f"frame type {kind} is not expected here")
            block = parse_block(payload)
            if not is_whole_block(block.records):
                raise ProtocolError("bad_block", "a block with a torn or damaged record")
            self._waiting.append(block)
            self._waiting_bytes += len(block.records)
            if self._waiting_bytes >= WAITING_BYTES_MAX:
                self._room.clear()
            self._work.set()

    async def _write(self, writer: asyncio.StreamWriter, segments: SegmentWriter, thread: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._work.wait()
            await asyncio.sleep(SYNC_EVERY_S)  # gather: one fsync for what came meanwhile
            batch = list(self._waiting)
            try:
                await loop.run_in_executor(thread, _store, segments, batch)
            except OSError as error:
                # What was written since the last fsync may be lost with the file: all that waits is written again.
                self._tell_trouble(writer, error)
                await asyncio.sleep(RETRY_S)
                continue
            self._forget(batch)
            self._tell_well(writer)
            writer.write(ack(batch[-1].number))
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await writer.drain()

    def _forget(self, batch: list[Block]) -> None:
        """These are durable."""
        for _ in batch:
            self._waiting_bytes -= len(self._waiting.popleft().records)
        self.acknowledged += len(batch)
        if self._waiting_bytes < WAITING_BYTES_MAX:
            self._room.set()
        if not self._waiting:
            self._work.clear()

    def _tell_trouble(self, writer: asyncio.StreamWriter, error: OSError) -> None:
        code, text = REMOVED if isinstance(error, FileRemoved) else TROUBLES.get(error.errno or 0, OTHER_TROUBLE)
        if code != self._in_trouble:
            _log.error("copy_not_written", code=code, reason=str(error)[:200])
        self._in_trouble = code
        writer.write(trouble("", code, text))

    def _tell_well(self, writer: asyncio.StreamWriter) -> None:
        if self._in_trouble:
            _log.info("copy_written_again", after=self._in_trouble)
            self._in_trouble = ""
            writer.write(trouble("", "", ""))


def _store(segments: SegmentWriter, blocks: list[Block]) -> None:
    """In the thread: write and make durable."""
    for block in blocks:
        segments.write(block.recording_id, block.records)
    segments.sync()


async def _read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    body = await reader.readexactly(frame_length(await reader.readexactly(4)))
    return body[0], body[1:]


async def _end(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(WRITE_TIMEOUT_S):
            await writer.wait_closed()
