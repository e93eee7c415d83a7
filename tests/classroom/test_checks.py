"""Checks: one answer of each counts, repeats change nothing, nobody sees what is right too early."""

from itertools import count
from typing import Any

import pytest

from server.classroom.check_views import snapshot_for, tally
from server.classroom.checks import (
    CHANGES_MAX,
    CHECKS_MAX,
    GRACE_MS,
    OPEN_MAX,
    AnswerCheck,
    CheckCommand,
    ChecksState,
    CheckTimePasses,
    CloseCheck,
    OpenCheck,
    ReopenCheck,
    ShareCheck,
    apply,
    evolve,
)
from server.classroom.events_checks import CheckAnswered, CheckEvent
from server.errors import Rejected
from signaling.checks import Answer, CheckOption, CheckSpec, RightAnswer
from tests.classroom.cast import Cast, cast, through_the_store

OPTIONS = tuple(CheckOption(option_id=one, text=one.upper()) for one in ("a", "b", "c"))
SINGLE = CheckSpec(kind="single", prompt="Which?", options=OPTIONS, right=RightAnswer(option_ids=("b",)))
POLL = CheckSpec(kind="poll", prompt="What next?", options=OPTIONS)


class Lesson:
    """The rules with a clock; every event goes through its stored form."""

    def __init__(self, people: Cast | None = None) -> None:
        self.people = people or cast()
        self.state = ChecksState()
        self.now_ms = 1_000_000
        self.facts: list[CheckEvent] = []
        self._keys = count(1)

    def do(self, command: CheckCommand) -> tuple[CheckEvent, ...]:
        events = apply(self.state, command, self.people, self.now_ms)
        for event in events:
            self.facts.append(through_the_store(event))
            evolve(self.state, self.facts[-1])
        return events

    def open(self, spec: CheckSpec = SINGLE, check_id: str = "c1", **more: Any) -> None:
        fields: dict[str, Any] = {
            "by": "ida",
            "key": f"k{check_id}",
            "saved_id": None,
            "seconds": None,
            "anonymous": False,
        }
        fields |= {"group_id": None, "asked": self.people.students} | more
        self.do(OpenCheck(check_id=check_id, spec=spec, **fields))

    def answer(self, by: str, *option_ids: str, key: str | None = None, check_id: str = "c1", **more: Any) -> None:
        answer = Answer(option_ids=option_ids, **more)
        self.do(AnswerCheck(by, check_id, key or f"a{next(self._keys)}", answer, None))

    def refused(self, command: CheckCommand) -> str:
        before = repr(self.state)
        with pytest.raises(Rejected) as refusal:
            apply(self.state, command, self.people, self.now_ms)
        assert repr(self.state) == before
        return refusal.value.code


def _answer(by: str, *option_ids: str, key: str = "k", check_id: str = "c1", **more: Any) -> AnswerCheck:
    return AnswerCheck(by, check_id, key, Answer(option_ids=option_ids, **more), None)


def test_answer_is_counted_once_and_may_change_while_open() -> None:
    lesson = Lesson()
    lesson.open()
    lesson.answer("sam", "a", key="one")
    lesson.answer("sam", "b", key="two")
    lesson.answer("sam", "a", key="one")  # a late repeat of the first
    result = tally(lesson.state.checks["c1"], staff=True)
    assert {one.option_id: one.count for one in result.counts} == {"a": 0, "b": 1, "c": 0}
    assert (result.answered, result.asked, result.correct) == (1, 3, 1)
    assert len(lesson.facts) == 3


def test_fact_says_right_or_wrong_and_how_long_it_took() -> None:
    lesson = Lesson()
    lesson.open()
    lesson.now_ms += 4_200
    lesson.answer("sam", "b")
    lesson.answer("kim", "c")
    answered = [one for one in lesson.facts if isinstance(one, CheckAnswered)]
    assert [(one.correct, one.took_ms) for one in answered] == [(True, 4_200), (False, 4_200)]


@pytest.mark.parametrize("who", ["ida", "asa", "obi", "stranger"])
def test_only_students_answer(who: str) -> None:
    lesson = Lesson()
    lesson.open()
    assert lesson.refused(_answer(who, "a")) == "not_allowed"


@pytest.mark.parametrize("who", ["sam", "obi", "stranger"])
def test_only_staff_run_checks(who: str) -> None:
    lesson = Lesson()
    lesson.open()
    opening = OpenCheck(who, "k", "c2", SINGLE, None, None, False, None, ())
    for command in (opening, CloseCheck(who, "c1"), ReopenCheck(who, "c1", None, ()), ShareCheck(who, "c1", True)):
        assert lesson.refused(command) == "not_allowed"


