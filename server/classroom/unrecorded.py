"""A 1:1 with a minor is recorded, or a coordinator hears of it after two minutes. Pure: time is an argument."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.classroom.events_safety import UnrecordedMinor
from server.classroom.presence import Known

UNRECORDED_MS = 120_000


@dataclass(slots=True)
class UnrecordedWatch:
    """Since when it has been so, and whether that was told. Told once for each time that it begins."""

    since_ms: int | None = None
    told: bool = False

    def look(self, present: Iterable[Known], *, recorded: bool, now_ms: int) -> list[UnrecordedMinor]:
        """Asked several times a second. `present`: everyone who has not left, away or not."""
        minor = None if recorded else alone_with_one(present)
        if minor is None:
            self.since_ms, self.told = None, False
            return []
        if self.since_ms is None:
            self.since_ms = now_ms
        if self.told or now_ms - self.since_ms < UNRECORDED_MS:
            return []
        self.told = True
        return [UnrecordedMinor(now_ms, minor.participant_id, self.since_ms)]


def alone_with_one(present: Iterable[Known]) -> Known | None:
    """The minor of a class of two; None for any other class. A supervisor makes three."""
    people = list(present)
    minors = [one for one in people if one.is_minor]
    return minors[0] if len(people) == 2 and len(minors) == 1 else None
