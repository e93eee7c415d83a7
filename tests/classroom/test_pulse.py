"""The pulse: one word of each, about now, counted for staff."""

import pytest

from server.classroom.pulse import EVERY_MS, FRESH_MS, PulseState, SetOwnPulse, apply, evolve, snapshot_for, tally
from server.errors import Rejected
from signaling.checks import PulseValue
from tests.classroom.cast import cast

PEOPLE = cast()
HERE = PEOPLE.students


def say(state: PulseState, by: str, value: PulseValue | None, now_ms: int) -> int:
    events = apply(state, SetOwnPulse(by, value), PEOPLE, now_ms)
    for event in events:
        evolve(state, event)
    return len(events)


def test_last_word_counts_once() -> None:
    state = PulseState()
    assert say(state, "sam", "lost", 0) == 1
    assert say(state, "sam", "lost", 10) == 0
    assert say(state, "kim", "understood", 10) == 1
    counted = tally(state, HERE, 20)
    assert (counted.understood, counted.lost, counted.of, counted.lost_ids) == (1, 1, 3, ("sam",))
    assert say(state, "sam", None, EVERY_MS) == 1
    assert tally(state, HERE, EVERY_MS).lost == 0


def test_word_of_long_ago_or_of_someone_gone_does_not_count() -> None:
    state = PulseState()
    say(state, "sam", "lost", 0)
    assert tally(state, ("kim",), 1).lost == 0
    assert tally(state, HERE, FRESH_MS).lost == 0
    assert say(state, "sam", "lost", FRESH_MS) == 1  # said anew, it does


def test_only_students_and_not_faster_than_a_thumb() -> None:
    state = PulseState()
    for who in ("ida", "obi", "stranger"):
        with pytest.raises(Rejected, match="not_allowed"):
            say(state, who, "lost", 0)
    say(state, "sam", "lost", 0)
    with pytest.raises(Rejected, match="too_fast"):
        say(state, "sam", "understood", EVERY_MS - 1)


def test_counts_are_for_staff() -> None:
    state = PulseState()
    say(state, "sam", "lost", 0)
    assert snapshot_for(state, "sam", HERE, 1, staff=False).tally is None
    assert snapshot_for(state, "sam", HERE, 1, staff=False).own == "lost"
    counted = snapshot_for(state, "ida", HERE, 1, staff=True).tally
    assert counted is not None and counted.lost == 1
