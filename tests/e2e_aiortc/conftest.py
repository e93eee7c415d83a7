"""The real product, as `make run` starts it: supervisor, control, media; on free ports, in a folder that goes away."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

READY_S = 40.0


@dataclass(frozen=True, slots=True)
class Product:
    """The two links of the demo class, and where it writes."""

    instructor: str
    student: str
    log: Path
    data: Path

    def media_pid(self) -> int:
        """The media process that was started last, as the supervisor's log says."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return int([line["pid"] for line in lines if line["event"] == "child_started" and line["kind"] == "media"][-1])


@pytest.fixture
async def product(tmp_path: Path) -> AsyncIterator[Product]:
    log = tmp_path / "log"
    command = [
        "-m",
        "server",
        "serve",
        "--demo",
        "--without-web-client",
        "--port",
        "0",
        "--data",
        str(tmp_path / "data"),
    ]
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdout=asyncio.subprocess.PIPE, stderr=errors, cwd=Path(__file__).parents[2]
        )
    try:
        yield Product(**await _links(process, log), log=log, data=tmp_path / "data")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(READY_S):
            await process.wait()


async def _links(process: asyncio.subprocess.Process, log: Path) -> dict[str, str]:
    """The printed links: they come when everything answers."""
    assert process.stdout is not None
    links: dict[str, str] = {}
    async with asyncio.timeout(READY_S):
        while len(links) < 2:
            line = (await process.stdout.readline()).decode()
            if not line:
                pytest.fail(f"the server ended:\n{_end_of(log)}")
            who, _, link = line.strip().partition(": ")
            if who in ("Instructor", "Student"):
                links[who.lower()] = link
    return links


def _end_of(log: Path) -> str:
    return log.read_text()[-4000:]
