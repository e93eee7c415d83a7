"""What waits for a Room: one queue, two limits.

Clients' messages are refused when `CLIENT_ITEMS_MAX` wait (they are told `busy` and try again). What must arrive
(news of media, closed Connections, ticks) has more room; one over that means the Room cannot follow its own media,
and ends it.
"""

import asyncio
from collections import deque

from server.errors import Fault
from server.live.dispatch import Item

CLIENT_ITEMS_MAX = 2_000  # a class of 300 that joins, answers and lays out at once
ITEMS_MAX = 20_000


class Inbox:
    """First in, first out."""

    def __init__(self, client_items_max: int = CLIENT_ITEMS_MAX, items_max: int = ITEMS_MAX) -> None:
        self._items: deque[Item] = deque()
        self._filled = asyncio.Event()
        self._client_items_max = client_items_max
        self._items_max = items_max
        self.refused = 0

    def __len__(self) -> int:
        return len(self._items)

    def offer(self, item: Item) -> bool:
        """Take a client's message; False when too many wait."""
        if len(self._items) >= self._client_items_max:
            self.refused += 1
            return False
        self.put(item)
        return True

    def put(self, item: Item) -> None:
        """Take what must arrive. Raises `Fault` when even that does not fit."""
        if len(self._items) >= self._items_max:
            raise Fault("a room's inbox is full of what must arrive")
        self._items.append(item)
        self._filled.set()

    async def get(self) -> Item:
        """The oldest item, waiting for one if need be."""
        while not self._items:
            self._filled.clear()
            await self._filled.wait()
        return self._items.popleft()

    def drain(self) -> tuple[Item, ...]:
        """All that still waits, when nobody will `get` any more."""
        items = tuple(self._items)
        self._items.clear()
        return items