def test_timed_check_closes_by_itself_and_takes_what_was_on_its_way() -> None:
    lesson = Lesson()
    lesson.open(seconds=30)
    lesson.now_ms += 30_000 + GRACE_MS - 1
    assert lesson.do(CheckTimePasses()) == ()
    lesson.answer("sam", "b")
    lesson.now_ms += 1
    assert lesson.refused(_answer("kim", "b")) == "check_closed"  # even before the tick comes round
    lesson.do(CheckTimePasses())
    assert not lesson.state.checks["c1"].open
    assert lesson.do(CheckTimePasses()) == ()


def test_repeat_is_answered_after_the_close_a_new_answer_is_not() -> None:
    lesson = Lesson()
    lesson.open()
    lesson.answer("sam", "b", key="mine")
    lesson.do(CloseCheck("ida", "c1"))
    assert lesson.do(CloseCheck("asa", "c1")) == ()
    assert lesson.do(_answer("sam", "b", key="mine")) == ()
    assert lesson.refused(_answer("sam", "a", key="other")) == "check_closed"


def test_open_again_keeps_answers_and_hides_what_is_right() -> None:
    lesson = Lesson()
    lesson.open()
    lesson.answer("sam", "a")
    lesson.do(CloseCheck("ida", "c1"))
    lesson.do(ShareCheck("ida", "c1", True))
    seen = snapshot_for(lesson.state, "sam", None, staff=False)
    assert seen.checks[0].right == SINGLE.right and seen.answers[0].correct is False and seen.tallies[0].correct == 0
    lesson.do(ReopenCheck("ida", "c1", 60, ("sam", "late")))
    seen = snapshot_for(lesson.state, "sam", None, staff=False)
    assert seen.checks[0].right is None and seen.answers[0].correct is None and seen.tallies == ()
    assert seen.checks[0].round == 2
    assert tally(lesson.state.checks["c1"], staff=True).asked == 4


def test_shared_while_open_tells_counts_but_not_what_is_right() -> None:
    lesson = Lesson()
    lesson.open()
    lesson.answer("sam", "b")
    lesson.do(ShareCheck("ida", "c1", True))
    seen = snapshot_for(lesson.state, "kim", None, staff=False)
    assert seen.checks[0].right is None and seen.tallies[0].correct is None and seen.tallies[0].answered == 1


def test_student_sees_own_answer_only() -> None:
    lesson = Lesson()
    lesson.open()
    lesson.answer("sam", "b")
    lesson.answer("kim", "a")
    seen = snapshot_for(lesson.state, "sam", None, staff=False)
    assert [one.participant_id for one in seen.answers] == ["sam"]
    assert seen.tallies == () and seen.checks[0].right is None and seen.answers[0].correct is None
    assert {one.participant_id for one in snapshot_for(lesson.state, "ida", None, staff=True).answers} == {"sam", "kim"}


def test_anonymous_tells_staff_neither_who_nor_when() -> None:
    lesson = Lesson()
    lesson.open(POLL, anonymous=True)
    lesson.answer("sam", "b")
    lesson.now_ms += 5_000
    lesson.answer("kim", "a")
    seen = snapshot_for(lesson.state, "ida", None, staff=True)
    assert {(one.participant_id, one.key, one.at_utc) for one in seen.answers} == {
        (None, "", seen.checks[0].opened_utc)
    }
    assert [one.answer.option_ids for one in seen.answers] == [("a",), ("b",)]  # not as they came
    own = snapshot_for(lesson.state, "sam", None, staff=False).answers[0]
    assert own.participant_id == "sam" and own.answer.option_ids == ("b",)


def test_check_of_a_group_is_for_the_group() -> None:
    lesson = Lesson()
    lesson.open(group_id="g1", asked=("sam",))
    assert snapshot_for(lesson.state, "kim", "g2", staff=False).checks == ()
    assert lesson.refused(_answer("kim", "a")) == "check_unknown"
    lesson.answer("sam", "b")  # back in the main room, but asked
    assert len(snapshot_for(lesson.state, "sam", None, staff=False).checks) == 1


