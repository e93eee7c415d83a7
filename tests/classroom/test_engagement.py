"""Engagement: the documented examples are what the code does; and no part leaves its range."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.classroom.engagement import FORMULA_VERSION, WEIGHTS, Asked, Chance, Deeds, engagement
from server.classroom.intervals import as_spans, bridged

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "engagement.md").read_text(encoding="utf-8")
EXAMPLES: list[dict[str, Any]] = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


def spans(seconds: list[list[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((start * 1000, end * 1000) for start, end in seconds)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: str(one["expected"]["index"]))
def test_documented_examples(example: dict[str, Any]) -> None:
    deeds = Deeds(
        asked=tuple(Asked(None if after is None else after * 1000) for after in example["asked"]),
        talk=spans(example["talk"]),
        acts_ms=tuple(second * 1000 for second in example["acts"]),
    )
    chance = Chance(
        spans(example["present"]), example["could_speak"], example["students"], example["anyone_talk_s"] * 1000
    )
    found = engagement(deeds, chance)
    inactive = found.longest_inactive_ms
    assert {
        "response": found.response,
        "voice": found.voice,
        "activity": found.activity,
        "index": found.index,
        "longest_inactive_s": None if inactive is None else inactive // 1000,
        "taken_part": found.taken_part,
    } == example["expected"]


def test_the_page_tells_this_version() -> None:
    assert len(EXAMPLES) >= 6
    assert f"## The index, version {FORMULA_VERSION}" in PAGE
    formula = " + ".join(f"{weight} {name}" for name, weight in WEIGHTS.items())
    assert f"({formula})" in PAGE


def test_a_wrong_answer_is_an_answer() -> None:
    right = Deeds(asked=(Asked(1000, graded=True, correct=True),))
    wrong = Deeds(asked=(Asked(1000, graded=True, correct=False),))
    chance = Chance(((0, 600_000),), True, 1, 60_000)
    assert engagement(right, chance).index == engagement(wrong, chance).index
    assert (engagement(right, chance).correct, engagement(wrong, chance).correct) == (1, 0)


def test_a_turn_over_a_lost_connection_is_one_turn() -> None:
    chance = Chance(((0, 10_000), (20_000, 400_000)), True, 1, 60_000)
    found = engagement(Deeds(talk=((8_000, 30_000),)), chance)
    assert found.turns == 1


_ms = st.integers(0, 7_200_000)
_spans = st.lists(st.tuples(_ms, _ms), max_size=12).map(lambda found: tuple(as_spans(bridged(found, 0))))
_asked = st.lists(st.builds(Asked, st.none() | _ms, st.booleans(), st.none() | st.booleans()), max_size=10).map(tuple)
_deeds = st.builds(
    Deeds,
    asked=_asked,
    tasks=st.lists(st.booleans(), max_size=4).map(tuple),
    talk=_spans,
    acts_ms=st.lists(_ms, max_size=20).map(tuple),
)
_chance = st.builds(Chance, _spans, st.booleans(), st.floats(0, 500), _ms)


@settings(max_examples=60)
@given(_deeds, _chance)
def test_every_part_keeps_its_range(deeds: Deeds, chance: Chance) -> None:
    found = engagement(deeds, chance)
    present_ms = sum(end - start for start, end in chance.present)
    assert found.index is None or 0 <= found.index <= 100
    for part in (found.response, found.voice, found.activity, found.talk_share):
        assert part is None or 0 <= part <= 1
    assert 0 <= found.active_windows <= found.windows
    assert 0 <= found.correct <= found.graded <= found.answered <= found.asked
    assert 0 <= found.talk_ms <= present_ms
    assert found.longest_inactive_ms is None or 0 <= found.longest_inactive_ms <= present_ms


@settings(max_examples=60)
@given(_deeds, _chance)
def test_doing_more_never_lowers_the_index(deeds: Deeds, chance: Chance) -> None:
    before = engagement(deeds, chance).index
    answered = tuple(Asked(one.answered_after_ms or 0, one.graded, one.correct) for one in deeds.asked)
    more = Deeds(
        answered, (True,) * len(deeds.tasks), deeds.talk, acts_ms=(*deeds.acts_ms, *range(0, 7_200_000, 60_000))
    )
    after = engagement(more, chance).index
    assert before is None or after is None or after >= before
