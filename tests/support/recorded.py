"""A real server that records a real class, with publishers that remember every packet they sent: what a recording holds
is compared with that bit by bit."""

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from recorder.recording.library import Library, Opener
from recorder.recording.track import tracks_in
from recorder.spool.format import Malformed
from tests.e2e_aiortc.client import Client

ROOT = Path(__file__).parents[2]
READY_S = 60.0
RTCP_TYPES = range(192, 224)
RECOVERABLE_S = 0.25

CONFIG = """
[server]
port = 0
[live]
empty_close_s = 1
grace_s = 5
[recording]
spool_dir = "{a}"
recorder_dir = "{b}"
"""


@dataclass(slots=True)
class Sent:
    """One packet that a publisher gave to the network."""

    at_s: float
    ssrc: int
    seq: int
    packet: bytes


@dataclass(slots=True)
class Publisher:
    """A person with a tone and a picture, and all that they sent."""

    client: Client
    sent: list[Sent] = field(default_factory=list)
    left: bool = False

    async def publish(self) -> None:
        """On a new transport; what it sends is written down."""
        await self.client.publish()
        side = self.client.publish_side
        assert side is not None
        for transport in {one.sender.transport for one in side.getTransceivers()}:
            self._listen(transport)

    async def leave(self) -> None:
        """What is sent from now on goes nowhere, and is not written down."""
        self.left = True
        await self.client.leave()

    async def end_class(self) -> None:
        """For everyone. What is sent from now on goes nowhere, and is not written down."""
        self.left = True
        await self.client.end_class()

    def _listen(self, transport: Any) -> None:
        send: Callable[[bytes], Awaitable[None]] = transport._send_rtp

        async def sending(data: bytes) -> None:
            await send(data)
            if not self.left and len(data) >= 12 and data[1] not in RTCP_TYPES:
                packet = without_extensions(data)
                self.sent.append(
                    Sent(
                        time.time(),
                        int.from_bytes(packet[8:12], "big"),
                        int.from_bytes(packet[2:4], "big"),
                        packet,
                    )
                )

        transport._send_rtp = sending


def without_extensions(data: bytes) -> bytes:
    """As the spool keeps it: the twelve bytes of header, and the payload."""
    at = 12 + 4 * (data[0] & 0x0F)
    if data[0] & 0x10:
        at += 4 + 4 * int.from_bytes(data[at + 2 : at + 4], "big")
    end = len(data) - (data[-1] if data[0] & 0x20 else 0)
    return bytes([0x80]) + data[1:12] + data[at:end]


async def go_home(people: Sequence[Publisher]) -> None:
    """Everyone leaves; the first, the instructor, ends the class, and with it the recording."""
    for one in people[1:]:
        await one.leave()
    await people[0].end_class()


