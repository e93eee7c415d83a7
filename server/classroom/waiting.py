"""The waiting room: who may come straight in, who waits and why. Commands in, events out.

Somebody with an own Seat is let in by itself as soon as an instructor is there. Staff and supervisors never wait. A
lock keeps newcomers out, never anybody who was in: a reconnect, or the same person on another device. Children are
never in the room without a grown-up. Pure; `evolve` alone changes the state.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from server.classroom.events_class import (
    ClassLocked,
    PersonReadmitted,
    PersonRemoved,
    WaitingBegan,
    WaitingEnded,
    WaitingEvent,
    WaitOutcome,
)
from server.classroom.lifecycle import Lifecycle
from server.classroom.people import People, rejected, require
from server.classroom.presence import SUPERVISING, PresenceState
from signaling.base import Role
from signaling.codes import ErrorCode
from signaling.lesson import WaitReason

WAITING_MAX = 500  # people in one waiting room; one over is refused as `room_full`


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits."""

    participant_id: str
    seat_id: str
    person_id: str
    role: Role
    reason: WaitReason
    since_ms: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody at the door."""

    participant_id: str
    seat_id: str
    person_id: str
    role: Role
    is_minor: bool
    is_guest: bool = False


@dataclass(slots=True)
class WaitingState:
    """`let_in`: Seats that were admitted in this sitting; `removed`: Seats that were sent out, and whether they may
    ask again. Only `evolve` changes it."""

    waiting: dict[str, Waiting] = field(default_factory=dict)
    let_in: set[str] = field(default_factory=set)
    removed: dict[str, tuple[str, bool]] = field(default_factory=dict)

    def of_seat(self, seat_id: str) -> Waiting | None:
        return next((one for one in self.waiting.values() if one.seat_id == seat_id), None)


def reason_to_wait(
    state: WaitingState, presence: PresenceState, lifecycle: Lifecycle, candidate: Candidate
) -> WaitReason | None:
    """Why this person must wait now; None: come in. Raises `Rejected` for somebody who was sent away for good."""
    removed = state.removed.get(candidate.seat_id)
    if removed is not None:
        if not removed[1]:
            raise rejected(ErrorCode.REMOVED)
        return "removed"
    if candidate.role in SUPERVISING:
        return None
    if candidate.is_minor and not presence.is_supervised():
        return "unsupervised"
    if candidate.seat_id in state.let_in:
        return None
    if not presence.has_instructor_here():
        return "no_instructor"
    if lifecycle.locked:
        return "locked"
    return "unknown" if candidate.is_guest else None


def begin(state: WaitingState, candidate: Candidate, reason: WaitReason, now_ms: int) -> list[WaitingEvent]:
    """Somebody waits, or waits for another reason. Raises `Rejected` when the waiting room is full."""
    before = state.waiting.get(candidate.participant_id)
    if before is not None and before.reason == reason:
        return []
    if before is None and len(state.waiting) >= WAITING_MAX:
        raise rejected(ErrorCode.ROOM_FULL)
    return [
        WaitingBegan(now_ms, candidate.participant_id, candidate.seat_id, candidate.person_id, candidate.role, reason)
    ]


def settle(
    state: WaitingState,
    people: People,
    by: str,
    participant_ids: Sequence[str],
    outcome: WaitOutcome,
    now_ms: int,
) -> list[WaitingEvent]:
    """Staff let people in, or send them away. Whoever does not wait any more is passed over: two of the staff may press
    the same button."""
    require(people, by, "admit")
    return [
        WaitingEnded(now_ms, one.participant_id, one.seat_id, outcome, by)
        for participant_id in dict.fromkeys(participant_ids)
        if (one := state.waiting.get(participant_id)) is not None
    ]


def lock(lifecycle: Lifecycle, people: People, by: str, locked: bool, now_ms: int) -> list[ClassLocked]:
    """Newcomers wait for staff from now on, or no longer."""
    require(people, by, "admit")
    return [] if lifecycle.locked == locked else [ClassLocked(now_ms, locked, by)]


def stop(state: WaitingState, participant_id: str, outcome: WaitOutcome, now_ms: int) -> list[WaitingEvent]:
    """The server lets somebody in, or they gave up."""
    one = state.waiting.get(participant_id)
    return [] if one is None else [WaitingEnded(now_ms, one.participant_id, one.seat_id, outcome, None)]


def evolve(state: WaitingState, event: WaitingEvent | PersonRemoved | PersonReadmitted) -> None:
    match event:
        case WaitingBegan():
            state.waiting[event.participant_id] = Waiting(
                event.participant_id, event.seat_id, event.person_id, event.role, event.reason, event.at_ms
            )
        case WaitingEnded(participant_id=participant_id, seat_id=seat_id, outcome=outcome):
            state.waiting.pop(participant_id, None)
            if outcome == "admitted":
                state.let_in.add(seat_id)
                state.removed.pop(seat_id, None)
            elif outcome == "turned_away":
                state.removed[seat_id] = (participant_id, False)
        case PersonRemoved(participant_id=participant_id, seat_id=seat_id, may_ask=may_ask):
            state.removed[seat_id] = (participant_id, may_ask)
            state.let_in.discard(seat_id)
        case PersonReadmitted(seat_id=seat_id):
            state.removed.pop(seat_id, None)
        case _:
            assert_never(event)
