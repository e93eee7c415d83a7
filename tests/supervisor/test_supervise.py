"""Real processes: what dies comes back, what is stopped ends in order, nothing is left over."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
import structlog

from server.clock import SystemClock
from server.supervisor.backoff import BackoffPolicy
from server.supervisor.child import ProcessKind
from server.supervisor.supervise import Supervisor

QUICK = BackoffPolicy(first_s=0.01, max_s=0.05, stable_s=30)

# Small children. Each writes into a pipe that the test reads, so that nobody has to guess how far it is.
SLEEPER = "import os, signal; os.write({fd}, b'up\\n'); signal.pause()"
POLITE = (
    "import os, signal, sys\n"
    "def end(*_):\n    os.write({fd}, b'{name} ends\\n'); sys.exit(0)\n"
    "signal.signal(signal.SIGTERM, end)\n"
    "os.write({fd}, b'{name} up\\n')\n"
    "signal.pause()\n"
)
STUBBORN = (
    "import os, signal\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "os.write({fd}, b'up\\n')\n"
    "while True:\n    signal.pause()\n"
)
PARENT = (
    "import os, signal, subprocess, sys\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
    "os.write({fd}, b'%d\\n' % child.pid)\n"
    "signal.pause()\n"
)
REPORTER = (
    "import sys\nsys.path.insert(0, {root!r})\n"
    "from server.supervisor.readiness import report_ready\n"
    "report_ready(['Instructor: one', 'Student: two'])\n"
    "import signal; signal.pause()\n"
)
ROOT = str(Path(__file__).resolve().parents[2])


class Pipe:
    """What children say, line by line."""

    def __init__(self) -> None:
        self.read_fd, self.write_fd = os.pipe()
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._rest = b""
        asyncio.get_running_loop().add_reader(self.read_fd, self._take)

    def _take(self) -> None:
        self._rest += os.read(self.read_fd, 4096)
        *whole, self._rest = self._rest.split(b"\n")
        for line in whole:
            self._lines.put_nowait(line.decode())

    async def line(self) -> str:
        async with asyncio.timeout(20):
            return await self._lines.get()

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.read_fd)
        os.close(self.read_fd)
        os.close(self.write_fd)


@pytest.fixture
async def pipe() -> AsyncIterator[Pipe]:
    made = Pipe()
    yield made
    made.close()


@pytest.fixture
def log() -> Iterator[list[MutableMapping[str, Any]]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def kind(name: str, program: str, pipe: Pipe, **options: Any) -> ProcessKind:
    text = program.replace("{fd}", str(pipe.write_fd)).replace("{name}", name).replace("{root!r}", repr(ROOT))
    return ProcessKind(name, (sys.executable, "-c", text), pass_fds=(pipe.write_fd,), **options)


@contextlib.asynccontextmanager
async def running(
    *kinds: ProcessKind, on_ready: Callable[[tuple[str, ...]], None] = lambda _: None
) -> AsyncIterator[tuple[Supervisor, "asyncio.Task[int]"]]:
    supervisor = Supervisor(kinds, SystemClock(), on_ready, QUICK)
    task = asyncio.create_task(supervisor.run())
    try:
        yield supervisor, task
    finally:
        if not task.done():
            supervisor.stop()
        await task


async def gone(pid: int) -> None:
    """Wait for the end of a process that is not our child."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(fd, ended.set)
    try:
        async with asyncio.timeout(20):
            await ended.wait()
    finally:
        asyncio.get_running_loop().remove_reader(fd)
        os.close(fd)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 (the supervisor has no bell for a test)
            await asyncio.sleep(0)


async def test_a_killed_child_is_restarted_and_its_death_logged(pipe: Pipe, log: list[Any]) -> None:
    async with running(kind("media", SLEEPER, pipe)) as (supervisor, _):
        assert await pipe.line() == "up"
        first = supervisor.snapshot()["media"]
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert await pipe.line() == "up"
        assert supervisor.snapshot()["media"] not in (None, first)
    (death,) = [line for line in log if line["event"] == "child_died"]
    assert (death["kind"], death["reason"], death["log_level"]) == ("media", "signal SIGKILL", "error")


async def test_an_exit_is_logged_with_its_code_and_others_go_on(pipe: Pipe, log: list[Any]) -> None:
    quitter = kind("quitter", "import os; os.write({fd}, b'quit\\n'); os._exit(3)", pipe)
    async with running(kind("media", SLEEPER, pipe), quitter) as (supervisor, _):
        lines = [await pipe.line() for _ in range(5)]
        assert lines.count("up") == 1, "the other one was not touched"
        assert supervisor.snapshot()["media"] is not None
    deaths = [line for line in log if line["event"] == "child_died"]
    assert {death["reason"] for death in deaths} == {"exit code 3"}
    waits = [death["restart_in_s"] for death in deaths]
    assert waits[:3] == [0.01, 0.02, 0.04]


