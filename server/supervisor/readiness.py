"""How a child tells the supervisor that it is ready: one JSON line on an inherited pipe.

A pipe and not standard output, because what a process says there is for people, and not the log, because nobody parses
logs.
"""

import json
import os
from collections.abc import Sequence

READY_FD_VARIABLE = "HOMEROOM_READY_FD"


def report_ready(lines: Sequence[str] = ()) -> None:
    """Say that this process serves now, with lines for the person who started it. Does nothing without a supervisor."""
    text = os.environ.pop(READY_FD_VARIABLE, "")
    if not text:
        return
    try:
        with os.fdopen(int(text), "w", encoding="utf-8") as pipe:
            pipe.write(json.dumps({"ready": True, "lines": list(lines)}) + "\n")
    except BrokenPipeError:
        pass  # the supervisor does not wait for this process's word


def read_report(line: str) -> tuple[str, ...] | None:
    """The lines of a ready report; None for anything else."""
    try:
        report = json.loads(line)
    except ValueError:
        return None
    if not isinstance(report, dict) or report.get("ready") is not True:
        return None
    lines = report.get("lines", [])
    return tuple(str(one) for one in lines) if isinstance(lines, list) else ()
