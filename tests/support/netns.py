"""Network namespaces of the tests' own, so that browsers and server see only each other.

Firefox pairs with no 127.0.0.1 candidate, so a namespace holds, beside `lo`, a veth whose one end carries a routable
address. Nothing leaves the machine: there is no way out of a namespace that we make. Needs root and iproute2; without
them `available()` is false and the tests run on the machine's own loopback.
"""

import ctypes
import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000
ADDRESS = "10.77.0.1"
PREFIX_BITS = 24
RUN_DIR = Path("/run/netns")


def available() -> bool:
    """Can this process make namespaces?"""
    return os.geteuid() == 0 and shutil.which("ip", path=_path()) is not None


def _path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def run_ip(*arguments: str) -> None:
    """Run `ip` and raise with its own words when it fails."""
    done = subprocess.run(
        ["ip", *arguments], env={**os.environ, "PATH": _path()}, capture_output=True, text=True, check=False, timeout=10
    )
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


_number = itertools.count(1)


class Namespace:
    """One network namespace, deleted by `close()`."""

    def __init__(self, label: str) -> None:
        # numbered: one run may have several of a label at once
        self.name = f"hr-{label}-{os.getpid()}-{next(_number)}"
        run_ip("netns", "add", self.name)
        run_ip("-n", self.name, "link", "set", "lo", "up")

    def add_local_address(self, address: str = ADDRESS) -> None:
        """A veth with both ends here: its address is routable and its packets never leave."""
        run_ip("-n", self.name, "link", "add", "hr0", "type", "veth", "peer", "name", "hr1")
        run_ip("-n", self.name, "link", "set", "hr0", "up")
        run_ip("-n", self.name, "link", "set", "hr1", "up")
        run_ip("-n", self.name, "addr", "add", f"{address}/{PREFIX_BITS}", "dev", "hr0")
        # Firefox without a camera gathers only on the default route's address; there is nothing behind this route.
        run_ip("-n", self.name, "route", "add", "default", "dev", "hr0")

    def command(self, *arguments: str) -> list[str]:
        """The command line that runs `arguments` in here."""
        ip = shutil.which("ip", path=_path())
        assert ip is not None
        return [ip, "netns", "exec", self.name, *arguments]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """This thread, and every process and thread that it starts meanwhile, is in here."""
        with Path("/proc/thread-self/ns/net").open("rb") as home, (RUN_DIR / self.name).open("rb") as here:
            _setns(here.fileno())
            try:
                yield
            finally:
                _setns(home.fileno())

    def close(self) -> None:
        run_ip("netns", "delete", self.name)


def _setns(fd: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(fd, CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
