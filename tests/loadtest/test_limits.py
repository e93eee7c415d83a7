"""Limits, and the one sentence about a broken one."""

from dataclasses import fields

from loadtest.bot import Moments
from loadtest.figures import figures, percentile
from loadtest.limits import WORDS, Limits, judge
from tests.loadtest.counted import counted


def test_every_limit_is_a_figure_with_words() -> None:
    known = figures([Moments()], counted(), (None, None))
    for one in fields(Limits):
        figure = one.name.removesuffix("_min")
        assert figure in known, one.name
        assert figure in WORDS, one.name


def test_from_above_and_from_below() -> None:
    limits = Limits(joined_percent_min=99.0, freezes=2.0)
    held = {one.key: one.held for one in judge(limits, {"joined_percent": 99.0, "freezes": 2})}
    assert held["joined_percent_min"] and held["freezes"]
    held = {one.key: one.held for one in judge(limits, {"joined_percent": 98.9, "freezes": 3})}
    assert not held["joined_percent_min"] and not held["freezes"]


def test_what_was_not_measured_breaks_its_limit() -> None:
    (verdict,) = [one for one in judge(Limits(freezes=0), {"freezes": None}) if one.key == "freezes"]
    assert not verdict.held
    assert verdict.sentence.startswith("freezes was not measured, the limit is at most 0")


def test_a_limit_that_is_left_out_is_not_judged() -> None:
    assert "media_cpu_percent" not in {one.key for one in judge(Limits(), {})}


def test_a_sentence_names_figure_and_bound() -> None:
    (verdict,) = [one for one in judge(Limits(join_ms_p95=500), {"join_ms_p95": 812.5}) if one.key == "join_ms_p95"]
    assert verdict.sentence == (
        "join_ms_p95 is 812.5, the limit is at most 500 (of the joins took (ms, 95th percentile))"
    )


def test_percentiles() -> None:
    assert percentile([], 0.5) is None
    assert percentile([3.0], 0.99) == 3.0
    assert percentile([float(one) for one in range(1, 101)], 0.95) == 95.0
    assert percentile([1.0, 2.0], 0.5) == 1.0


def test_figures_of_a_run() -> None:
    moments = [Moments(connected_s=0.25, picture_s=0.5), Moments(reconnects=2, refusals=["busy: Later."])]
    found = figures(moments, counted(sound_frames=999, sound_frames_lost=1), (12.5, None))
    assert (found["joined_percent"], found["join_ms_p95"], found["picture_ms_p50"]) == (50.0, 250.0, 500.0)
    assert (found["sound_delivered_percent"], found["reconnects"], found["refusals"]) == (99.9, 2, 1)
    assert (found["media_cpu_percent"], found["control_cpu_percent"]) == (12.5, None)


def test_nothing_heard_is_not_perfect_sound() -> None:
    found = figures([Moments()], counted(sound_frames=0), (None, None))
    assert found["sound_delivered_percent"] is None and found["sound_gap_ms_max"] is None
