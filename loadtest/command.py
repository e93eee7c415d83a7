"""`homeroom loadtest`: one scenario against one server, live progress, a report, and an exit code."""

import argparse
import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from loadtest import report, scenario
from loadtest.errors import BadScenario, LoadtestError, Missing, NotAllowed
from loadtest.figures import Figures
from loadtest.limits import judge
from loadtest.run import Farewell, Result, run

TOKEN_VARIABLE = "HOMEROOM_LOADTEST_TOKEN"
PASSED, BROKEN, REFUSED, UNAVAILABLE, INTERRUPTED = 0, 1, 65, 69, 130


def add_arguments(one: argparse.ArgumentParser) -> None:
    """What can be typed after `homeroom loadtest`."""
    one.add_argument("scenario", metavar="SCENARIO", help="a file, or one that comes along: one_to_one, seminar_12, …")
    one.add_argument("--server", required=True, metavar="URL", help="such as http://localhost:8080")
    one.add_argument("--report", type=Path, metavar="DIR", help="write report.json and report.html there")
    one.add_argument("--duration", type=float, metavar="S", help="instead of the scenario's duration_s")
    one.add_argument("--insecure", action="store_true", help="take a certificate that the server made itself")
    one.add_argument("--quiet", action="store_true", help="no live progress")


def main(arguments: argparse.Namespace) -> int:
    """Run; the exit code: 0 passed, 1 a limit is broken, 65 refused, 69 something is missing, 130 interrupted."""
    try:
        return asyncio.run(_main(arguments))
    except (BadScenario, NotAllowed) as error:
        return _complain(str(error), REFUSED)
    except LoadtestError as error:
        return _complain(str(error), UNAVAILABLE)


async def _main(arguments: argparse.Namespace) -> int:
    plan = scenario.load(scenario.find(arguments.scenario))
    if arguments.duration is not None:
        plan = scenario.lasting(plan, arguments.duration)
    origin = _origin(arguments.server)
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        raise NotAllowed(f"{TOKEN_VARIABLE} must hold the load-test token of {origin}.")
    progress = _silent if arguments.quiet else _Progress(plan).show
    farewell = Farewell()
    work = asyncio.create_task(run(plan, origin, token, progress, farewell, insecure=arguments.insecure))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    try:
        result = await work
    except asyncio.CancelledError:
        unheard = farewell.unheard
        text = "every bot has left" if unheard == 0 else f"the server did not hear {unheard} bots say goodbye"
        return _complain(f"Interrupted; {text}.", INTERRUPTED)
    return _end(arguments, plan, result)


def _end(arguments: argparse.Namespace, plan: scenario.Scenario, result: Result) -> int:
    verdicts = judge(plan.limits, result.figures)
    if arguments.report is not None:
        try:
            page = report.write(arguments.report, plan, result, verdicts, datetime.now(UTC))
        except OSError as error:
            raise Missing(f"The report cannot be written to {arguments.report}: {error.strerror}.") from error
        _say(f"Report: {page}")
    for name, value in result.figures.items():
        if value is not None:
            _say(f"{name}={value:g}")
    broken = [one for one in verdicts if not one.held]
    if broken:
        more = f" ({len(broken) - 1} more broken)" if len(broken) > 1 else ""
        return _complain(f"Failed: {broken[0].sentence}{more}.", BROKEN)
    _say(f"Passed: {len(verdicts)} limits held.")
    return PASSED


class _Progress:
    """One line on standard error that is written over; where that is a file, a line while people arrive, then every ten
    seconds."""

    def __init__(self, plan: scenario.Scenario) -> None:
        self._plan = plan
        self._live = sys.stderr.isatty()
        self._next_s = 0.0
        self._joined: float | None = None

    def show(self, past_s: float, figures: Figures) -> None:
        joined = figures["joined_percent"]
        if not self._live and past_s < self._next_s and joined == self._joined:
            return
        self._joined = joined
        self._next_s = past_s + 10.0
        cpu = figures["media_cpu_percent"]
        line = (
            f"{past_s:5.0f}/{self._plan.duration_s:.0f} s  joined {joined or 0:.0f} %  "
            f"packets in {figures['packets_received'] or 0:,.0f} out {figures['packets_sent'] or 0:,.0f}  "
            f"freezes {figures['freezes'] or 0:.0f}  sound gaps {figures['sound_gaps'] or 0:.0f}  "
            f"media CPU {'–' if cpu is None else f'{cpu:.0f} %'}"
        )
        sys.stderr.write(f"\r\x1b[K{line}" if self._live else f"{line}\n")
        if self._live and past_s >= self._plan.duration_s - 0.5:
            sys.stderr.write("\n")
        sys.stderr.flush()


def _silent(_past_s: float, _figures: Figures) -> None:
    pass


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadScenario(f"{url} is not the address of a server, such as http://localhost:8080.")
    return f"{parts.scheme}://{parts.netloc}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _complain(sentence: str, code: int) -> int:
    sys.stderr.write(f"homeroom: {sentence}\n")
    return code
