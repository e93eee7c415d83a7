"""Raised hands in the order in which they went up; one of each person. Pure; `evolve` alone changes the state."""

from dataclasses import dataclass, field
from typing import assert_never

from server.classroom.events_talk import HandEvent, HandLowered, HandRaised
from server.classroom.people import People, require
from server.classroom.times import utc_text
from signaling.talk import RaisedHand


@dataclass(slots=True)
class HandsState:
    """By Participant, since when; a dict keeps the order."""

    up: dict[str, int] = field(default_factory=dict)


def raise_hand(state: HandsState, people: People, by: str, now_ms: int) -> list[HandEvent]:
    """A hand that is up stays where it is in the order."""
    require(people, by, "raise_hand")
    return [] if by in state.up else [HandRaised(now_ms, by)]


def lower_own(state: HandsState, by: str | None, participant_id: str, now_ms: int) -> list[HandEvent]:
    """One's own hand; whoever may not raise it any more may still lower it."""
    return [HandLowered(now_ms, participant_id, by)] if participant_id in state.up else []


def lower_others(
    state: HandsState, people: People, by: str, participant_id: str | None, now_ms: int
) -> list[HandEvent]:
    """Staff lower one hand, or all of them."""
    require(people, by, "lower_hands")
    wanted = list(state.up) if participant_id is None else [participant_id]
    return [HandLowered(now_ms, one, by) for one in wanted if one in state.up]


def evolve(state: HandsState, event: HandEvent) -> None:
    match event:
        case HandRaised(at_ms=at_ms, participant_id=participant_id):
            state.up.setdefault(participant_id, at_ms)
        case HandLowered(participant_id=participant_id):
            state.up.pop(participant_id, None)
        case _:
            assert_never(event)


def order_of(state: HandsState) -> tuple[RaisedHand, ...]:
    """For everyone: first raised first."""
    return tuple(RaisedHand(participant_id=one, since_utc=utc_text(at_ms)) for one, at_ms in state.up.items())