@pytest.mark.parametrize(
    ("spec", "given", "correct"),
    [
        (CheckSpec(kind="true_false", prompt="?", right=RightAnswer(option_ids=("true",))), ("true",), True),
        (CheckSpec(kind="multiple", prompt="?", options=OPTIONS, right=RightAnswer(option_ids=("c", "a"))), "ac", True),
        (CheckSpec(kind="multiple", prompt="?", options=OPTIONS, right=RightAnswer(option_ids=("c", "a"))), "a", False),
        (CheckSpec(kind="number", prompt="?", right=RightAnswer(number=0.3)), 0.1 + 0.2, True),
        (CheckSpec(kind="number", prompt="?", right=RightAnswer(number=3, tolerance=0.5)), 3.51, False),
        (CheckSpec(kind="short_text", prompt="?", right=RightAnswer(texts=("New York",))), " new  YORK ", True),
        (CheckSpec(kind="short_text", prompt="?", right=RightAnswer(texts=("é",))), "e\u0301", True),
        (POLL, ("a",), None),
        (CheckSpec(kind="exercise", prompt="?"), "my essay", None),
    ],
)
def test_right_and_wrong(spec: CheckSpec, given: Any, correct: bool | None) -> None:
    lesson = Lesson()
    lesson.open(spec)
    if isinstance(given, float):
        lesson.answer("sam", number=given)
    elif spec.kind in ("short_text", "exercise"):
        lesson.answer("sam", text=given)
    else:
        lesson.answer("sam", *given)
    assert lesson.state.checks["c1"].answers["sam"].correct is correct


@pytest.mark.parametrize(
    "spec",
    [
        CheckSpec(kind="poll", prompt="?", options=OPTIONS[:1]),
        CheckSpec(kind="poll", prompt="?", options=OPTIONS, right=RightAnswer(option_ids=("a",))),
        CheckSpec(kind="single", prompt="?", options=OPTIONS, right=RightAnswer(option_ids=("a", "b"))),
        CheckSpec(kind="single", prompt="?", options=OPTIONS, right=RightAnswer(option_ids=("z",))),
        CheckSpec(kind="single", prompt="?", options=(OPTIONS[0], OPTIONS[0])),
        CheckSpec(kind="single", prompt="  ", options=OPTIONS),
        CheckSpec(kind="true_false", prompt="?", options=OPTIONS),
        CheckSpec(kind="number", prompt="?", options=OPTIONS),
        CheckSpec(kind="number", prompt="?", right=RightAnswer(number=float("inf"))),
        CheckSpec(kind="short_text", prompt="?", right=RightAnswer(texts=(" ",))),
        CheckSpec(kind="exercise", prompt="?", right=RightAnswer(texts=("x",))),
    ],
)
def test_question_that_is_none(spec: CheckSpec) -> None:
    assert Lesson().refused(OpenCheck("ida", "k", "c1", spec, None, None, False, None, ())) == "bad_check"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(),
        Answer(option_ids=("a", "b")),
        Answer(option_ids=("z",)),
        Answer(option_ids=("a",), number=1),
        Answer(text="a"),
        Answer(option_ids=("a",), material_id="mat_1"),
    ],
)
def test_answer_that_does_not_fit(answer: Answer) -> None:
    lesson = Lesson()
    lesson.open()
    assert lesson.refused(AnswerCheck("sam", "c1", "k", answer, None)) == "bad_answer"


def test_limits() -> None:
    lesson = Lesson()
    for number in range(OPEN_MAX):
        lesson.open(check_id=f"c{number}")
    again = OpenCheck("ida", "again", "cx", SINGLE, None, None, False, None, ())
    assert lesson.refused(again) == "too_many"
    lesson.open(check_id="other", key="kc0")  # a repeat of the first
    assert "other" not in lesson.state.checks
    for number in range(CHANGES_MAX):
        lesson.answer("sam", "a", key=f"x{number}", check_id="c0")
    assert lesson.refused(_answer("sam", "a", key="more", check_id="c0")) == "too_many"
    for number in range(OPEN_MAX):
        lesson.do(CloseCheck("ida", f"c{number}"))
    for number in range(OPEN_MAX, CHECKS_MAX):
        lesson.open(check_id=f"c{number}")
        lesson.do(CloseCheck("ida", f"c{number}"))
    assert lesson.refused(again) == "too_many"


def test_rebuilt_from_facts_it_is_the_same() -> None:
    lesson = Lesson()
    lesson.open(seconds=30)
    lesson.answer("sam", "a", key="one")
    lesson.answer("sam", "b", key="two")
    lesson.do(CloseCheck("ida", "c1"))
    lesson.do(ReopenCheck("ida", "c1", None, ("sam",)))
    rebuilt = ChecksState()
    for fact in lesson.facts:
        evolve(rebuilt, fact)
    assert rebuilt == lesson.state
