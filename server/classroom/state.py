"""The whole class as one value: made of its topics, changed by events alone, so that facts rebuild it.

`evolve` is the only door. What somebody may see of it is `views.py`; what commands lead to is in each topic's own file.
Answers the rules' questions about people (`People`).
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, get_args

from server.classroom import boards, breakouts, chat, checks, guiding, hands, lifecycle, presence, pulse, waiting
from server.classroom.events import Event
from server.classroom.events_boards import BoardEvent
from server.classroom.events_breakouts import BreakoutEvent
from server.classroom.events_checks import CheckEvent, PulseSet
from server.classroom.events_class import (
    ClassEvent,
    ClassOpened,
    GuidingEvent,
    PersonReadmitted,
    PersonRemoved,
    PresenceEvent,
    RoomRebuilt,
    WaitingEvent,
)
from server.classroom.events_talk import ChatEvent, HandEvent
from signaling.base import Role


class RoleTable(Protocol):
    """What each role may do, handed in."""

    def actions(self, role: str) -> frozenset[str]: ...


class ClassState:
    """All topics of one class. Only `evolve` changes it."""

    def __init__(self, table: RoleTable) -> None:
        self._table = table
        self._begin()

    def _begin(self) -> None:
        """A sitting begins: nothing of an earlier one counts."""
        self.lifecycle = lifecycle.Lifecycle()
        self.presence = presence.PresenceState()
        self.waiting = waiting.WaitingState()
        self.guiding = guiding.GuidingState()
        self.hands = hands.HandsState()
        self.chat = chat.ChatState()
        self.checks = checks.ChecksState()
        self.pulse = pulse.PulseState()
        self.boards = boards.BoardsState()
        self.breakouts = breakouts.BreakoutsState()

    # --- what the rules ask (People) --------------------------------------------------------------------------------

    def role_of(self, participant_id: str) -> Role | None:
        """None for someone who is not in the Room, and for who still waits."""
        known = self.presence.find(participant_id)
        return None if known is None else known.role

    def is_staff(self, participant_id: str) -> bool:
        return self.role_of(participant_id) in presence.STAFF

    def actions_of(self, participant_id: str) -> frozenset[str]:
        """All that somebody may do now."""
        role = self.role_of(participant_id)
        return frozenset() if role is None else self.actions_as(participant_id, role)

    def actions_as(self, participant_id: str, role: Role) -> frozenset[str]:
        """What somebody in this role may do, with what staff said of them."""
        return self.guiding.actions(participant_id, role, self._table.actions(role))

    def allows(self, participant_id: str, action: str) -> bool:
        return action in self.actions_of(participant_id)

    def student_ids(self) -> tuple[str, ...]:
        """Students who are in the Room, away or not."""
        return tuple(one.participant_id for one in self.presence.students())

    # --- the one door -----------------------------------------------------------------------------------------------

    def evolve(self, event: Event) -> None:
        """It happened."""
        if isinstance(event, ClassOpened):
            self._begin()
        for change in _ROUTES.get(type(event), ()):
            change(self, event)

    def snapshot(self) -> dict[str, Any]:
        """Plain numbers for people: no names, no texts."""
        return {
            "phase": self.lifecycle.phase,
            "locked": self.lifecycle.locked,
            "present": len(self.presence.inside),
            "waiting": len(self.waiting.waiting),
            "removed": len(self.waiting.removed),
            "hands": len(self.hands.up),
            "chat": len(self.chat.said),
            "checks": len(self.checks.checks),
            "boards": len(self.boards.boards),
            "groups": 0 if self.breakouts.open is None else len(self.breakouts.open.groups),
        }


def rebuild(table: RoleTable, events: Iterable[Event]) -> ClassState:
    """The state that these events, in order, lead to."""
    state = ClassState(table)
    for event in events:
        state.evolve(event)
    return state


def _rebuilt(state: ClassState, _event: RoomRebuilt) -> None:
    """The server had been gone: nobody is connected, and whoever waited asks again."""
    presence.forget_connections(state.presence)
    state.waiting.waiting.clear()


_Change = Callable[[ClassState, Any], None]


def _routes() -> dict[type, tuple[_Change, ...]]:
    """By kind of event: the topics that it changes."""
    topics: tuple[tuple[tuple[type, ...], _Change], ...] = (
        (get_args(ClassEvent), lambda state, event: lifecycle.evolve(state.lifecycle, event)),
        (get_args(PresenceEvent), lambda state, event: presence.evolve(state.presence, event)),
        (
            (*get_args(WaitingEvent), PersonRemoved, PersonReadmitted),
            lambda state, event: waiting.evolve(state.waiting, event),
        ),
        (get_args(GuidingEvent), lambda state, event: guiding.evolve(state.guiding, event)),
        (get_args(HandEvent), lambda state, event: hands.evolve(state.hands, event)),
        (get_args(ChatEvent), lambda state, event: chat.evolve(state.chat, event)),
        (get_args(CheckEvent), lambda state, event: checks.evolve(state.checks, event)),
        ((PulseSet,), lambda state, event: pulse.evolve(state.pulse, event)),
        (get_args(BoardEvent), lambda state, event: boards.evolve(state.boards, event)),
        (get_args(BreakoutEvent), lambda state, event: breakouts.evolve(state.breakouts, event)),
        ((RoomRebuilt,), _rebuilt),
    )
    routes: dict[type, tuple[_Change, ...]] = {}
    for kinds, change in topics:
        for kind in kinds:
            routes[kind] = (*routes.get(kind, ()), change)
    return routes


_ROUTES = _routes()
