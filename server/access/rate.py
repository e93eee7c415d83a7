"""Rate limits: a token bucket per key, in a table that cannot grow."""

from collections import OrderedDict

from server.clock import Clock
from server.limits import RATE_TABLE_ENTRIES_MAX


class RateLimit:
    """`burst` at once, `per_s` after that, for each key. Keys that rested long enough to be full again cost nothing."""

    def __init__(self, clock: Clock, burst: int, per_s: float, entries_max: int = RATE_TABLE_ENTRIES_MAX) -> None:
        self._clock = clock
        self._burst = float(burst)
        self._per_s = per_s
        self._entries_max = entries_max
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.refused = 0

    def allows(self, key: str) -> bool:
        """Is one more possible now? Takes nothing."""
        return self._level(key) >= 1.0

    def take(self, key: str) -> bool:
        """Take one if there is one; says whether there was."""
        level = self._level(key)
        if level < 1.0:
            self.refused += 1
            self._put(key, level)
            return False
        self._put(key, level - 1.0)
        return True

    def _level(self, key: str) -> float:
        level, at_s = self._levels.get(key, (self._burst, self._clock.mono_s()))
        return min(self._burst, level + (self._clock.mono_s() - at_s) * self._per_s)

    def _put(self, key: str, level: float) -> None:
        self._levels[key] = (level, self._clock.mono_s())
        self._levels.move_to_end(key)
        while len(self._levels) > self._entries_max:
            self._levels.popitem(last=False)

    def __len__(self) -> int:
        return len(self._levels)
