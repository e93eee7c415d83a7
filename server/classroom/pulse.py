"""The pulse: each student says "understood" or "lost" whenever they like, staff see how many. Commands in, events out.

A word is about now: after `FRESH_MS` it no longer counts. Pure; `evolve` alone changes the state.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from server.classroom.events_checks import PulseSet
from server.classroom.people import People, rejected, require
from signaling.checks import PulseSnapshot, PulseTally, PulseValue
from signaling.codes import ErrorCode

FRESH_MS = 10 * 60 * 1000  # about one topic of a lesson
EVERY_MS = 500  # a thumb is not faster, and each change is stored


@dataclass(frozen=True, slots=True)
class SetOwnPulse:
    by: str
    value: PulseValue | None


@dataclass(frozen=True, slots=True)
class Felt:
    """What somebody said last, and when."""

    value: PulseValue | None
    at_ms: int


@dataclass(slots=True)
class PulseState:
    """Changed by `evolve` only."""

    said: dict[str, Felt] = field(default_factory=dict)

    def value_of(self, participant_id: str, now_ms: int) -> PulseValue | None:
        felt = self.said.get(participant_id)
        return None if felt is None or now_ms - felt.at_ms >= FRESH_MS else felt.value


def apply(state: PulseState, command: SetOwnPulse, people: People, now_ms: int) -> tuple[PulseSet, ...]:
    """What the command leads to. Raises `Rejected`. The same word again, while it is fresh, leads to nothing."""
    require(people, command.by, "set_pulse")
    if state.value_of(command.by, now_ms) == command.value:
        return ()
    felt = state.said.get(command.by)
    if felt is not None and now_ms - felt.at_ms < EVERY_MS:
        raise rejected(ErrorCode.TOO_FAST)
    return (PulseSet(now_ms, command.by, command.value),)


def evolve(state: PulseState, event: PulseSet) -> None:
    """The one place where the state changes."""
    state.said[event.participant_id] = Felt(event.value, event.at_ms)


def tally(state: PulseState, present: Iterable[str], now_ms: int) -> PulseTally:
    """How those feel who are here."""
    values = {one: state.value_of(one, now_ms) for one in present}
    lost = tuple(one for one, value in values.items() if value == "lost")
    understood = sum(value == "understood" for value in values.values())
    return PulseTally(understood=understood, lost=len(lost), of=len(values), lost_ids=lost)


def snapshot_for(
    state: PulseState, viewer_id: str, present: Iterable[str], now_ms: int, *, staff: bool
) -> PulseSnapshot:
    """One's own word; for staff the counts."""
    return PulseSnapshot(own=state.value_of(viewer_id, now_ms), tally=tally(state, present, now_ms) if staff else None)
