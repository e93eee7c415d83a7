"""Checks: what is asked, who answered what, when it closes. Commands in, events out.

A check takes one answer of each person; another one with another key replaces it while the check is open, and a repeat
of a key changes nothing, however late it comes. Pure: time and ids come with the commands; `evolve` alone changes the
state. Who may see what of it is `check_views`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

from server.classroom.check_answers import fitting_answer, is_correct, whole_spec
from server.classroom.events_checks import (
    CheckAnswered,
    CheckClosed,
    CheckEvent,
    CheckOpened,
    CheckReopened,
    CheckShared,
)
from server.classroom.people import People, rejected, require
from signaling.checks import Answer, CheckSpec
from signaling.codes import ErrorCode

CHECKS_MAX = 200  # in one Session
OPEN_MAX = 8  # at the same time: one for each breakout group of a small class
CHANGES_MAX = 30  # answers of one person to one check; more is a program, not a doubt
# An answer that was sent in the last second of a timed check is still on its way when the time is over.
GRACE_MS = 1_500


# --- commands -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenCheck:
    """`asked`: who is there to answer."""

    by: str
    key: str
    check_id: str
    spec: CheckSpec
    saved_id: str | None
    seconds: int | None
    anonymous: bool
    group_id: str | None
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    """`group_id`: where the person is now."""

    by: str
    check_id: str
    key: str
    answer: Answer
    group_id: str | None


@dataclass(frozen=True, slots=True)
class CloseCheck:
    by: str
    check_id: str


@dataclass(frozen=True, slots=True)
class ReopenCheck:
    by: str
    check_id: str
    seconds: int | None
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShareCheck:
    by: str
    check_id: str
    shared: bool


@dataclass(frozen=True, slots=True)
class CheckTimePasses:
    """Closes what has run its time."""


CheckCommand = OpenCheck | AnswerCheck | CloseCheck | ReopenCheck | ShareCheck | CheckTimePasses


# --- state ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """The answer of one person that counts now."""

    key: str
    answer: Answer
    correct: bool | None
    at_ms: int


@dataclass(slots=True)
class Asked:
    """One check. `round_ms`: when it was opened last, from which response times count."""

    check_id: str
    key: str
    spec: CheckSpec
    anonymous: bool
    group_id: str | None
    opened_ms: int
    round_ms: int
    closes_ms: int | None
    asked: set[str]
    open: bool = True
    shared: bool = False
    round: int = 1
    answers: dict[str, Given] = field(default_factory=dict)
    keys: dict[str, set[str]] = field(default_factory=dict)  # by person: all keys that were taken

    def is_for(self, participant_id: str, group_id: str | None) -> bool:
        """Is this person asked? Whoever was, or has answered, stays so after the groups came back."""
        return self.group_id in (None, group_id) or participant_id in self.asked or participant_id in self.answers


@dataclass(slots=True)
class ChecksState:
    """Changed by `evolve` only."""

    checks: dict[str, Asked] = field(default_factory=dict)
    keys: dict[tuple[str, str], str] = field(default_factory=dict)

    def require(self, check_id: str) -> Asked:
        """Raises `Rejected` (`check_unknown`)."""
        found = self.checks.get(check_id)
        if found is None:
            raise rejected(ErrorCode.CHECK_UNKNOWN)
        return found

    @property
    def open(self) -> Iterable[Asked]:
        return [check for check in self.checks.values() if check.open]


# --- rules ----------------------------------------------------------------------------------------------------------


def apply(state: ChecksState, command: CheckCommand, people: People, now_ms: int) -> tuple[CheckEvent, ...]:
    """What the command leads to; nothing is changed yet. Raises `Rejected`. A repeat leads to nothing."""
    match command:
        case OpenCheck():
            return _open(state, command, people, now_ms)
        case AnswerCheck():
            return _answer(state, command, people, now_ms)
        case CloseCheck(by=by, check_id=check_id):
            require(people, by, "run_checks")
            check = state.require(check_id)
            return (CheckClosed(now_ms, check_id, by, "closed"),) if check.open else ()
        case ReopenCheck():
            return _reopen(state, command, people, now_ms)
        case ShareCheck(by=by, check_id=check_id, shared=shared):
            require(people, by, "run_checks")
            check = state.require(check_id)
            return () if check.shared == shared else (CheckShared(now_ms, check_id, by, shared),)
        case CheckTimePasses():
            return tuple(CheckClosed(now_ms, one.check_id, None, "time") for one in state.open if _is_over(one, now_ms))
        case _:
            assert_never(command)


def _is_over(check: Asked, now_ms: int) -> bool:
    return check.closes_ms is not None and now_ms >= check.closes_ms + GRACE_MS


def _closes_ms(seconds: int | None, now_ms: int) -> int | None:
    return None if seconds is None else now_ms + seconds * 1000


def _open(state: ChecksState, command: OpenCheck, people: People, now_ms: int) -> tuple[CheckEvent, ...]:
    require(people, command.by, "run_checks")
    if (command.by, command.key) in state.keys:
        return ()
    spec = whole_spec(command.spec)
    if len(state.checks) >= CHECKS_MAX or sum(1 for _ in state.open) >= OPEN_MAX:
        raise rejected(ErrorCode.TOO_MANY)
    return (
        CheckOpened(
            at_ms=now_ms,
            check_id=command.check_id,
            by=command.by,
            key=command.key,
            spec=spec,
            saved_id=command.saved_id,
            anonymous=command.anonymous,
            closes_ms=_closes_ms(command.seconds, now_ms),
            group_id=command.group_id,
            asked=command.asked,
        ),
    )


def _answer(state: ChecksState, command: AnswerCheck, people: People, now_ms: int) -> tuple[CheckEvent, ...]:
    require(people, command.by, "answer_checks")
    check = state.require(command.check_id)
    if not check.is_for(command.by, command.group_id):
        raise rejected(ErrorCode.CHECK_UNKNOWN)
    keys = check.keys.get(command.by, set())
    if command.key in keys:
        return ()
    if not check.open or _is_over(check, now_ms):
        raise rejected(ErrorCode.CHECK_CLOSED)
    if len(keys) >= CHANGES_MAX:
        raise rejected(ErrorCode.TOO_MANY)
    answer = fitting_answer(check.spec, command.answer)
    return (
        CheckAnswered(
            at_ms=now_ms,
            check_id=check.check_id,
            participant_id=command.by,
            key=command.key,
            answer=answer,
            correct=is_correct(check.spec, answer),
            took_ms=max(0, now_ms - check.round_ms),
            round=check.round,
        ),
    )


def _reopen(state: ChecksState, command: ReopenCheck, people: People, now_ms: int) -> tuple[CheckEvent, ...]:
    require(people, command.by, "run_checks")
    check = state.require(command.check_id)
    if check.open:
        return ()
    if sum(1 for _ in state.open) >= OPEN_MAX:
        raise rejected(ErrorCode.TOO_MANY)
    closes_ms = _closes_ms(command.seconds, now_ms)
    return (CheckReopened(now_ms, check.check_id, command.by, closes_ms, command.asked),)


def evolve(state: ChecksState, event: CheckEvent) -> None:
    """The one place where the state changes."""
    if isinstance(event, CheckOpened):
        state.keys[event.by, event.key] = event.check_id
        state.checks[event.check_id] = Asked(
            check_id=event.check_id,
            key=event.key,
            spec=event.spec,
            anonymous=event.anonymous,
            group_id=event.group_id,
            opened_ms=event.at_ms,
            round_ms=event.at_ms,
            closes_ms=event.closes_ms,
            asked=set(event.asked),
        )
        return
    check = state.checks.get(event.check_id)
    if check is None:
        return  # its opening was lost with the disk: what hangs on it means nothing
    match event:
        case CheckAnswered(participant_id=participant_id):
            check.answers[participant_id] = Given(event.key, event.answer, event.correct, event.at_ms)
            check.keys.setdefault(participant_id, set()).add(event.key)
        case CheckClosed():
            check.open = False
        case CheckReopened():
            check.open = True
            check.shared = False  # nobody reads what is right while answers are taken
            check.round += 1
            check.round_ms = event.at_ms
            check.closes_ms = event.closes_ms
            check.asked |= set(event.asked)
        case CheckShared(shared=shared):
            check.shared = shared
        case _:
            assert_never(event)
