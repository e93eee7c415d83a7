"""How much one Connection may say. Pure: time is an argument.

A person's page sends a ping every 2 s, a layout when the grid changes, and a burst when it joins. The bounds are ten
times that.
"""

from signaling.messages import MESSAGE_BYTES_MAX

MESSAGES_PER_S = 20.0
MESSAGES_BURST = 100.0
BYTES_PER_S = 64.0 * 1024
BYTES_BURST = 4.0 * MESSAGE_BYTES_MAX  # two SDPs of the largest size, twice


class ConnectionRate:
    """Two buckets that fill with time: messages and bytes."""

    __slots__ = ("_at_s", "_bytes", "_messages")

    def __init__(self, now_s: float) -> None:
        self._at_s = now_s
        self._messages = MESSAGES_BURST
        self._bytes = BYTES_BURST

    def take(self, size: int, now_s: float) -> bool:
        """May a message of this size be taken now? What is refused costs nothing."""
        passed_s = max(0.0, now_s - self._at_s)
        self._at_s = now_s
        self._messages = min(MESSAGES_BURST, self._messages + passed_s * MESSAGES_PER_S)
        self._bytes = min(BYTES_BURST, self._bytes + passed_s * BYTES_PER_S)
        if self._messages < 1.0 or self._bytes < size:
            return False
        self._messages -= 1.0
        self._bytes -= size
        return True