async def test_a_program_that_does_not_exist_is_tried_again(pipe: Pipe, log: list[Any]) -> None:
    async with running(ProcessKind("ghost", ("/nonexistent/program",))) as (supervisor, task):
        await until(lambda: len([line for line in log if line["event"] == "child_not_started"]) >= 2)
        assert not task.done()
        assert not supervisor.ready


async def test_the_last_kind_is_stopped_first(pipe: Pipe) -> None:
    async with running(kind("media", POLITE, pipe), kind("control", POLITE, pipe)) as (supervisor, task):
        assert {await pipe.line(), await pipe.line()} == {"media up", "control up"}
        supervisor.stop()
        assert await task == 0
        assert [await pipe.line(), await pipe.line()] == ["control ends", "media ends"]


async def test_who_does_not_end_in_time_is_killed(pipe: Pipe, log: list[Any]) -> None:
    async with running(kind("media", STUBBORN, pipe, stop_s=0.1)) as (supervisor, task):
        assert await pipe.line() == "up"
        supervisor.stop()
        assert await task == 0
    (stopped,) = [line for line in log if line["event"] == "child_stopped"]
    assert stopped["reason"] == "signal SIGKILL"


async def test_a_second_order_ends_everything_at_once(pipe: Pipe) -> None:
    async with running(kind("media", STUBBORN, pipe, stop_s=3600)) as (supervisor, task):
        assert await pipe.line() == "up"
        supervisor.stop()
        await asyncio.sleep(0)
        supervisor.stop()
        assert await task == 0


async def test_what_a_child_started_ends_with_it(pipe: Pipe) -> None:
    async with running(kind("media", PARENT, pipe)) as (supervisor, _):
        grandchild = int(await pipe.line())
        child = supervisor.snapshot()["media"]
        assert child is not None
        os.kill(child, signal.SIGKILL)
        await gone(grandchild)
        second = int(await pipe.line())
    await gone(second)


async def test_ready_is_when_all_are_and_is_said_once(pipe: Pipe) -> None:
    said: list[tuple[str, ...]] = []
    heard = asyncio.Event()

    def on_ready(lines: tuple[str, ...]) -> None:
        said.append(lines)
        heard.set()

    reporter = kind("control", REPORTER, pipe, reports=True)
    async with running(kind("media", SLEEPER, pipe), reporter, on_ready=on_ready) as (supervisor, _):
        async with asyncio.timeout(20):
            await heard.wait()
        assert supervisor.ready
        control = supervisor.snapshot()["control"]
        assert control is not None
        os.kill(control, signal.SIGKILL)
        await pipe.line()
        await until(lambda: supervisor.snapshot()["control"] not in (None, control))
    assert said == [("Instructor: one", "Student: two")]


async def test_a_hopeless_start_stops_everything_with_its_code(pipe: Pipe, log: list[Any]) -> None:
    hopeless = kind("control", "import sys; sys.exit(69)", pipe, reports=True)
    async with running(kind("media", SLEEPER, pipe), hopeless) as (_, task):
        async with asyncio.timeout(20):
            assert await task == 69
    assert [line["reason"] for line in log if line["event"] == "child_hopeless"] == ["exit code 69"]


SUPERVISOR = """
import asyncio, sys
sys.path.insert(0, {root!r})
from server.clock import SystemClock
from server.supervisor.child import ProcessKind
from server.supervisor.supervise import Supervisor
kind = ProcessKind("media", (sys.executable, "-c", {child!r}), pass_fds=({fd},))
asyncio.run(Supervisor([kind], SystemClock(), lambda _: None).run())
"""


async def test_no_orphans_when_the_supervisor_itself_is_killed(pipe: Pipe) -> None:
    child = f"import os, signal; os.write({pipe.write_fd}, b'%d\\n' % os.getpid()); signal.pause()"
    program = SUPERVISOR.format(root=ROOT, child=child, fd=pipe.write_fd)
    supervisor = subprocess.Popen(  # noqa: ASYNC220 (it is killed before anything else runs)
        [sys.executable, "-c", program], pass_fds=(pipe.write_fd,), stdout=subprocess.DEVNULL
    )
    try:
        pid = int(await pipe.line())
    finally:
        supervisor.kill()
        supervisor.wait()
    await gone(pid)
