"""Attendance: worked examples, and that no order of marks makes it negative or counts anything twice."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.classroom.attendance import Attendance, AttendanceRules, Plan, attendance, window
from server.classroom.intervals import as_spans, bridged, total_ms
from server.classroom.presence_fold import Broke, Came, Lost, Mark, Over, PresenceFold, Proof, Waits

MINUTE = 60_000
HOUR = 60 * MINUTE
START = 1_000 * HOUR
PLAN = Plan(START, START + HOUR, live_ms=START - 5 * MINUTE)
RULES = AttendanceRules()


def at(minute: float) -> int:
    return START + round(minute * MINUTE)


def came(minute: float, device: str = "a") -> Came:
    return Came(at(minute), "sea", f"par_{device}")


def lost(minute: float, device: str = "a", silent_s: float = 0) -> Lost:
    return Lost(at(minute), "sea", f"par_{device}", at(minute) - round(silent_s * 1000))


def fold(*marks: Mark, plan: Plan = PLAN, now: float = 75, rules: AttendanceRules = RULES) -> Attendance:
    presence = PresenceFold(marks)
    return attendance(
        presence.spans("sea", at(now)),
        presence.arrived_ms("sea"),
        presence.losses("sea"),
        window(plan, at(now)),
        rules,
    )


EXAMPLES: dict[str, tuple[list[Mark], dict[str, Any]]] = {
    "there from before the start to after the end": (
        [came(-4), lost(70)],
        {"status": "present", "present_ms": HOUR, "outside_ms": 14 * MINUTE, "late_ms": 0, "early_ms": 0},
    ),
    "five minutes late is in time, a second more is late": (
        [came(5 + 1 / 60)],
        {"status": "late", "late_ms": 301_000, "present_ms": HOUR - 301_000},
    ),
    "exactly five minutes": ([came(5)], {"status": "present", "late_ms": 300_000}),
    "left ten minutes before the end": ([came(0), lost(50)], {"status": "left_early", "early_ms": 10 * MINUTE}),
    "late and left early": ([came(6), lost(54)], {"status": "partial"}),
    "half of it": ([came(0), lost(30)], {"status": "partial", "present_ms": 30 * MINUTE}),
    "looked in": ([came(10), lost(12)], {"status": "absent", "present_ms": 2 * MINUTE}),
    "never": ([], {"status": "absent", "present_ms": 0, "arrived_ms": None, "left_ms": None}),
    "a lost connection of 150 s counts as present": (
        [came(0), lost(20), came(22.5)],
        {"status": "present", "present_ms": HOUR, "reconnects": 1},
    ),
    "a longer one ends at the last proof of presence": (
        [came(0), lost(20, silent_s=4.5), came(22.5)],
        {"present_ms": HOUR - 154_500, "reconnects": 1},
    ),
    "two devices are one person": (
        [came(0, "a"), came(10, "b"), lost(20, "a"), lost(40, "b")],
        {"present_ms": 40 * MINUTE, "reconnects": 0},
    ),
    "who waited for a late instructor is not late": (
        [Waits(at(-2), "sea"), came(12)],
        {"status": "late", "late_ms": 12 * MINUTE, "arrived_ms": at(-2)},
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str) -> None:
    marks, expected = EXAMPLES[name]
    found = fold(*marks)
    if name.startswith("who waited"):
        found = fold(*marks, plan=Plan(START, START + HOUR, live_ms=at(12)))
        expected = {"status": "present", "late_ms": 0, "present_ms": 48 * MINUTE, "arrived_ms": at(-2)}
    assert {field: getattr(found, field) for field in expected} == expected


def test_an_early_end_by_staff_makes_nobody_leave_early() -> None:
    ended = fold(came(0), Over(at(45)), plan=Plan(START, START + HOUR, live_ms=START, ended_ms=at(45)), now=90)
    assert (ended.status, ended.planned_ms, ended.early_ms) == ("present", 45 * MINUTE, 0)
    broken_off = fold(came(0), Over(at(45)), plan=Plan(START, START + HOUR, live_ms=START), now=90)
    assert (broken_off.status, broken_off.early_ms) == ("left_early", 15 * MINUTE)


def test_nobody_is_absent_from_a_class_that_was_not_held() -> None:
    found = fold(Waits(at(-1), "sea"), plan=Plan(START, START + HOUR), now=90)
    assert (found.status, found.arrived_ms, found.present_ms) == (None, at(-1), 0)


def test_a_class_moved_on_the_day_is_measured_as_it_was_held() -> None:
    plan = Plan(START, START + HOUR, live_ms=at(120), ended_ms=at(170))
    found = fold(came(121), Over(at(170)), plan=plan, now=200)
    assert (found.status, found.planned_ms, found.present_ms) == ("present", 50 * MINUTE, 49 * MINUTE)


def test_a_standing_room_is_measured_from_live_to_end() -> None:
    plan = Plan(START, START + 1000 * HOUR, standing=True, live_ms=at(3), ended_ms=at(23))
    found = fold(came(4), Over(at(23)), plan=plan, now=60)
    assert (found.status, found.planned_ms, found.present_ms, found.late_ms) == (
        "present",
        20 * MINUTE,
        19 * MINUTE,
        MINUTE,
    )


def test_while_it_runs_only_what_has_passed_counts() -> None:
    assert fold(came(0), now=30).ratio == 1.0
    assert fold(now=-1).status is None
    assert fold(now=10).status == "absent"


def test_a_server_that_died_leaves_the_time_up_to_the_last_proof() -> None:
    found = fold(came(0), Proof(at(30)), Broke(at(35)), now=60)
    assert (found.present_ms, found.left_ms) == (30 * MINUTE, at(30))
    back = fold(came(0), Proof(at(30)), Broke(at(31)), came(31), now=60)
    assert back.present_ms == HOUR


def test_rules_are_the_organisations() -> None:
    strict = AttendanceRules(version=2, late_after_s=0, partial_below=0.99)
    assert fold(came(1), rules=strict).status == "partial"
    assert fold(came(0.1), rules=strict).status == "late"


# --- no order of marks breaks it ------------------------------------------------------------------------------------

_instants = st.integers(0, 120 * 60).map(lambda second: START - 20 * MINUTE + second * 1000)
_devices = st.sampled_from(["par_a", "par_b", "par_c"])
_marks = st.one_of(
    st.builds(Came, _instants, st.just("sea"), _devices),
    st.builds(Lost, _instants, st.just("sea"), _devices, _instants),
    st.builds(Waits, _instants, st.just("sea")),
    st.builds(Proof, _instants),
    st.builds(Broke, _instants),
    st.builds(Over, _instants),
)


@given(st.lists(_marks, max_size=40), _instants, st.none() | _instants, st.none() | _instants, st.booleans())
def test_never_negative_never_double(
    marks: list[Mark], now_ms: int, live_ms: int | None, ended_ms: int | None, standing: bool
) -> None:
    presence = PresenceFold(marks)
    spans = presence.spans("sea", now_ms)
    assert all(end > start for start, end in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    within = window(Plan(START, START + HOUR, standing, live_ms, ended_ms), now_ms)
    found = attendance(spans, presence.arrived_ms("sea"), presence.losses("sea"), within, RULES)
    assert 0 <= found.present_ms <= within.length_ms
    assert min(found.late_ms, found.early_ms, found.outside_ms, found.reconnects) >= 0
    assert found.ratio is None or 0 <= found.ratio <= 1
    assert (found.status is None) == (not within.opened)


@given(st.lists(_marks, max_size=40), _instants)
def test_a_repeated_mark_changes_nothing(marks: list[Mark], now_ms: int) -> None:
    twice = [mark for mark in marks for _ in range(2)]
    assert PresenceFold(twice).spans("sea", now_ms) == PresenceFold(marks).spans("sea", now_ms)


@given(st.lists(st.tuples(_instants, _instants), max_size=30), st.integers(0, 600_000))
def test_bridging_keeps_order_and_only_adds_gaps(spans: list[tuple[int, int]], gap_ms: int) -> None:
    stretches = bridged(spans, gap_ms)
    for first, second in pairwise(stretches):
        assert second.from_ms - first.to_ms > gap_ms
    gaps = sum(end - start for one in stretches for start, end in one.gaps)
    assert total_ms(as_spans(stretches)) == total_ms(spans) + gaps
