"""Events on their way to control: bounded. Measurements give way first, then the link itself.

*Latest wins* (speakers, stats, counters): a newer one takes the place of the older; when control is slow they are left
out. What must arrive is kept up to a limit; over it the link is cut, and the resync that follows tells all anew.
"""

import asyncio

from media.contract import Counters, Event, Speakers, TransportStats

MUST_ARRIVE_MAX = 16384
"""300 arrivals with 31 slots each tell 9300 mappings; control reads them in well under a second."""

LATEST_MAX = 4096

_Key = tuple[str, str] | int


def _latest_key(event: Event) -> tuple[str, str] | None:
    match event:
        case Speakers(room_id=room_id):
            return ("speakers", room_id)
        case TransportStats(transport_id=transport_id):
            return ("stats", transport_id)
        case Counters():
            return ("counters", "")
        case _:
            return None


class EventOutbox:
    """One link's outgoing events."""

    def __init__(self, must_arrive_max: int = MUST_ARRIVE_MAX, latest_max: int = LATEST_MAX) -> None:
        self._events: dict[_Key, Event] = {}
        self._number = 0
        self._must_arrive = 0
        self._must_arrive_max = must_arrive_max
        self._latest_max = latest_max
        self._arrived = asyncio.Event()
        self.overflowed = asyncio.Event()
        self.dropped = 0

    def put(self, event: Event) -> None:
        """Never waits. After an overflow nothing is taken any more: the link is about to be cut."""
        if self.overflowed.is_set():
            return
        key = _latest_key(event)
        if key is not None:
            self._put_latest(key, event)
        elif self._must_arrive >= self._must_arrive_max:
            self.overflowed.set()
            return
        else:
            self._number += 1
            self._must_arrive += 1
            self._events[self._number] = event
        self._arrived.set()

    def _put_latest(self, key: tuple[str, str], event: Event) -> None:
        latest = len(self._events) - self._must_arrive
        slow = self._must_arrive > self._must_arrive_max // 2
        if key not in self._events and (slow or latest >= self._latest_max):
            self.dropped += 1
            return
        self._events[key] = event

    async def take(self, events_max: int) -> list[Event]:
        """Wait for events; the oldest of them, at most so many."""
        while not self._events:
            self._arrived.clear()
            await self._arrived.wait()
        keys = [key for _, key in zip(range(events_max), self._events, strict=False)]
        taken = [self._events.pop(key) for key in keys]
        self._must_arrive -= sum(isinstance(key, int) for key in keys)
        return taken

    def __len__(self) -> int:
        return len(self._events)
