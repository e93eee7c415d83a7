"""A bad network between two namespaces: loss, delay and a rate limit, in user space.

Not every kernel has netem, so two TUN devices are moved into the two namespaces and every packet between them passes
through this process. Random loss is seeded: the same seed loses the same packets of the same traffic.

    python -m tests.support.badnet A-NAMESPACE A-ADDRESS B-NAMESPACE B-ADDRESS LOSS DELAY_MS RATE_BPS SEED

LOSS is a fraction and DELAY_MS one way, for each direction; RATE_BPS 0 is no limit. Prints `ready` when the path stands
and runs until standard input closes, then prints what it did, a JSON line. Needs root.
"""

import asyncio
import fcntl
import json
import os
import random
import struct
import subprocess
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass, field

from tests.support.netns import Namespace, run_ip

TUNSETIFF = 0x400454CA
IFF_TUN_WITHOUT_HEADER = 0x0001 | 0x1000
PACKET_BYTES_MAX = 65_536
# What a bottleneck holds before it drops: beyond this a packet is later than any jitter buffer waits.
QUEUE_S_MAX = 0.2
READY_S = 10.0


@dataclass(slots=True)
class Direction:
    """One way of the path: what it does to packets, and what it did."""

    loss: float
    delay_s: float
    rate_bps: float
    dice: random.Random
    packets: int = 0
    lost: int = 0
    overflowed: int = 0
    free_at: float = 0.0
    waiting: deque[tuple[float, bytes]] = field(default_factory=deque)

    def take(self, packet: bytes, now: float) -> None:
        """Queue a packet for its time of arrival, or lose it."""
        self.packets += 1
        if self.dice.random() < self.loss:
            self.lost += 1
            return
        start = max(now, self.free_at)
        if start - now > QUEUE_S_MAX:
            self.overflowed += 1
            return
        if self.rate_bps:
            self.free_at = start = start + len(packet) * 8 / self.rate_bps
        self.waiting.append((start + self.delay_s, packet))


def open_tun(name: str, namespace: str, address: str, other: str) -> int:
    """A TUN device in a namespace with a route to the other end; its file descriptor stays here."""
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN_WITHOUT_HEADER))
    run_ip("link", "set", name, "netns", namespace)
    run_ip("-n", namespace, "link", "set", name, "addrgenmode", "none")  # no IPv6 chatter among the counted packets
    run_ip("-n", namespace, "addr", "add", address, "peer", other, "dev", name)
    run_ip("-n", namespace, "link", "set", name, "up", "txqueuelen", "2000")
    return fd


class Path:
    """Both directions on one event loop."""

    def __init__(self, ends: tuple[int, int], directions: tuple[Direction, Direction]) -> None:
        self._ends = ends
        self._directions = directions
        self._loop = asyncio.get_running_loop()
        self._due: list[asyncio.TimerHandle | None] = [None, None]
        for side in (0, 1):
            self._loop.add_reader(ends[side], self._read, side)

    def _read(self, side: int) -> None:
        while True:
            try:
                packet = os.read(self._ends[side], PACKET_BYTES_MAX)
            except BlockingIOError:
                break
            self._directions[side].take(packet, time.monotonic())
        self._write(side)

    def _write(self, side: int) -> None:
        waiting = self._directions[side].waiting
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            try:
                os.write(self._ends[1 - side], waiting.popleft()[1])
            except BlockingIOError:
                self._directions[side].overflowed += 1
        if (timer := self._due[side]) is not None:
            timer.cancel()
        self._due[side] = self._loop.call_later(waiting[0][0] - now, self._write, side) if waiting else None

    def close(self) -> None:
        for end in self._ends:
            self._loop.remove_reader(end)
            os.close(end)


async def serve(arguments: list[str]) -> None:
    a_name, a_address, b_name, b_address, loss, delay_ms, rate_bps, seed = arguments
    ends = (open_tun("bad-a", a_name, a_address, b_address), open_tun("bad-b", b_name, b_address, a_address))
    a_to_b, b_to_a = (
        Direction(float(loss), float(delay_ms) / 1000, float(rate_bps), random.Random(f"{seed}/{way}")) for way in "ab"
    )
    path = Path(ends, (a_to_b, b_to_a))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    path.close()
    counts = [{key: asdict(way)[key] for key in ("packets", "lost", "overflowed")} for way in (a_to_b, b_to_a)]
    sys.stdout.write(json.dumps(counts) + "\n")


class BadNetwork:
    """The path as its own process; `close()` ends it and gives [a to b, b to a] counts."""

    def __init__(
        self,
        a: tuple[Namespace, str],
        b: tuple[Namespace, str],
        *,
        loss: float,
        delay_ms: float,
        rate_bps: int = 0,
        seed: int = 1,
    ) -> None:
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.support.badnet",
                a[0].name,
                a[1],
                b[0].name,
                b[1],
                str(loss),
                str(delay_ms),
                str(rate_bps),
                str(seed),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        if (line := self._process.stdout.readline().strip()) != "ready":
            raise RuntimeError(f"the bad network did not come up: {line!r}")

    def close(self) -> list[dict[str, int]]:
        out, _ = self._process.communicate(timeout=READY_S)
        counts: list[dict[str, int]] = json.loads(out.strip().splitlines()[-1])
        return counts


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:]))
