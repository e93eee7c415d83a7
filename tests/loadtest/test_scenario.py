"""A scenario is checked as a whole before anything is fired."""

from pathlib import Path

import pytest

from loadtest.director import picture, tracks_of
from loadtest.errors import BadScenario
from loadtest.scenario import BOTS_MAX, SHIPPED, Scenario, Screen, find, lasting, load, parse


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_scenarios_are_good(path: Path) -> None:
    scenario = load(path)
    assert scenario.title and 1 <= scenario.bots <= BOTS_MAX
    assert scenario.limits.sound_delivered_percent_min is not None


def test_the_promised_ones_are_there() -> None:
    assert {path.stem for path in SHIPPED.glob("*.toml")} >= {"one_to_one", "seminar_12", "class_30", "lecture_300"}
    assert load(find("lecture_300")).bots == 300
    assert load(find("seminar_12")).seats == 12
    assert load(find("class_30")).seats == 30
    assert load(find("one_to_one")).people.classes > 1


def test_a_scenario_reads_like_a_description() -> None:
    scenario = parse('title = "T"\n[people]\nstudents = 4\n[limits]\nfreezes = 2\njoin_ms_p95 = 1500.5\n', "t.toml")
    assert (scenario.people.students, scenario.people.instructors, scenario.bots) == (4, 1, 5)
    assert (scenario.limits.freezes, scenario.limits.join_ms_p95) == (2.0, 1500.5)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "title is missing"),
        ("title = 3", "title must be text"),
        ('title = "T"\nduratoin_s = 3', "duratoin_s is not a key here"),
        ('title = "T"\n[people]\nstudent = 3', "people.student is not a key here"),
        ('title = "T"\n[people]\nstudents = "3"', "people.students must be a whole number"),
        ('title = "T"\n[people]\nstudents = true', "people.students must be a whole number"),
        ('title = "T"\npeople = 3', "people must be a table"),
        ('title = "T"\n[camera]\nlayers_kbps = [1.5]', "camera.layers_kbps must be a list of whole numbers"),
        ('title = "T"\n[camera]\nlayers_kbps = [1, 2, 3, 4]', "from 1 to 3 layers"),
        ('title = "T"\n[people]\nstudents = 1000', "from 1 to 1000 people"),
        ('title = "T"\n[people]\nclasses = 3000', f"at most {BOTS_MAX} bots"),
        ('title = "T"\n[sound]\ntalk = "song"', "sound.talk is"),
        ('title = "T"\nduration_s = 5\n[join]\nburst_s = 6', "join.burst_s must be within"),
        ('title = "T"\n[limits]\nfreezes = "none"', "limits.freezes must be a number"),
        ('title = "T', "is not TOML"),
    ],
)
def test_what_is_wrong_is_said(text: str, sentence: str) -> None:
    with pytest.raises(BadScenario, match=sentence):
        parse(text, "t.toml")


def test_every_problem_is_said_at_once() -> None:
    with pytest.raises(BadScenario) as caught:
        parse('title = "T"\nduration_s = 0\n[sound]\ntalk = "song"', "t.toml")
    assert "duration_s" in str(caught.value) and "sound.talk" in str(caught.value)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(BadScenario, match="seminar_12"):
        find("no_such_scenario")


def test_another_duration_is_checked_too() -> None:
    scenario = Scenario(title="T")
    assert lasting(scenario, 10).duration_s == 10
    with pytest.raises(BadScenario):
        lasting(scenario, 0)


def test_layers_are_halved_from_the_top() -> None:
    layers = picture("screen", Screen(width=1920, height=1080, layers_kbps=(100, 800)))["layers"]
    assert [(one["rid"], one["width"], one["height"]) for one in layers] == [("q", 960, 540), ("f", 1920, 1080)]


def test_who_publishes_what() -> None:
    scenario = parse('title = "T"\n[people]\nstudents=3\n[sound]\nmicrophones=1\n[camera]\nstudents=2\n', "t.toml")

    def sources(role: str, place: int) -> list[str]:
        return [one["source"] for one in tracks_of(scenario, role, place)]

    assert sources("instructor", 0) == ["mic", "camera"]
    assert [sources("student", place) for place in range(3)] == [["mic", "camera"], ["camera"], []]
