"""The product as a person starts it: `homeroom serve --demo`, its printed links, its processes and its log."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.netns import Namespace

ROOT = Path(__file__).resolve().parents[2]
START_S = 40.0
STOP_S = 20.0
POLL_S = 0.05


class Homeroom:
    """A running server with a data folder of its own. `stop()` is Ctrl-C."""

    def __init__(
        self,
        arguments: Sequence[str] = (),
        *,
        namespace: Namespace | None = None,
        command: Sequence[str] = (sys.executable, "-m", "server"),
        cwd: Path = ROOT,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="homeroom-data-", ignore_cleanup_errors=True)
        self.data = Path(self._folder.name) / "data"
        self.log_path = Path(self._folder.name) / "server.log"
        self.links: dict[str, str] = {}
        self._out_path = Path(self._folder.name) / "server.out"
        line = [*command, "serve", "--demo", "--port", "0", "--data", str(self.data), *arguments]
        with self._out_path.open("wb") as out, self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                namespace.command(*line) if namespace else line,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait_for_links()
        except BaseException:
            self.kill()
            raise

    def _wait_for_links(self) -> None:
        end = time.monotonic() + START_S
        while not {"Instructor", "Student"} <= self.links.keys():
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log()[-4000:]}")
            if time.monotonic() > end:
                raise TimeoutError(f"no links within {START_S} s; printed {self.printed()!r}:\n{self.log()[-4000:]}")
            for line in self.printed().splitlines():
                who, separator, url = line.partition(": ")
                if separator and who in ("Instructor", "Student"):
                    self.links[who] = url.strip()
            time.sleep(POLL_S)

    @property
    def origin(self) -> str:
        """Scheme, host and port, as the printed links have them."""
        parts = urlsplit(self.links["Student"])
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def port(self) -> int:
        port = urlsplit(self.links["Student"]).port
        assert port is not None
        return port

    @property
    def database_file(self) -> Path:
        found = sorted(self.data.rglob("*.db")) + sorted(self.data.rglob("*.sqlite*"))
        return next(path for path in found if not path.name.endswith(("-wal", "-shm")))

    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def printed(self) -> str:
        return self._out_path.read_text(encoding="utf-8", errors="replace")

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log's JSON lines of this event."""
        found = []
        for line in self.log().splitlines():
            if line.startswith("{"):
                value = json.loads(line)
                if value.get("event") == name:
                    found.append(value)
        return found

    def child(self, kind: str) -> int:
        """The process id of `control` or `media`, as it is now."""
        for pid in _descendants(self.process.pid):
            words = _command_line(pid)
            if kind in words and "server" in words and "serve" not in words:
                return pid
        raise LookupError(f"no {kind} process under {self.process.pid}")

    def stop(self) -> int:
        """Ctrl-C; the return code. Fails when something is left over."""
        children = _descendants(self.process.pid)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        left = [pid for pid in children if _command_line(pid)]
        self._folder.cleanup()
        assert not left, f"still there after Ctrl-C: {left}"
        return code

    def kill(self) -> None:
        for pid in [self.process.pid, *_descendants(self.process.pid)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(timeout=5)


def _descendants(pid: int) -> list[int]:
    found = []
    for child in _children(pid):
        found += [child, *_descendants(child)]
    return found


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(word) for task in tasks for word in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _command_line(pid: int) -> list[str]:
    """The words of a running process's command; empty when it is gone or a zombie."""
    try:
        return [word.decode() for word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") if word]
    except (FileNotFoundError, ProcessLookupError):
        return []
