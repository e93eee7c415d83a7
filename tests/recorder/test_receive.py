"""Copy B over a real socket: who may send, that what is acknowledged is on the disk, and what a bad disk does."""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from recorder.copies.receive import Receiver
from recorder.copies.wire import (
    ACK,
    BLOCK,
    CHALLENGE,
    HELLO,
    REFUSED,
    TROUBLE,
    WELCOME,
    frame,
    media_proof,
    recorder_proof,
)
from recorder.recording.library import Library
from tests.recorder.made import RECORDING, ZERO_UTC_US, MadeTap, tone

TOKEN = "token"
MINE = bytes(32)


class Media:
    """The other end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def read(self) -> tuple[int, bytes]:
        length = int.from_bytes(await self.reader.readexactly(4), "big")
        body = await self.reader.readexactly(length)
        return body[0], body[1:]

    async def greet(self, token: str = TOKEN) -> tuple[int, bytes, bytes]:
        kind, challenge = await self.read()
        assert kind == CHALLENGE and len(challenge) == 32
        text = json.dumps({"version": 1, "media_id": "med_1", "node": "local", "zero_utc_us": ZERO_UTC_US}).encode()
        self.writer.write(frame(HELLO, MINE + media_proof(token, challenge, MINE, text) + text))
        kind, answer = await self.read()
        return kind, answer, challenge

    def block(self, number: int, records: bytes) -> None:
        name = RECORDING.encode()
        self.writer.write(frame(BLOCK, number.to_bytes(8, "big") + bytes([len(name)]) + name + records))

    async def until_ack(self, number: int) -> list[dict[str, str]]:
        """Every trouble that was told before this was acknowledged."""
        told = []
        while True:
            kind, payload = await self.read()
            if kind == TROUBLE:
                told.append(json.loads(payload))
            elif kind == ACK and int.from_bytes(payload, "big") >= number:
                return told


@asynccontextmanager
async def connected(spool: Path, socket: Path) -> AsyncIterator[Media]:
    def come_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        receiver = Receiver(spool, TOKEN, "rec_1", time.monotonic, lambda: ZERO_UTC_US)
        tasks.append(asyncio.ensure_future(receiver.serve(reader, writer)))

    tasks: list[asyncio.Future[None]] = []
    server = await asyncio.start_unix_server(come_in, socket)
    reader, writer = await asyncio.open_unix_connection(socket)
    try:
        yield Media(reader, writer)
    finally:
        writer.close()
        server.close()
        await asyncio.gather(*tasks)


@pytest.fixture
def mic() -> MadeTap:
    made = MadeTap(3, "trk_mic", "par_a", "mic", "audio", "opus", 48_000, 111, bytes(32))
    for packet in tone(0.4):
        made.add(packet)
    return made


def found(spool: Path) -> Library:
    library = Library(RECORDING)
    library.scan_copies([spool / RECORDING])
    return library


async def test_what_is_acknowledged_is_in_a_segment(tmp_path: Path, mic: MadeTap) -> None:
    spool = tmp_path / "spool"
    async with connected(spool, tmp_path / "s") as media:
        kind, answer, challenge = await media.greet()
        assert kind == WELCOME and answer[:32] == recorder_proof(TOKEN, MINE, challenge)
        media.block(1, mic.head() + b"".join(mic.records[:10]))
        media.block(2, b"".join(mic.records[10:]) + mic.end(9))
        assert await media.until_ack(2) == []
        library = found(spool)
        assert list(library.taps["med_1", mic.tap_id].seen) == list(range(len(mic.records)))
        assert library.taps["med_1", mic.tap_id].records == len(mic.records)
        assert library.stories[0].segments == 1 and not library.stories[0].torn_bytes
        library.close()


async def test_a_wrong_token_is_refused(tmp_path: Path) -> None:
    async with connected(tmp_path, tmp_path / "s") as media:
        kind, answer, _ = await media.greet("another")
        assert kind == REFUSED and json.loads(answer)["code"] == "wrong_token"
        assert not await media.reader.read(1)


async def test_a_damaged_block_ends_the_connection(tmp_path: Path, mic: MadeTap) -> None:
    async with connected(tmp_path / "spool", tmp_path / "s") as media:
        await media.greet()
        media.block(1, mic.records[0][:-1] + b"!")
        assert not await media.reader.read(1)


async def test_a_removed_folder_is_told_made_anew_and_named_as_a_gap(tmp_path: Path, mic: MadeTap) -> None:
    spool = tmp_path / "spool"
    async with connected(spool, tmp_path / "s") as media:
        await media.greet()
        media.block(1, mic.head() + b"".join(mic.records[:10]))
        await media.until_ack(1)
        shutil.rmtree(spool)
        media.block(2, b"".join(mic.records[10:]))
        told = await media.until_ack(2)
        assert [one["code"] for one in told] == ["folder_missing", ""]
        library = found(spool)
        numbers = library.taps["med_1", mic.tap_id]
        assert list(numbers.seen) == list(range(10, len(mic.records)))
        assert [(first, last) for first, last, _, _, _ in numbers.told_lost] == [(0, len(mic.records) - 1)]
        library.close()


async def test_a_disk_that_comes_back_gets_all_that_waited(tmp_path: Path, mic: MadeTap) -> None:
    spool = tmp_path / "spool"
    spool.write_text("a file where the folder should be")
    async with connected(spool, tmp_path / "s") as media:
        await media.greet()
        media.block(1, mic.head() + b"".join(mic.records[:10]))
        kind, payload = await media.read()
        assert kind == TROUBLE and json.loads(payload)["code"] == "io_error"
        spool.unlink()
        media.block(2, b"".join(mic.records[10:]))
        told = await media.until_ack(2)
        assert told[-1]["code"] == ""
        library = found(spool)
        assert sorted(set(library.taps["med_1", mic.tap_id].seen)) == list(range(len(mic.records)))
        library.close()
