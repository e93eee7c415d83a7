"""Breakout groups: who works where, for how long, and who calls for help. Commands in, events out.

Groups are parts of the same Room: nobody leaves, nothing is joined. A Participant who is in no group is in the main
room. Pure: time and ids come with the commands; `evolve` alone changes the state.
"""

from dataclasses import dataclass, field
from typing import assert_never

from server.classroom.events_breakouts import (
    BreakoutCalled,
    BreakoutEvent,
    BreakoutGroupMade,
    BreakoutMode,
    BreakoutMoved,
    BreakoutSaid,
    BreakoutsEnded,
    BreakoutsOpened,
    MoveReason,
)
from server.classroom.people import People, rejected, require
from server.classroom.times import utc_text
from signaling.breakouts import BreakoutGroup, BreakoutsSnapshot
from signaling.codes import ErrorCode

GROUPS_MAX = 50  # as many as one `breakout_open` may name
KEYS_MAX = 200  # breakouts opened in one Session; one over is refused
MAIN_ROOM = 0


@dataclass(frozen=True, slots=True)
class GroupWish:
    """A group as it is asked for."""

    group_id: str
    name: str
    participant_ids: tuple[str, ...]


# --- commands -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenBreakouts:
    by: str
    key: str
    breakout_id: str
    groups: tuple[GroupWish, ...]
    mode: BreakoutMode
    seconds: int | None
    prompt: str


@dataclass(frozen=True, slots=True)
class MovePerson:
    """Staff put a student somewhere else; null: back into the main room."""

    by: str
    participant_id: str
    group_id: str | None


@dataclass(frozen=True, slots=True)
class ChooseGroup:
    """A student goes to a group by itself, where that is allowed."""

    by: str
    group_id: str


@dataclass(frozen=True, slots=True)
class VisitGroup:
    """Staff hop into a group, or back."""

    by: str
    group_id: str | None


@dataclass(frozen=True, slots=True)
class SayToGroups:
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class CallForHelp:
    by: str


@dataclass(frozen=True, slots=True)
class EndBreakouts:
    by: str


@dataclass(frozen=True, slots=True)
class BreakoutTimePasses:
    """Ends what has run its time."""


BreakoutCommand = (
    OpenBreakouts
    | MovePerson
    | ChooseGroup
    | VisitGroup
    | SayToGroups
    | CallForHelp
    | EndBreakouts
    | BreakoutTimePasses
)


# --- state ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    group_id: str
    number: int
    name: str


@dataclass(slots=True)
class Open:
    """The breakouts that run now."""

    breakout_id: str
    mode: BreakoutMode
    prompt: str
    closes_ms: int | None
    groups: dict[str, Group]
    opened_ms: int
    place: dict[str, str] = field(default_factory=dict)  # student -> group; who is in none is in the main room
    visits: dict[str, str] = field(default_factory=dict)  # staff -> group
    calling: dict[str, str] = field(default_factory=dict)  # group -> who called first

    def group_of(self, participant_id: str) -> str | None:
        return self.visits.get(participant_id) or self.place.get(participant_id)

    def members(self, group_id: str) -> tuple[str, ...]:
        return tuple(one for one, where in self.place.items() if where == group_id)

    def visitors(self, group_id: str) -> tuple[str, ...]:
        return tuple(one for one, where in self.visits.items() if where == group_id)


@dataclass(slots=True)
class BreakoutsState:
    """Changed by `evolve` only."""

    open: Open | None = None
    number_last: int = MAIN_ROOM
    keys: set[tuple[str, str]] = field(default_factory=set)

    def group_of(self, participant_id: str) -> str | None:
        """Where somebody is; None is the main room."""
        return None if self.open is None else self.open.group_of(participant_id)

    def number_of(self, participant_id: str) -> int:
        """The number of the group, as media knows it; 0 is the main room."""
        group_id = self.group_of(participant_id)
        return MAIN_ROOM if self.open is None or group_id is None else self.open.groups[group_id].number

    def together(self, one: str, other: str) -> bool:
        """Do these two see and hear each other?"""
        return self.group_of(one) == self.group_of(other)


# --- rules ----------------------------------------------------------------------------------------------------------


def apply(state: BreakoutsState, command: BreakoutCommand, people: People, now_ms: int) -> tuple[BreakoutEvent, ...]:
    """What the command leads to; nothing is changed yet. Raises `Rejected`. A repeat leads to nothing."""
    match command:
        case OpenBreakouts():
            return _open(state, command, people, now_ms)
        case MovePerson(by=by):
            require(people, by, "run_breakouts")
            if people.role_of(command.participant_id) is None:
                raise rejected(ErrorCode.PERSON_UNKNOWN)
            return _move(state, command.participant_id, command.group_id, by, "moved", now_ms)
        case ChooseGroup(by=by, group_id=group_id):
            require(people, by, "choose_breakout")
            if _running(state).mode != "choice":
                raise rejected(ErrorCode.NOT_ALLOWED)
            return _move(state, by, group_id, by, "chose", now_ms)
        case VisitGroup(by=by, group_id=group_id):
            require(people, by, "run_breakouts")
            return _move(state, by, group_id, by, "visited", now_ms)
        case SayToGroups(by=by, text=text):
            require(people, by, "run_breakouts")
            return (BreakoutSaid(now_ms, _running(state).breakout_id, by, text),)
        case CallForHelp(by=by):
            return _call(state, by, people, now_ms)
        case EndBreakouts(by=by):
            require(people, by, "run_breakouts")
            # Ending what has ended is what was wanted.
            return () if state.open is None else (BreakoutsEnded(now_ms, state.open.breakout_id, by, "ended"),)
        case BreakoutTimePasses():
            running = state.open
            if running is None or running.closes_ms is None or now_ms < running.closes_ms:
                return ()
            return (BreakoutsEnded(now_ms, running.breakout_id, None, "time"),)
        case _:
            assert_never(command)


