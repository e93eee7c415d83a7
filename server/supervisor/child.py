"""One process under supervision: started, watched, stopped. Restarting it is `supervise.py`'s business."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from server.supervisor.readiness import READY_FD_VARIABLE, read_report

PR_SET_PDEATHSIG = 1  # prctl(2)
KILL_GRACE_S = 5.0  # SIGKILL cannot be refused; longer than this means the kernel itself is stuck on a disk
REPORT_BYTES_MAX = 64 * 1024


@dataclass(frozen=True, slots=True)
class ProcessKind:
    """What to run. `reports`: the process says itself when it is ready (`readiness.py`)."""

    name: str
    argv: tuple[str, ...]
    reports: bool = False
    stop_s: float = 10.0
    pass_fds: tuple[int, ...] = ()
    environment: Mapping[str, str] | None = None


class Child:
    """A running process, in a process group of its own. It dies with us, whatever happens to us."""

    def __init__(self, kind: ProcessKind, process: asyncio.subprocess.Process) -> None:
        self.kind = kind
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    async def wait(self) -> int:
        """The return code: negative for a signal. What the process itself started is ended too."""
        code = await self._process.wait()
        self._kill_group()
        return code

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL after the kind's deadline. `wait` tells the end."""
        if self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(self.kind.stop_s):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            async with asyncio.timeout(KILL_GRACE_S):
                await self._process.wait()

    def kill(self) -> None:
        """SIGKILL to the process and all that it started."""
        if self._process.returncode is None:
            self._kill_group()

    def _kill_group(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # nobody is left in the group


async def start_child(kind: ProcessKind, on_ready: Callable[[tuple[str, ...]], None]) -> Child:
    """Start the process. Its output goes where ours goes; `on_ready` is called at most once, if its kind reports."""
    read_fd, write_fd = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *kind.argv,
            stdin=asyncio.subprocess.DEVNULL,
            env={**os.environ, **(kind.environment or {}), READY_FD_VARIABLE: str(write_fd)},
            pass_fds=(write_fd, *kind.pass_fds),
            start_new_session=True,
            preexec_fn=_die_with_parent(os.getpid()),
        )
    except BaseException:
        os.close(read_fd)
        raise
    finally:
        os.close(write_fd)
    if kind.reports:
        _Report(on_ready).listen(read_fd)
    else:
        os.close(read_fd)
    return Child(kind, process)


def reason_of(code: int) -> str:
    """A return code in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


class _Report:
    """Reads the pipe until the report is whole or the other end is closed."""

    def __init__(self, on_ready: Callable[[tuple[str, ...]], None]) -> None:
        self._on_ready = on_ready
        self._text = b""

    def listen(self, fd: int) -> None:
        os.set_blocking(fd, False)
        asyncio.get_running_loop().add_reader(fd, self._read, fd)

    def _read(self, fd: int) -> None:
        piece = os.read(fd, 4096)
        self._text += piece
        whole, newline, _ = self._text.partition(b"\n")
        if piece and not newline and len(self._text) < REPORT_BYTES_MAX:
            return
        asyncio.get_running_loop().remove_reader(fd)
        os.close(fd)
        lines = read_report(whole.decode("utf-8", "replace")) if newline else None
        if lines is not None:
            self._on_ready(lines)


def _die_with_parent(parent_pid: int) -> Callable[[], None] | None:
    """What the child does before exec: ask the kernel to kill it when the supervisor is gone, however it went."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def before_exec() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent_pid:  # it went between fork and prctl
            os._exit(1)

    return before_exec


def python(*arguments: str) -> tuple[str, ...]:
    """The command line of another process of this very installation."""
    return (sys.executable, "-m", "server", *arguments)
