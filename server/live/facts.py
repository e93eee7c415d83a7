"""A Room's facts on their way to the store: in order, repeated until they are durable.

A store that fails must not end a class: after `WAIT_S` the Room goes on and the facts wait here. When too many wait the
oldest is lost, and that is logged as an error, never silent.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import Any

import structlog

from server.errors import Unavailable
from server.live.ports import FactLog

WAIT_S = 2.0
PENDING_MAX = 10_000
BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)

_log = structlog.get_logger("live")


class FactKeeper:
    """The queue of one Room. `run` must be running."""

    def __init__(self, facts: FactLog, org_id: str, session_id: str) -> None:
        self._facts = facts
        self._org_id = org_id
        self._session_id = session_id
        self._pending: deque[tuple[str, dict[str, Any]]] = deque()
        self._work = asyncio.Event()
        self._settled = asyncio.Event()  # nothing waits, or the store is known to be stuck
        self._settled.set()
        self._failing = False
        self.lost = 0

    async def keep(self, facts: Sequence[tuple[str, dict[str, Any]]]) -> bool:
        """Take facts; True when they are durable on return, False when they still wait."""
        self._pending.extend(facts)
        while len(self._pending) > PENDING_MAX:
            self._pending.popleft()
            self.lost += 1
            _log.error("fact_lost", session=self._session_id, lost=self.lost)
        self._work.set()
        if self._failing:
            return False  # known to be stuck: the class does not wait for each fact anew
        self._settled.clear()
        try:
            async with asyncio.timeout(WAIT_S):
                await self._settled.wait()
        except TimeoutError:
            self._get_stuck()
        return not self._failing

    async def run(self) -> None:
        """Store what comes, for ever."""
        failures = 0
        while True:
            await self._work.wait()
            if await self._store_all():
                failures = 0
                continue
            await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
            failures += 1

    async def drain(self, timeout_s: float) -> None:
        """Give what waits a last chance; what is not stored then is logged as lost."""
        if self._pending and not self._failing:
            self._settled.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._settled.wait()
        if self._pending:
            await self._store_all()
        if self._pending:
            self.lost += len(self._pending)
            _log.error("fact_lost", session=self._session_id, lost=len(self._pending))

    def _get_stuck(self) -> None:
        self._failing = True
        self._settled.set()
        _log.error("facts_waiting", session=self._session_id, waiting=len(self._pending))

    async def _store_all(self) -> bool:
        """Everything that waits, handed over together so that it shares a write. False if some must be repeated."""
        batch = list(self._pending)
        self._pending.clear()
        results = await asyncio.gather(
            *(self._facts.append(self._org_id, self._session_id, kind, body) for kind, body in batch),
            return_exceptions=True,
        )
        again: list[tuple[str, dict[str, Any]]] = []
        for fact, result in zip(batch, results, strict=True):
            if isinstance(result, Unavailable):
                again.append(fact)
            elif isinstance(result, Exception):
                self.lost += 1
                _log.error("fact_lost", session=self._session_id, kind=fact[0], reason=str(result)[:200])
            elif isinstance(result, BaseException):
                raise result
        self._pending.extendleft(reversed(again))
        if again:
            self._get_stuck()
            return False
        if not self._pending:
            self._failing = False
            self._work.clear()
            self._settled.set()
        return True
