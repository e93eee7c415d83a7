"""What a Participant was told, kept for a while: the numbered log from which a lost Connection resumes.

Sans-I/O: `append` gives the bytes to send now and keeps them; `missed` gives what a client has not seen. The log is
bounded by messages and bytes. When it is full the oldest messages go, and a client that needs them gets a snapshot
instead: `missed` answers None. Latest-wins messages (speakers, quality, transport) carry no `seq` and never come
here. Pure.
"""

import hmac
from collections import deque
from typing import Any

from signaling.codec import Prepared

LOG_MESSAGES_MAX = 512
LOG_BYTES_MAX = 1024 * 1024


class OutgoingLog:
    """The numbered messages to one Participant on one page, across its Connections."""

    __slots__ = ("_bytes", "_bytes_max", "_kept", "_messages_max", "_seq", "_seq_dropped", "_token")

    def __init__(self, token: str, *, messages_max: int = LOG_MESSAGES_MAX, bytes_max: int = LOG_BYTES_MAX) -> None:
        self._token = token
        self._messages_max = messages_max
        self._bytes_max = bytes_max
        self._kept: deque[tuple[int, bytes]] = deque()
        self._bytes = 0
        self._seq = 0
        self._seq_dropped = 0

    @property
    def seq(self) -> int:
        """The number of the latest message; 0 before the first."""
        return self._seq

    @property
    def token(self) -> str:
        """The resume token: a secret of this Participant's page, never logged."""
        return self._token

    def owns(self, token: str) -> bool:
        """Is this the resume token of this log? Compared in constant time."""
        return hmac.compare_digest(self._token.encode(), token.encode())

    def append(self, message: Prepared) -> bytes:
        """Number a message and keep it; the bytes to send."""
        self._seq += 1
        encoded = message.at(self._seq)
        self._kept.append((self._seq, encoded))
        self._bytes += len(encoded)
        while len(self._kept) > self._messages_max or self._bytes > self._bytes_max:
            self._drop_oldest()
        return encoded

    def acknowledge(self, seq: int) -> None:
        """The client has seen everything up to `seq`; it need not be kept."""
        while self._kept and self._kept[0][0] <= min(seq, self._seq):
            self._drop_oldest()

    def missed(self, seq: int) -> tuple[bytes, ...] | None:
        """All messages after `seq`, in order; None when some of them are gone, or `seq` was never sent."""
        if seq > self._seq or seq < self._seq_dropped:
            return None
        return tuple(encoded for number, encoded in self._kept if number > seq)

    def _drop_oldest(self) -> None:
        number, encoded = self._kept.popleft()
        self._bytes -= len(encoded)
        self._seq_dropped = number

    def snapshot(self) -> dict[str, Any]:
        """Plain state for people, without the token."""
        return {"seq": self._seq, "kept": len(self._kept), "bytes": self._bytes, "seq_dropped": self._seq_dropped}
