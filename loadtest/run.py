"""One run from the gate to the figures: sessions are made, bots arrive, the class happens, all leave."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from loadtest.bot import Bot, Moments
from loadtest.director import Director, tracks_of
from loadtest.errors import LoadtestError
from loadtest.figures import Figures, figures
from loadtest.gate import Gate, Made
from loadtest.metrics import ServerMetrics
from loadtest.rtp import Rtp, binary, own_address
from loadtest.scenario import Scenario

PROGRESS_S = 1.0
LAG_EVERY_S = 0.1

OnProgress = Callable[[float, Figures], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What a run gave."""

    figures: Figures
    moments: tuple[Moments, ...]
    report: dict[str, Any]


@dataclass(slots=True)
class Farewell:
    """How many bots could not tell the server that they left."""

    unheard: int = 0


async def run(
    scenario: Scenario, origin: str, token: str, on_progress: OnProgress, farewell: Farewell, *, insecure: bool
) -> Result:
    """Raises `LoadtestError` when it cannot begin. Cancelled, everybody leaves first."""
    ssl: Any = False if insecure else True
    connector = aiohttp.TCPConnector(limit=0, ssl=ssl)
    async with aiohttp.ClientSession(connector=connector) as http:
        gate = Gate(http, origin, token)
        # The gate first: a host without our token gets nothing, not even a built binary is needed to say so.
        made = [
            await gate.session(scenario.people.instructors, scenario.people.students, scenario.minutes)
            for _ in range(scenario.people.classes)
        ]
        rtp = await Rtp.start(await binary(), own_address(origin))
        try:
            return await _Run(scenario, origin, made, http, rtp, on_progress, farewell).play()
        finally:
            await rtp.stop()


class _Run:
    def __init__(
        self,
        scenario: Scenario,
        origin: str,
        made: Sequence[Made],
        http: aiohttp.ClientSession,
        rtp: Rtp,
        on_progress: OnProgress,
        farewell: Farewell,
    ) -> None:
        self._scenario = scenario
        self._rtp = rtp
        self._on_progress = on_progress
        self._farewell = farewell
        self._metrics = ServerMetrics(http, origin)
        self._chance = random.Random(scenario.seed)
        self._lag_s_max = 0.0
        self._classes: list[list[Bot]] = []
        self._lives: list[asyncio.Task[None]] = []
        self._living: asyncio.TaskGroup
        owners: dict[str, int] = {}
        number = 0
        for one in made:
            bots, students = [], 0
            for seat in one.seats:
                bot = Bot(number, origin + seat.path, seat.role, http, rtp, scenario.layout, owners)
                bot.publish(tracks_of(scenario, seat.role, students))
                bots.append(bot)
                students += seat.role == "student"
                number += 1
            self._classes.append(bots)
        self._bots = [bot for bots in self._classes for bot in bots]

    async def play(self) -> Result:
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        settled_s = started_s + self._scenario.join.burst_s
        async with self._leaving(), asyncio.TaskGroup() as work:
            tasks = [work.create_task(self._metrics.run(), name="metrics")]
            tasks.append(work.create_task(self._watch_ourselves(), name="own-lag"))
            tasks += [work.create_task(self._arrive(place, bot)) for place, bot in enumerate(self._bots)]
            tasks += [work.create_task(self._direct(bots, number)) for number, bots in enumerate(self._classes)]
            while (past_s := loop.time() - started_s) < self._scenario.duration_s:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(PROGRESS_S, self._scenario.duration_s - past_s)):
                        await self._rtp.ended.wait()
                        raise LoadtestError("rtpbot, the load tool's media part, ended by itself.")
                report = await self._rtp.report()
                self._on_progress(loop.time() - started_s, self._figures(report, started_s))
            for bot in self._bots:
                bot.stop_judging()
            report = await self._rtp.report()
            for task in tasks:
                task.cancel()
        moments = tuple(bot.moments for bot in self._bots)
        return Result(self._figures(report, settled_s), moments, report)

    async def _watch_ourselves(self) -> None:
        """How late our own loop is: signaling that we send late is not the server's slowness."""
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + LAG_EVERY_S
            await asyncio.sleep(LAG_EVERY_S)
            self._lag_s_max = max(self._lag_s_max, loop.time() - due_s)

    def _figures(self, report: dict[str, Any], since_s: float) -> Figures:
        found = figures([bot.moments for bot in self._bots], report, self._metrics.cpu_percent(since_s))
        return {**found, "own_loop_lag_ms_max": round(1e3 * self._lag_s_max, 1)}

    @contextlib.asynccontextmanager
    async def _leaving(self) -> AsyncIterator[None]:
        """Whatever ends the run, Ctrl-C too: the bots' Connections are kept until each has said goodbye."""
        async with asyncio.TaskGroup() as living:
            self._living = living
            try:
                yield
            finally:
                heard = await asyncio.gather(*(bot.leave() for bot in self._bots), return_exceptions=True)
                self._farewell.unheard = sum(one is not True for one in heard)
                for task in self._lives:
                    task.cancel()

    async def _arrive(self, place: int, bot: Bot) -> None:
        """Comes at its moment of the burst."""
        await asyncio.sleep(self._scenario.join.burst_s * place / len(self._bots))
        self._lives.append(self._living.create_task(bot.run(), name=f"bot-{bot.number}"))

    async def _direct(self, bots: Sequence[Bot], number: int) -> None:
        """A class begins when all of it could have arrived."""
        await asyncio.sleep(self._scenario.join.burst_s)
        chance = random.Random(self._chance.random() + number)
        await Director(self._scenario, bots, self._rtp, chance).run()
