"""What may happen to a recording, each done to a real class: killed processes, full and removed disks, writers that
hang. For each: how many packets that can be had are missing from the union, and how long until a Case stands."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from signaling.messages import MediaReset, RecordingChanged
from tests.e2e_aiortc.client import Client
from tests.support.recorded import Publisher, RecordedServer, go_home, missing

CASE_S_MAX = 60.0
BEFORE_S, AFTER_S = 4.0, 4.0
SMALL_DISK_BYTES = 600_000
STOPPED_S = 30.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One fault. `case_after_s` None: this fault heals by itself before it is worth one."""

    lost: int
    changed: int
    sent: int
    case_after_s: float | None
    manifest: dict[str, Any]


@dataclass(slots=True)
class Stage:
    """The class while something happens to it."""

    server: RecordedServer
    people: list[Publisher]
    away: list[tuple[float, float]]

    async def media_comes_back(self, since_s: float) -> None:
        """Pages publish anew, as browsers do."""
        for one in self.people:
            client = one.client
            await client.until(partial(client.all, MediaReset))
            await one.publish()
        self.away.append((since_s, time.time() + 1.0))


Fault = Callable[[Stage], Awaitable[frozenset[str]]]
"""Does its harm; the codes of which one must become a Case. Empty: none is expected."""


async def nothing(stage: Stage) -> frozenset[str]:
    return frozenset()


async def recorder_killed(stage: Stage) -> frozenset[str]:
    stage.server.signal("recorder", signal.SIGKILL)
    return frozenset()


async def media_killed(stage: Stage) -> frozenset[str]:
    at_s = time.time()
    stage.server.signal("media", signal.SIGKILL)
    await stage.media_comes_back(at_s)
    return frozenset()


async def both_killed(stage: Stage) -> frozenset[str]:
    stage.server.signal("recorder", signal.SIGKILL)
    await asyncio.sleep(2.0)
    return await media_killed(stage)


async def recorder_stopped(stage: Stage) -> frozenset[str]:
    stage.server.signal("recorder", signal.SIGSTOP)
    await asyncio.sleep(STOPPED_S)
    stage.server.signal("recorder", signal.SIGCONT)
    return frozenset({"recorder_silent", "copy_lagging", "copy_stalled"})


async def a_removed(stage: Stage) -> frozenset[str]:
    shutil.rmtree(stage.server.a)
    return frozenset({"folder_missing", "copy_lost_records"})


async def b_removed(stage: Stage) -> frozenset[str]:
    shutil.rmtree(stage.server.b / "spool")
    return frozenset({"folder_missing"})


async def disk_full(stage: Stage) -> frozenset[str]:
    """The disk of one copy was made too small for the class."""
    return frozenset({"disk_full"})


async def a_read_only(stage: Stage) -> frozenset[str]:
    """It was when the class began: a disk with open files cannot be made so."""
    return frozenset({"read_only"})


FAULTS: dict[str, Fault] = {
    "nothing": nothing,
    "recorder_killed": recorder_killed,
    "media_killed": media_killed,
    "both_killed": both_killed,
    "recorder_stopped_30s": recorder_stopped,
    "folder_a_removed": a_removed,
    "folder_b_removed": b_removed,
    "disk_a_full": disk_full,
    "disk_b_full": disk_full,
    "disk_a_read_only": a_read_only,
}
NEEDS_DISK = {"disk_a_full": "a", "disk_b_full": "b/spool", "disk_a_read_only": "a"}


async def suffer(name: str, folder: Path) -> Outcome:
    """A class of two, the fault in its middle, its end, its result."""
    disk = NEEDS_DISK.get(name)
    async with contextlib.AsyncExitStack() as stack:
        if disk is not None:
            size = SMALL_DISK_BYTES if name.endswith("full") else 50_000_000
            stack.enter_context(_small_disk(folder / disk, size))
        server = await stack.enter_async_context(RecordedServer(folder))
        if name.endswith("read_only"):
            _mount("-o", "remount,ro", str(server.a))
        people = [
            Publisher(await stack.enter_async_context(Client(link))) for link in (server.instructor, server.student)
        ]
        for one in people:
            await one.client.enter()
        for one in people:
            await one.publish()
        last = people[-1].client
        await last.until(lambda: [m for m in last.all(RecordingChanged) if m.state == "on"])
        await asyncio.sleep(BEFORE_S)
        stage = Stage(server, people, [])
        began_s = time.time()
        codes = await FAULTS[name](stage)
        case_after_s = await _case(server, codes, began_s) if codes else None
        await asyncio.sleep(AFTER_S)
        await go_home(people)
        manifest = await server.made(180.0)
        found = server.packets()
        counts = [missing(one.sent, found, stage.away) for one in people]
        return Outcome(
            lost=sum(lost for lost, _ in counts),
            changed=sum(changed for _, changed in counts),
            sent=sum(len(one.sent) for one in people),
            case_after_s=case_after_s,
            manifest=manifest,
        )


async def _case(server: RecordedServer, codes: frozenset[str], began_s: float) -> float:
    """Seconds from the fault until one of these stood as a Case; 0 when the fault was there before the class."""
    await server.until(lambda: codes & set(server.cases()), CASE_S_MAX + 30)
    opened = min(str(case["opened_utc"]) for code, case in server.cases().items() if code in codes)
    return max(0.0, datetime.fromisoformat(opened).replace(tzinfo=UTC).timestamp() - began_s)


@contextlib.contextmanager
def _small_disk(path: Path, size: int) -> Any:
    path.mkdir(parents=True)
    _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path))
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(path)], check=False, capture_output=True)


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True, timeout=10)


def may_mount(folder: Path) -> bool:
    """Can this machine give a test a disk of its own?"""
    if os.geteuid() != 0:
        return False
    try:
        with _small_disk(folder / "try", 1_000_000):
            return True
    except (subprocess.CalledProcessError, OSError):
        return False


__all__ = ["CASE_S_MAX", "FAULTS", "NEEDS_DISK", "Outcome", "may_mount", "suffer"]
