"""Draws docs/session-states.md from the table in server/classroom/lifecycle.py: `python tools/session_states.py`."""

import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "session-states.md"

MEANING = {
    "scheduled": "It stands in the calendar.",
    "open": "The door is open, nobody of the instructors is there: students wait.",
    "live": "An instructor is there.",
    "interrupted": "The last instructor is gone; the class waits for one.",
    "ended": "By an instructor or a coordinator, empty for ten minutes, or at the hard limit.",
    "closed_out": "Everything that follows a class is done.",
    "cancelled": "Called off before it was live, with a reason.",
    "not_held": "Its time passed and no instructor ever came.",
}
TRIGGER = {
    "door_opens": "the first person comes",
    "instructor_there": "an instructor is let in",
    "instructors_gone": "the last instructor is gone",
    "end": "it is ended",
    "limit_without_instructor": "its time is over without an instructor",
    "close_out": "it is closed out",
    "cancel": "it is cancelled",
}
HEAD = """# States of a Session

Drawn from `TRANSITIONS` in [`server/classroom/lifecycle.py`](../server/classroom/lifecycle.py) by
`python tools/session_states.py`; a test compares the two. What has no arrow cannot happen. A standing room alone goes
from `ended` to `open`: a new sitting.

"""


def render() -> str:
    """The whole page."""
    sys.path.insert(0, str(ROOT))
    from server.classroom.lifecycle import TRANSITIONS

    drawing = [
        f"    {start} --> {end}: {TRIGGER[trigger]}"
        for start, ways in TRANSITIONS.items()
        for trigger, end in ways.items()
    ]
    rows = [f"| `{state}` | {MEANING[state]} | {_ways(ways) or 'nothing'} |" for state, ways in TRANSITIONS.items()]
    return (
        HEAD
        + "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> scheduled", *drawing, "```", ""])
        + "\n| state | means | what leads on |\n|---|---|---|\n"
        + "\n".join(rows)
        + "\n"
    )


def _ways(ways: Mapping[str, str]) -> str:
    return ", ".join(f"{TRIGGER[trigger]}: `{end}`" for trigger, end in ways.items())


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
