"""A server under measure and its clients: processes that answer lines with JSON, and what passed between two marks."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.measure.report import ROOT
from tests.support.netns import Namespace, available, run_ip

BINARY = ROOT / "media" / "target" / "release" / "forwarding"
SERVER_AWAY = "10.98.0.1"
SUBSCRIBERS_AWAY = "10.99.0.0/16"


class End:
    """One process; `ask` a line, get its answer."""

    def __init__(self, command: list[str], namespace: Namespace | None) -> None:
        line = namespace.command(*command) if namespace else command
        self._process = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=ROOT
        )
        self._name = " ".join(command)
        self.hello = self._answer()

    def ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"error": "it ended"}')
        if "error" in answer:
            raise RuntimeError(f"{self._name}: {answer['error']}")
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()


@dataclass(frozen=True, slots=True)
class Stretch:
    """What happened while the publishers sent."""

    cpu_ns: int
    datagrams_out: int
    messages_out: int
    expected: int
    resident_kib: int
    counters: dict[str, int]
    clients: dict[str, Any]

    @property
    def cpu_us(self) -> float:
        """CPU time per forwarded packet: per one that was delivered, where somebody was there to receive."""
        return self.cpu_ns / 1000 / max(1, self.clients["delivered"] or self.datagrams_out)

    @property
    def core(self) -> float:
        """The share of one core that it took."""
        return float(self.cpu_ns / 1e9 / self.clients["took_s"])

    @property
    def run(self) -> float:
        """Datagrams that one message to the kernel carried."""
        return self.datagrams_out / max(1, self.messages_out)

    @property
    def lost(self) -> int:
        """Expected and not delivered, without what overflowed in the receivers' own sockets."""
        return max(0, self.expected - int(self.clients["delivered"]) - int(self.clients["own_drops"]))


class Rig:
    """A server (`sfu`, `bare` or `relay`) and its clients. With `away` the clients' addresses lie behind a device that
    drops what it is given, so that sending costs nothing of receiving."""

    def __init__(
        self,
        kind: str,
        scene: str,
        away: Namespace | None = None,
        plain: bool = False,
        recorded: tuple[str, ...] = (),
    ) -> None:
        self.kind, self.scene = kind, scene
        server = [sys.executable, "-m", "tests.measure.relay"] if kind == "relay" else [str(BINARY), kind, scene]
        self.server = End(server + (["plain"] if plain else []) + (["recorded", *recorded] if recorded else []), away)
        address = f"{SERVER_AWAY if away else '127.0.0.1'}:{self.server.hello['port']}"
        self.clients = End([str(BINARY), "clients", scene, address, "away" if away else "here"], away)
        self.subscribers = 0

    def join(self, count: int) -> float:
        """So many more subscribers, opened and heard of: CPU milliseconds of the server for each."""
        first, end = self.subscribers, self.subscribers + count
        before = self.server.ask("mark")["before"]["cpu_ns"]
        self.server.ask(f"open {first} {end}")
        # Away, nobody hears the answers: the commands go before the checks.
        time.sleep(0.2)
        self.clients.ask(f"join {first} {end}")
        time.sleep(0.1)
        after = self.server.ask("mark")["after"]["cpu_ns"]
        self.subscribers = end
        return float(after - before) / 1e6 / count

    def go(self, frames: int, frames_per_s: float, heard: int = 1) -> Stretch:
        """Send; `heard`: publishers that each subscriber gets."""
        start = self.server.ask("mark")
        clients = self.clients.ask(f"go {frames} {frames_per_s}")
        end = self.server.ask("mark")
        changed = {name: value - start["counters"].get(name, 0) for name, value in end["counters"].items()}
        # Reports and answers to checks leave too; they are part of the cost, not of the count.
        expected = self.subscribers * frames * self.packets_per_frame * heard
        return Stretch(
            cpu_ns=end["after"]["cpu_ns"] - start["before"]["cpu_ns"],
            datagrams_out=min(expected, changed["driver_datagrams_out"]),
            messages_out=changed["driver_messages_out"],
            expected=expected,
            resident_kib=end["after"]["resident_kib"],
            counters={name: value for name, value in changed.items() if value},
            clients=clients,
        )

    @cached_property
    def packets_per_frame(self) -> int:
        return 5 if self.scene == "video" else 1

    def check(self) -> None:
        """Consent, renewed while others are measured."""
        self.clients.ask("check")

    def close(self) -> None:
        self.clients.close()
        self.server.close()


@contextmanager
def rigs(*made: Rig) -> Iterator[tuple[Rig, ...]]:
    try:
        yield made
    finally:
        for rig in made:
            rig.close()


@contextmanager
def sink() -> Iterator[Namespace | None]:
    """A network whose subscribers lie behind a device that drops (ifb); None where this cannot be made."""
    if not available():
        yield None
        return
    namespace = Namespace("sink")
    try:
        try:
            run_ip("-n", namespace.name, "link", "add", "ifb0", "type", "ifb")
        except RuntimeError as error:
            print(f"no device that drops: {error}", file=sys.stderr)
            yield None
            return
        run_ip("-n", namespace.name, "link", "set", "ifb0", "up")
        run_ip("-n", namespace.name, "addr", "add", f"{SERVER_AWAY}/32", "dev", "lo")
        run_ip("-n", namespace.name, "route", "add", SUBSCRIBERS_AWAY, "dev", "ifb0")
        yield namespace
    finally:
        namespace.close()
