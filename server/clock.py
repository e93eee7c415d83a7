"""Time, handed in: `mono_s()` for intervals, `now_utc()` for people. Nothing else here asks the system for it."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the rest of the house knows of time."""

    def mono_s(self) -> float:
        """Seconds that never jump; only differences mean something."""
        ...

    def now_utc(self) -> datetime:
        """The wall time, aware, in UTC. Never subtract two of these to measure an interval."""
        ...


class SystemClock:
    """The real clock of a process."""

    def mono_s(self) -> float:
        return time.monotonic()

    def now_utc(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now_utc: datetime | None = None) -> None:
        self._mono_s = 1000.0
        self._now_utc = now_utc or datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def mono_s(self) -> float:
        return self._mono_s

    def now_utc(self) -> datetime:
        return self._now_utc

    def advance(self, seconds: float) -> None:
        """Move both clocks on."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._mono_s += seconds
        self._now_utc += timedelta(seconds=seconds)