class RecordedServer:
    """`async with RecordedServer(folder) as server`: everything `homeroom serve` starts. `a` and `b`: the copies'
    folders, perhaps on disks of their own."""

    def __init__(self, folder: Path, a: Path | None = None, b: Path | None = None) -> None:
        self.folder = folder
        self.a = a or folder / "a"
        self.b = b or folder / "b"
        self.data = folder / "d"
        self.log = folder / "log"
        self.instructor = ""
        self.student = ""
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        config = self.folder / "homeroom.toml"
        config.write_text(CONFIG.format(a=self.a, b=self.b))
        words = ["-m", "server", "serve", "--demo", "--without-web-client", "--config", str(config)]
        with self.log.open("wb") as errors:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *words,
                "--data",
                str(self.data),
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                cwd=ROOT,
            )
        async with asyncio.timeout(READY_S):
            while not (self.instructor and self.student):
                assert self._process.stdout is not None
                line = (await self._process.stdout.readline()).decode()
                assert line, f"the server ended:\n{self.end_of_log()}"
                who, _, link = line.strip().partition(": ")
                if who in ("Instructor", "Student"):
                    setattr(self, who.lower(), link)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        for name in ("media", "recorder"):
            with contextlib.suppress(LookupError, ProcessLookupError):
                self.signal(name, signal.SIGCONT)
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(READY_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            raise

    @property
    def origin(self) -> str:
        return self.instructor.partition("/j/")[0]

    def pid(self, kind: str) -> int:
        """The process of this kind that was started last."""
        lines = self.events("child_started")
        found = [int(line["pid"]) for line in lines if line["kind"] == kind]
        if not found:
            raise LookupError(kind)
        return found[-1]

    def signal(self, kind: str, number: int) -> None:
        os.kill(self.pid(kind), number)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Lines of the log with this event."""
        lines = (line for line in self.log.read_text(errors="replace").splitlines() if line.startswith("{"))
        found = []
        for line in lines:
            with contextlib.suppress(ValueError):
                told = json.loads(line)
                if told.get("event") == name:
                    found.append(told)
        return found

    def end_of_log(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]

    # --- what the server knows --------------------------------------------------------------------------------------

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Straight from the database, read only."""
        with contextlib.closing(sqlite3.connect(f"file:{self.data / 'homeroom.db'}?mode=ro", uri=True)) as database:
            return database.execute(query, values).fetchall()

    def cases(self) -> dict[str, dict[str, Any]]:
        """Open Cases by their code (or kind), with what they say."""
        rows = self.rows("SELECT kind, context, opened_utc FROM cases ORDER BY opened_utc")
        return {
            json.loads(context).get("code", kind): json.loads(context) | {"opened_utc": opened}
            for kind, context, opened in rows
        }

    async def until(self, look: Callable[[], Any], patience_s: float = READY_S) -> Any:
        """Wait until this gives something true."""
        try:
            async with asyncio.timeout(patience_s):
                while not (found := look()):  # noqa: ASYNC110 (a file and a database have no bell)
                    await asyncio.sleep(0.1)
                return found
        except TimeoutError:
            raise AssertionError(f"did not come in {patience_s} s:\n{self.end_of_log()}") from None

    def recording_id(self) -> str:
        rows = self.rows("SELECT recording_id FROM recordings ORDER BY began_utc")
        return str(rows[-1][0]) if rows else ""

    async def made(self, patience_s: float = 120.0) -> dict[str, Any]:
        """The manifest of the last recording, once it is ready."""

        def look() -> str | None:
            rows = self.rows("SELECT manifest FROM recordings WHERE state = 'ready' ORDER BY began_utc")
            return rows[-1][0] if rows else None

        manifest: dict[str, Any] = json.loads(await self.until(look, patience_s))
        return manifest

    async def ask(self, path: str, link: str, method: str = "GET", **more: Any) -> tuple[int, Any]:
        """The API with this person's link as proof."""
        headers = {"Authorization": "Bearer " + link.rpartition("/")[2]}
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, self.origin + path, headers=headers, **more) as answer,
        ):
            if answer.content_type == "application/json":
                return answer.status, await answer.json()
            return answer.status, await answer.read()

    def packets(self) -> dict[tuple[int, int], set[bytes]]:
        """All packets of the union, opened, by SSRC and sequence number."""
        recording_id = self.recording_id()
        keys = dict(self.rows("SELECT key_id, secret FROM recording_keys WHERE recording_id = ?", recording_id))
        library = Library(recording_id)
        library.scan_copies([self.a / recording_id, self.b / "spool" / recording_id])
        opener = Opener(library, keys)
        found: dict[tuple[int, int], set[bytes]] = {}
        for track in tracks_in(library).values():
            for union in track.streams.values():
                for place in union.packets.place.tolist():
                    with contextlib.suppress(Malformed):
                        packet = opener.packet(place)
                        key = int.from_bytes(packet[8:12], "big"), int.from_bytes(packet[2:4], "big")
                        found.setdefault(key, set()).add(packet)
        library.close()
        return found


def missing(
    sent: list[Sent], found: dict[tuple[int, int], set[bytes]], away: list[tuple[float, float]] | None = None
) -> tuple[int, int]:
    """How many packets that the recording should have it has not, and how many it has with other bytes.

    Of each SSRC everything counts from its first recorded packet to its last but a quarter of a second (the class ends
    while some are on the way). `away`: stretches in which media was down, widened by what was on the way.
    """
    lost = changed = 0
    for ssrc in {one.ssrc for one in sent}:
        mine = [one for one in sent if one.ssrc == ssrc]
        recorded = [one for one in mine if (ssrc, one.seq) in found]
        if not recorded:
            continue  # RTX, and a Track that was never tapped
        first_s, last_s = recorded[0].at_s, mine[-1].at_s - RECOVERABLE_S
        for one in mine:
            there = found.get((ssrc, one.seq))
            counts = first_s <= one.at_s <= last_s and not any(
                start - RECOVERABLE_S <= one.at_s <= end for start, end in away or []
            )
            if there is None:
                lost += counts
            elif one.packet not in there:
                changed += 1
    return lost, changed
