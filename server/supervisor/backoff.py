"""How long to wait before a dead process is started again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BackoffPolicy:
    """First wait, longest wait, and how long a process must have lived for its death to count as the first again."""

    first_s: float = 0.2  # a class that lost its media process notices every second
    max_s: float = 15.0  # a process that cannot start at all must not eat the machine
    stable_s: float = 30.0


class Backoff:
    """The waits of one process: doubling from `first_s` to `max_s`, from the start again after a stable life."""

    def __init__(self, policy: BackoffPolicy) -> None:
        self._policy = policy
        self._deaths = 0

    def after_death(self, lived_s: float) -> float:
        """Seconds to wait now."""
        if lived_s >= self._policy.stable_s:
            self._deaths = 0
        wait_s = min(self._policy.max_s, self._policy.first_s * 2.0 ** min(self._deaths, 60))
        self._deaths += 1
        return wait_s
