"""Who was there when: marks in, stretches per Seat out.

A mark is what a stored fact says of presence, in the words of this module (`record` translates). A Seat is present
while at least one of its Participants is connected: a second device, a reconnect or a new Participant after a change
of role never counts twice. A lost connection ends at the last proof of presence, not when the server noticed.

Times never run backwards in here: a wall clock that was set back makes a stretch shorter, never negative.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import assert_never

from server.classroom.intervals import Span


@dataclass(frozen=True, slots=True)
class Came:
    """Connected, for the first time or again."""

    at_ms: int
    seat_id: str
    participant_id: str


@dataclass(frozen=True, slots=True)
class Lost:
    """No longer connected, or gone for good. `proof_ms`: when they were last known to be there."""

    at_ms: int
    seat_id: str
    participant_id: str
    proof_ms: int


@dataclass(frozen=True, slots=True)
class Waits:
    """At the door: arrived, but not let in."""

    at_ms: int
    seat_id: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Everybody who is connected was heard of at this time."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Broke:
    """The server itself was gone. Whoever was connected counts up to the last proof, and comes back by a `Came`."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Over:
    """The class ended for everyone."""

    at_ms: int


Mark = Came | Lost | Waits | Proof | Broke | Over


@dataclass(slots=True)
class _Seat:
    connected: set[str] = field(default_factory=set)
    since_ms: int = 0
    proof_ms: int = 0
    spans: list[Span] = field(default_factory=list)
    arrived_ms: int | None = None
    waiting: bool = False
    losses: int = 0


class PresenceFold:
    """Take marks in the order of the facts; ask at any time."""

    def __init__(self, marks: Iterable[Mark] = ()) -> None:
        self._seats: dict[str, _Seat] = {}
        self._now_ms = 0
        for mark in marks:
            self.take(mark)

    def take(self, mark: Mark) -> None:
        """One more mark."""
        at_ms = self._now_ms = max(self._now_ms, mark.at_ms)
        match mark:
            case Came(seat_id=seat_id, participant_id=participant_id):
                self._came(self._seat(seat_id), participant_id, at_ms)
            case Lost(seat_id=seat_id, participant_id=participant_id, proof_ms=proof_ms):
                self._lost(self._seat(seat_id), participant_id, min(proof_ms, at_ms))
            case Waits(seat_id=seat_id):
                seat = self._seat(seat_id)
                seat.waiting = True
                if seat.arrived_ms is None:
                    seat.arrived_ms = at_ms
            case Proof():
                for seat in self._seats.values():
                    if seat.connected:
                        seat.proof_ms = at_ms
            case Broke():
                for seat in self._seats.values():
                    self._end(seat, seat.proof_ms)
            case Over():
                for seat in self._seats.values():
                    self._end(seat, at_ms)
            case _:
                assert_never(mark)

    @property
    def seat_ids(self) -> Collection[str]:
        """Every Seat that was heard of."""
        return self._seats.keys()

    def spans(self, seat_id: str, now_ms: int) -> list[Span]:
        """When the Seat was present, up to now; may touch, never overlaps."""
        seat = self._seats.get(seat_id)
        if seat is None:
            return []
        if seat.connected and now_ms > seat.since_ms:
            return [*seat.spans, (seat.since_ms, now_ms)]
        return list(seat.spans)

    def arrived_ms(self, seat_id: str) -> int | None:
        """When they first appeared, at the door or inside."""
        seat = self._seats.get(seat_id)
        return None if seat is None else seat.arrived_ms

    def losses(self, seat_id: str) -> int:
        """How often a connection of theirs was lost and came back."""
        seat = self._seats.get(seat_id)
        return 0 if seat is None else seat.losses

    def is_here(self, seat_id: str) -> bool:
        seat = self._seats.get(seat_id)
        return seat is not None and bool(seat.connected)

    def is_waiting(self, seat_id: str) -> bool:
        seat = self._seats.get(seat_id)
        return seat is not None and seat.waiting and not seat.connected

    def _seat(self, seat_id: str) -> _Seat:
        return self._seats.setdefault(seat_id, _Seat())

    @staticmethod
    def _came(seat: _Seat, participant_id: str, at_ms: int) -> None:
        if not seat.connected:
            seat.losses += bool(seat.spans)
            seat.since_ms = seat.proof_ms = at_ms
        seat.connected.add(participant_id)
        seat.waiting = False
        if seat.arrived_ms is None:
            seat.arrived_ms = at_ms

    def _lost(self, seat: _Seat, participant_id: str, proof_ms: int) -> None:
        if participant_id not in seat.connected:
            seat.waiting = False
            return
        seat.connected.discard(participant_id)
        seat.proof_ms = max(seat.proof_ms, proof_ms)
        if not seat.connected:
            self._close(seat, seat.proof_ms)

    def _end(self, seat: _Seat, at_ms: int) -> None:
        seat.waiting = False
        if seat.connected:
            seat.connected.clear()
            self._close(seat, at_ms)

    @staticmethod
    def _close(seat: _Seat, at_ms: int) -> None:
        if at_ms > seat.since_ms:
            seat.spans.append((seat.since_ms, at_ms))
