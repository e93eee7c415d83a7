"""Keeping a table of processes alive, and ending them in order.

A process that dies is started again after a growing wait. One exception: a process that ends with one of `HOPELESS`
before everything was ready even once has already said why on stderr, and starting it again would say the same: all is
stopped and its code becomes ours.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from server.clock import Clock
from server.supervisor.backoff import Backoff, BackoffPolicy
from server.supervisor.child import Child, ProcessKind, reason_of, start_child

# sysexits.h: usage, unavailable, can't create, configuration.
HOPELESS = frozenset({2, 64, 69, 73, 78})

_log = structlog.get_logger("supervisor")

OnReady = Callable[[tuple[str, ...]], None]


class Supervisor:
    """Runs the kinds until `stop` is called. Kinds are started together and stopped one by one, the last first."""

    def __init__(
        self, kinds: Sequence[ProcessKind], clock: Clock, on_ready: OnReady, policy: BackoffPolicy | None = None
    ) -> None:
        self._kinds = tuple(kinds)
        self._clock = clock
        self._policy = policy or BackoffPolicy()
        self._on_ready = on_ready
        self._stopping = asyncio.Event()
        self._children: dict[str, Child] = {}
        self._waiting = {kind.name for kind in kinds}
        self._lines: list[str] = []
        self._code = 0

    async def run(self) -> int:
        """Supervise until stopped; our exit code."""
        async with asyncio.TaskGroup() as group:
            for kind in self._kinds:
                group.create_task(self._keep_alive(kind), name=f"supervise-{kind.name}")
            await self._stopping.wait()
            for kind in reversed(self._kinds):
                if child := self._children.get(kind.name):
                    _log.info("child_stopping", kind=kind.name, pid=child.pid)
                    await child.stop()
        return self._code

    def stop(self) -> None:
        """Begin an orderly end; a second call ends everything at once."""
        if self._stopping.is_set():
            for child in self._children.values():
                child.kill()
        self._stopping.set()

    @property
    def ready(self) -> bool:
        """Has every process been ready at least once?"""
        return not self._waiting

    def snapshot(self) -> dict[str, int | None]:
        """Each kind's process id; None while there is none."""
        return {kind.name: (child.pid if (child := self._children.get(kind.name)) else None) for kind in self._kinds}

    async def _keep_alive(self, kind: ProcessKind) -> None:
        backoff = Backoff(self._policy)
        while not self._stopping.is_set():
            started_s = self._clock.mono_s()
            code = await self._one_life(kind)
            if self._stopping.is_set():
                _log.info("child_stopped", kind=kind.name, reason=reason_of(code))
                return
            lived_s = self._clock.mono_s() - started_s
            if code in HOPELESS and not self.ready:
                _log.error("child_hopeless", kind=kind.name, reason=reason_of(code))
                self._code = code
                self.stop()
                return
            wait_s = backoff.after_death(lived_s)
            _log.error(
                "child_died",
                kind=kind.name,
                reason=reason_of(code),
                lived_s=round(lived_s, 3),
                restart_in_s=round(wait_s, 3),
            )
            await self._pause(wait_s)

    async def _one_life(self, kind: ProcessKind) -> int:
        try:
            child = await start_child(kind, lambda lines: self._is_ready(kind, lines))
        except OSError as error:
            _log.error("child_not_started", kind=kind.name, reason=error.strerror)
            return 127
        self._children[kind.name] = child
        _log.info("child_started", kind=kind.name, pid=child.pid)
        if not kind.reports:
            self._is_ready(kind, ())
        if self._stopping.is_set():  # the order to stop came while it was being started
            await child.stop()
        try:
            return await child.wait()
        finally:
            del self._children[kind.name]

    async def _pause(self, wait_s: float) -> None:
        try:
            async with asyncio.timeout(wait_s):
                await self._stopping.wait()
        except TimeoutError:
            pass  # the wait is over

    def _is_ready(self, kind: ProcessKind, lines: tuple[str, ...]) -> None:
        _log.info("child_ready", kind=kind.name)
        if kind.name not in self._waiting:
            return
        self._waiting.discard(kind.name)
        self._lines += lines
        if not self._waiting:
            self._on_ready(tuple(self._lines))
