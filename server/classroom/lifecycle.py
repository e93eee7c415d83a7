"""The states of a class, as a table: which trigger leads from where to where. `docs` shows it as a diagram.

Live: the first instructor is there. Interrupted: the last one is gone. Ended: by an instructor or a coordinator, empty
for ten minutes, or the hard limit. What is not in the table cannot happen. Pure: time comes with the question; `evolve`
alone changes the state.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, assert_never

from server.classroom.events_class import (
    ClassEnded,
    ClassEvent,
    ClassInterrupted,
    ClassLive,
    ClassLocked,
    ClassNotHeld,
    ClassOpened,
    ClassResumed,
    EndReason,
    RoomRebuilt,
    StillHere,
)
from server.classroom.people import rejected
from server.classroom.times import utc_text
from signaling.codes import ErrorCode
from signaling.lesson import ClassPhase, ClassStatus

EMPTY_END_MS = 10 * 60 * 1000
# Lessons overrun; half an hour after the planned end the class ends whatever happens.
OVERRUN_MS = 30 * 60 * 1000

Trigger = Literal[
    "door_opens",
    "instructor_there",
    "instructors_gone",
    "end",
    "limit_without_instructor",
    "close_out",
    "cancel",
]

TRANSITIONS: Mapping[ClassPhase, Mapping[Trigger, ClassPhase]] = MappingProxyType(
    {
        "scheduled": {"door_opens": "open", "cancel": "cancelled", "limit_without_instructor": "not_held"},
        "open": {
            "instructor_there": "live",
            "limit_without_instructor": "not_held",
            "end": "ended",
            "cancel": "cancelled",
        },
        "live": {"instructors_gone": "interrupted", "end": "ended"},
        "interrupted": {"instructor_there": "live", "end": "ended"},
        # Only a standing room opens again: a new sitting.
        "ended": {"close_out": "closed_out", "door_opens": "open"},
        "closed_out": {},
        "cancelled": {},
        "not_held": {"close_out": "closed_out"},
    }
)
OVER: frozenset[ClassPhase] = frozenset({"ended", "closed_out", "cancelled", "not_held"})


@dataclass(slots=True)
class Lifecycle:
    """Where the class stands. Only `evolve` changes it."""

    phase: ClassPhase = "scheduled"
    starts_ms: int = 0
    ends_ms: int = 0
    always_open: bool = False
    live_since_ms: int | None = None
    interrupted_since_ms: int | None = None
    ended_ms: int | None = None
    locked: bool = False

    @property
    def is_over(self) -> bool:
        return self.phase in OVER

    @property
    def limit_ms(self) -> int | None:
        """When the class ends at the latest; a standing room never must."""
        return None if self.always_open else self.ends_ms + OVERRUN_MS


def can(state: Lifecycle, trigger: Trigger) -> bool:
    """Does this lead anywhere from here?"""
    if trigger == "door_opens" and state.phase == "ended" and not state.always_open:
        return False
    return trigger in TRANSITIONS[state.phase]


def open_door(state: Lifecycle, starts_ms: int, ends_ms: int, *, always_open: bool, now_ms: int) -> list[ClassEvent]:
    """The first person comes. Raises `Rejected` when the class is over."""
    if always_open and state.is_over:
        return [ClassOpened(now_ms, starts_ms, ends_ms, always_open)]
    if state.is_over:
        raise rejected(ErrorCode.SESSION_ENDED)
    return [ClassOpened(now_ms, starts_ms, ends_ms, always_open)] if can(state, "door_opens") else []


def follow_instructors(state: Lifecycle, instructor_ids: list[str], now_ms: int) -> list[ClassEvent]:
    """After anybody came, went or changed role: is the class live, or broken off? Whoever is only away counts."""
    if instructor_ids and can(state, "instructor_there"):
        by = instructor_ids[0]
        return [ClassLive(now_ms, by) if state.phase == "open" else ClassResumed(now_ms, by)]
    if not instructor_ids and can(state, "instructors_gone"):
        return [ClassInterrupted(now_ms)]
    return []


def pass_time(state: Lifecycle, empty_since_ms: int | None, now_ms: int) -> list[ClassEvent]:
    """What time alone brings about."""
    limit_ms = state.limit_ms
    if limit_ms is not None and now_ms >= limit_ms and not state.is_over:
        return [ClassNotHeld(now_ms)] if state.phase in ("open", "scheduled") else [ClassEnded(now_ms, "limit", None)]
    held = state.phase in ("live", "interrupted")
    if held and empty_since_ms is not None and now_ms - empty_since_ms >= EMPTY_END_MS:
        return [ClassEnded(now_ms, "empty", None)]
    return []


def end(state: Lifecycle, reason: EndReason, by: str | None, now_ms: int) -> list[ClassEvent]:
    """Somebody ends the class. Ending it twice changes nothing."""
    return [ClassEnded(now_ms, reason, by)] if can(state, "end") else []


def evolve(state: Lifecycle, event: ClassEvent) -> None:
    match event:
        case ClassOpened():
            _open(state, event)
        case ClassLive(at_ms=at_ms):
            state.phase = "live"
            state.live_since_ms = at_ms
        case ClassInterrupted(at_ms=at_ms):
            state.phase = "interrupted"
            state.interrupted_since_ms = at_ms
        case ClassResumed():
            state.phase = "live"
            state.interrupted_since_ms = None
        case ClassEnded(at_ms=at_ms):
            state.phase = "ended"
            state.ended_ms = at_ms
            state.interrupted_since_ms = None
        case ClassNotHeld(at_ms=at_ms):
            state.phase = "not_held"
            state.ended_ms = at_ms
        case ClassLocked(locked=locked):
            state.locked = locked
        case RoomRebuilt() | StillHere():
            pass
        case _:
            assert_never(event)


def _open(state: Lifecycle, event: ClassOpened) -> None:
    state.phase = "open"
    state.starts_ms, state.ends_ms, state.always_open = event.starts_ms, event.ends_ms, event.always_open
    state.live_since_ms = state.interrupted_since_ms = state.ended_ms = None
    state.locked = False


def status_of(state: Lifecycle, *, supervisor_present: bool, recorded: bool) -> ClassStatus:
    """What everyone may know."""
    limit_ms = state.limit_ms
    return ClassStatus(
        phase=state.phase,
        locked=state.locked,
        live_since_utc=_text(state.live_since_ms),
        interrupted_since_utc=_text(state.interrupted_since_ms),
        ends_utc=utc_text(state.ends_ms),
        ends_at_latest_utc=utc_text(state.ends_ms if limit_ms is None else limit_ms),
        supervisor_present=supervisor_present,
        recorded=recorded,
    )


def _text(at_ms: int | None) -> str | None:
    return None if at_ms is None else utc_text(at_ms)
