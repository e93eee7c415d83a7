"""Both reports hold the same figures, and nothing that leads into a class."""

import json
from datetime import UTC, datetime
from pathlib import Path

from loadtest.bot import Moments
from loadtest.figures import figures
from loadtest.limits import Limits, judge
from loadtest.report import as_html, write
from loadtest.run import Result
from loadtest.scenario import Scenario
from tests.loadtest.counted import counted

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def result(**changed: object) -> Result:
    moments = (Moments(connected_s=0.1, refusals=["bad_sdp: <b>no</b>"]),)
    report = counted(**changed)
    return Result(figures(moments, report, (None, None)), moments, report)


def test_files(tmp_path: Path) -> None:
    one, scenario = result(), Scenario(title="A <class>", limits=Limits(freezes=0, refusals=5))
    page = write(tmp_path / "new", scenario, one, judge(scenario.limits, one.figures), AT)
    value = json.loads((tmp_path / "new" / "report.json").read_text("utf-8"))
    assert value["passed"] is True
    assert value["figures"]["packets_received"] == 12
    assert value["scenario"]["people"]["students"] == 1
    text = page.read_text("utf-8")
    assert "A &lt;class&gt;" in text and "Passed" in text and "&lt;b&gt;no" in text
    assert "http" not in text and "/j/" not in json.dumps(value)


def test_a_broken_limit_is_marked() -> None:
    one, scenario = result(sound_frames_lost=900), Scenario(title="T", limits=Limits(sound_delivered_percent_min=99))
    text = as_html(scenario, one, judge(scenario.limits, one.figures), AT)
    assert "Failed" in text and 'class="broken">broken' in text
