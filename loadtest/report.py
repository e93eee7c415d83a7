"""The report of a run: `report.json` for programs, `report.html` for people; both hold the same figures."""

import html
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from loadtest.limits import Verdict
from loadtest.run import Result
from loadtest.scenario import Scenario

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1b1b1f;background:#fff}
h1{font-size:1.5rem;margin-bottom:0}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}td,th{padding:.3rem .6rem;text-align:left;border-bottom:1px solid #ddd}
td.n{text-align:right;font-variant-numeric:tabular-nums}.held{color:#0a6b2d}.broken{color:#b00020;font-weight:600}
@media(prefers-color-scheme:dark){body{color:#e6e6ea;background:#151518}td,th{border-color:#333}
.held{color:#62d48a}.broken{color:#ff7b8a}}
"""


def write(folder: Path, scenario: Scenario, result: Result, verdicts: Sequence[Verdict], at: datetime) -> Path:
    """Both files; the path of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    value = as_json(scenario, result, verdicts, at)
    (folder / "report.json").write_text(json.dumps(value, indent=2) + "\n", "utf-8")
    page = folder / "report.html"
    page.write_text(as_html(scenario, result, verdicts, at), "utf-8")
    return page


def as_json(scenario: Scenario, result: Result, verdicts: Sequence[Verdict], at: datetime) -> dict[str, object]:
    """Everything, for a program. No link and no address stands in it."""
    return {
        "title": scenario.title,
        "at": at.isoformat(timespec="seconds"),
        "machine": machine(),
        "passed": all(one.held for one in verdicts),
        "verdicts": [asdict(one) for one in verdicts],
        "figures": result.figures,
        "scenario": asdict(scenario),
        "bots": [asdict(one) for one in result.moments],
        "media": result.report,
    }


def as_html(scenario: Scenario, result: Result, verdicts: Sequence[Verdict], at: datetime) -> str:
    """One page without anything from elsewhere."""
    passed = all(one.held for one in verdicts)
    judged = "".join(f"<tr>{_held(one.held)}<td>{html.escape(one.sentence)}</td></tr>" for one in verdicts)
    rows = "".join(
        f'<tr><td>{html.escape(name)}</td><td class="n">{"–" if value is None else f"{value:,g}"}</td></tr>'
        for name, value in result.figures.items()
    )
    refused = sorted({text for one in result.moments for text in one.refusals})
    refusals = "".join(f"<li>{html.escape(text)}</li>" for text in refused)
    title = html.escape(scenario.title)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1><p>{html.escape(at.isoformat(timespec='seconds'))}, {scenario.bots} bots, "
        f"{scenario.duration_s:g} s, on {html.escape(machine())}</p>"
        f'<p class="{_class(passed)}">{"Passed: every limit held." if passed else "Failed: a limit is broken."}</p>'
        f"<h2>Limits</h2><table>{judged}</table><h2>Figures</h2><table>{rows}</table>"
        + (f"<h2>What was refused</h2><ul>{refusals}</ul>" if refusals else "")
        + "</html>\n"
    )


def machine() -> str:
    """What ran the bots."""
    return f"{platform.system()} {platform.release()} {platform.machine()}"


def _held(held: bool) -> str:
    return f'<td class="{_class(held)}">{"held" if held else "broken"}</td>'


def _class(held: bool) -> str:
    return "held" if held else "broken"
