"""Breakout groups: everybody is in exactly one place, and comes back."""

from typing import Any

import pytest

from server.classroom.breakouts import (
    MAIN_ROOM,
    BreakoutCommand,
    BreakoutsState,
    BreakoutTimePasses,
    CallForHelp,
    ChooseGroup,
    EndBreakouts,
    GroupWish,
    MovePerson,
    OpenBreakouts,
    SayToGroups,
    VisitGroup,
    apply,
    evolve,
    snapshot_for,
)
from server.classroom.events_breakouts import BreakoutEvent
from server.errors import Rejected
from tests.classroom.cast import cast, through_the_store


class Lesson:
    def __init__(self) -> None:
        self.people = cast()
        self.state = BreakoutsState()
        self.now_ms = 1_000_000
        self.facts: list[BreakoutEvent] = []

    def do(self, command: BreakoutCommand) -> tuple[BreakoutEvent, ...]:
        events = apply(self.state, command, self.people, self.now_ms)
        for event in events:
            self.facts.append(through_the_store(event))
            evolve(self.state, self.facts[-1])
        return events

    def refused(self, command: BreakoutCommand) -> str:
        before = repr(self.state)
        with pytest.raises(Rejected) as refusal:
            apply(self.state, command, self.people, self.now_ms)
        assert repr(self.state) == before
        return refusal.value.code

    def places(self) -> dict[str, int]:
        return {one: self.state.number_of(one) for one in ("ida", *self.people.students)}


def opening(*groups: tuple[str, ...], **more: Any) -> OpenBreakouts:
    wishes = tuple(GroupWish(f"g{number}", f"Group {number}", who) for number, who in enumerate(groups, 1))
    fields: dict[str, Any] = {
        "by": "ida",
        "key": "k1",
        "breakout_id": "b1",
        "mode": "assigned",
        "seconds": None,
        "prompt": "",
    } | more
    return OpenBreakouts(groups=wishes, **fields)


def test_out_and_back() -> None:
    lesson = Lesson()
    lesson.do(opening(("sam",), ("kim",)))
    assert lesson.places() == {"ida": MAIN_ROOM, "sam": 1, "kim": 2, "lee": MAIN_ROOM}
    assert not lesson.state.together("sam", "kim") and lesson.state.together("ida", "lee")
    lesson.do(MovePerson("ida", "lee", "g1"))
    lesson.do(VisitGroup("ida", "g1"))
    assert lesson.state.together("ida", "sam") and lesson.state.together("lee", "sam")
    assert lesson.do(MovePerson("ida", "lee", "g1")) == ()
    lesson.do(EndBreakouts("ida"))
    assert set(lesson.places().values()) == {MAIN_ROOM}
    assert lesson.do(EndBreakouts("ida")) == ()


def test_numbers_are_never_used_again() -> None:
    """Sound that is still under way from an earlier group must not end up in a new one."""
    lesson = Lesson()
    lesson.do(opening(("sam",), ("kim",)))
    lesson.do(EndBreakouts("ida"))
    lesson.do(opening(("sam",), key="k2", breakout_id="b2"))
    assert lesson.state.number_of("sam") == 3


def test_repeat_opens_nothing() -> None:
    lesson = Lesson()
    lesson.do(opening(("sam",)))
    assert lesson.do(opening(("sam",))) == ()
    assert lesson.refused(opening(("sam",), key="other")) == "breakout_open"
    lesson.do(EndBreakouts("ida"))
    assert lesson.do(opening(("sam",))) == ()  # it came late: what it wanted has been, and is over


def test_time_brings_everyone_back() -> None:
    lesson = Lesson()
    lesson.do(opening(("sam",), seconds=60))
    lesson.now_ms += 59_999
    assert lesson.do(BreakoutTimePasses()) == ()
    lesson.now_ms += 1
    assert len(lesson.do(BreakoutTimePasses())) == 1
    assert lesson.state.open is None


def test_choice_only_where_it_was_given() -> None:
    lesson = Lesson()
    lesson.do(opening((), ()))
    assert lesson.refused(ChooseGroup("sam", "g1")) == "not_allowed"
    lesson.do(EndBreakouts("ida"))
    lesson.do(opening((), (), mode="choice", key="k2"))
    lesson.do(ChooseGroup("sam", "g2"))
    lesson.do(ChooseGroup("sam", "g1"))
    assert lesson.state.group_of("sam") == "g1"
    assert lesson.refused(ChooseGroup("sam", "g9")) == "group_unknown"


def test_call_is_seen_by_staff_and_ends_when_someone_comes() -> None:
    lesson = Lesson()
    lesson.do(opening(("sam",), ("kim",)))
    lesson.do(CallForHelp("sam"))
    assert lesson.do(CallForHelp("sam")) == ()

    def called(who: str, staff: bool) -> list[bool]:
        return [group.called for group in snapshot_for(lesson.state, who, staff=staff).groups]

    assert called("ida", True) == called("sam", False) == [True, False]
    assert called("kim", False) == [False, False]
    assert lesson.refused(CallForHelp("lee")) == "group_unknown"
    lesson.do(VisitGroup("asa", "g1"))
    assert called("ida", True) == [False, False]


def test_snapshot_says_who_is_where() -> None:
    lesson = Lesson()
    lesson.do(opening(("sam", "kim"), prompt="Discuss", seconds=60))
    lesson.do(VisitGroup("ida", "g1"))
    seen = snapshot_for(lesson.state, "sam", staff=False)
    assert seen.own_group_id == "g1" and seen.prompt == "Discuss"
    assert (seen.groups[0].participant_ids, seen.groups[0].visitor_ids) == (("sam", "kim"), ("ida",))
    assert snapshot_for(BreakoutsState(), "sam", staff=False).open is False


@pytest.mark.parametrize("who", ["sam", "obi", "stranger"])
def test_only_staff_run_them(who: str) -> None:
    lesson = Lesson()
    assert lesson.refused(opening(("sam",), by=who)) == "not_allowed"
    lesson.do(opening(("sam",)))
    commands = (MovePerson(who, "kim", "g1"), VisitGroup(who, "g1"), SayToGroups(who, "x"), EndBreakouts(who))
    assert {lesson.refused(command) for command in commands} == {"not_allowed"}


def test_groups_that_cannot_be() -> None:
    lesson = Lesson()
    assert lesson.refused(opening()) == "too_many"
    assert lesson.refused(opening(*([()] * 51))) == "too_many"
    assert lesson.refused(opening(("sam",), ("sam",))) == "bad_groups"
    assert lesson.refused(opening(("nobody",))) == "person_unknown"
    assert lesson.refused(VisitGroup("ida", "g1")) == "breakout_closed"
    lesson.do(opening(("sam",)))
    assert lesson.refused(MovePerson("ida", "nobody", "g1")) == "person_unknown"
    assert lesson.refused(MovePerson("ida", "kim", "g7")) == "group_unknown"


def test_rebuilt_from_facts_it_is_the_same() -> None:
    lesson = Lesson()
    lesson.do(opening(("sam",), ("kim",), seconds=60))
    lesson.do(CallForHelp("kim"))
    lesson.do(MovePerson("ida", "lee", "g2"))
    lesson.do(VisitGroup("ida", "g1"))
    lesson.do(SayToGroups("ida", "Two minutes left"))
    rebuilt = BreakoutsState()
    for fact in lesson.facts:
        evolve(rebuilt, fact)
    assert rebuilt == lesson.state