def _running(state: BreakoutsState) -> Open:
    if state.open is None:
        raise rejected(ErrorCode.BREAKOUT_CLOSED)
    return state.open


def _open(state: BreakoutsState, command: OpenBreakouts, people: People, now_ms: int) -> tuple[BreakoutEvent, ...]:
    require(people, command.by, "run_breakouts")
    if (command.by, command.key) in state.keys:
        return ()
    if state.open is not None:
        raise rejected(ErrorCode.BREAKOUT_OPEN)
    if not 1 <= len(command.groups) <= GROUPS_MAX or len(state.keys) >= KEYS_MAX:
        raise rejected(ErrorCode.TOO_MANY)
    named: set[str] = set()
    for wish in command.groups:
        for participant_id in wish.participant_ids:
            if participant_id in named:
                raise rejected(ErrorCode.BAD_GROUPS)
            if people.role_of(participant_id) is None:
                raise rejected(ErrorCode.PERSON_UNKNOWN)
            named.add(participant_id)
    groups = tuple(
        BreakoutGroupMade(wish.group_id, state.number_last + index, wish.name, wish.participant_ids)
        for index, wish in enumerate(command.groups, 1)
    )
    closes_ms = None if command.seconds is None else now_ms + command.seconds * 1000
    return (
        BreakoutsOpened(
            at_ms=now_ms,
            breakout_id=command.breakout_id,
            by=command.by,
            key=command.key,
            mode=command.mode,
            prompt=command.prompt,
            closes_ms=closes_ms,
            groups=groups,
        ),
    )


def _move(
    state: BreakoutsState, participant_id: str, group_id: str | None, by: str, reason: MoveReason, now_ms: int
) -> tuple[BreakoutEvent, ...]:
    running = _running(state)
    if group_id is not None and group_id not in running.groups:
        raise rejected(ErrorCode.GROUP_UNKNOWN)
    if (running.visits if reason == "visited" else running.place).get(participant_id) == group_id:
        return ()
    moved = BreakoutMoved(
        at_ms=now_ms,
        breakout_id=running.breakout_id,
        participant_id=participant_id,
        group_id=group_id,
        by=by,
        reason=reason,
    )
    if reason != "visited" or group_id is None or group_id not in running.calling:
        return (moved,)
    # Whoever called has been heard: someone came.
    return (moved, BreakoutCalled(now_ms, running.breakout_id, group_id, by, calling=False))


def _call(state: BreakoutsState, by: str, people: People, now_ms: int) -> tuple[BreakoutEvent, ...]:
    require(people, by, "call_breakout_help")
    running = _running(state)
    group_id = running.place.get(by)
    if group_id is None:
        raise rejected(ErrorCode.GROUP_UNKNOWN)
    if group_id in running.calling:
        return ()
    return (BreakoutCalled(now_ms, running.breakout_id, group_id, by, calling=True),)


def evolve(state: BreakoutsState, event: BreakoutEvent) -> None:
    """The one place where the state changes."""
    match event:
        case BreakoutsOpened():
            state.keys.add((event.by, event.key))
            state.number_last = max([state.number_last, *(group.number for group in event.groups)])
            state.open = Open(
                breakout_id=event.breakout_id,
                mode=event.mode,
                prompt=event.prompt,
                closes_ms=event.closes_ms,
                opened_ms=event.at_ms,
                groups={one.group_id: Group(one.group_id, one.number, one.name) for one in event.groups},
                place={one: group.group_id for group in event.groups for one in group.participant_ids},
            )
        case BreakoutsEnded(breakout_id=breakout_id):
            if state.open is not None and state.open.breakout_id == breakout_id:
                state.open = None
        case BreakoutMoved() | BreakoutSaid() | BreakoutCalled():
            if state.open is not None and state.open.breakout_id == event.breakout_id:
                _change(state.open, event)
        case _:
            assert_never(event)


def _change(running: Open, event: BreakoutMoved | BreakoutSaid | BreakoutCalled) -> None:
    match event:
        case BreakoutMoved(participant_id=participant_id, group_id=group_id, reason=reason):
            where = running.visits if reason == "visited" else running.place
            left = where.pop(participant_id, None)
            if group_id is not None:
                where[participant_id] = group_id
            if left is not None and not running.members(left):
                running.calling.pop(left, None)  # nobody is left there to be helped
        case BreakoutSaid():
            pass  # heard by whoever was there; the log of each page brings it to those who come back
        case BreakoutCalled(group_id=group_id, participant_id=participant_id, calling=calling):
            if calling:
                running.calling[group_id] = participant_id
            else:
                running.calling.pop(group_id, None)


def snapshot_for(state: BreakoutsState, viewer_id: str, *, staff: bool) -> BreakoutsSnapshot:
    """The groups as somebody may see them: only staff and the group itself see that it calls."""
    running = state.open
    if running is None:
        return BreakoutsSnapshot()
    own = running.group_of(viewer_id)
    return BreakoutsSnapshot(
        open=True,
        mode=running.mode,
        prompt=running.prompt,
        started_utc=utc_text(running.opened_ms),
        ends_utc=None if running.closes_ms is None else utc_text(running.closes_ms),
        own_group_id=own,
        groups=tuple(
            BreakoutGroup(
                group_id=group.group_id,
                name=group.name,
                participant_ids=running.members(group.group_id),
                visitor_ids=running.visitors(group.group_id),
                called=group.group_id in running.calling and (staff or own == group.group_id),
            )
            for group in running.groups.values()
        ),
    )
