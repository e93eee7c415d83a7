"""The server's own figures, from `/metrics`: how much CPU its processes used. Absent where the door is closed to us."""

import asyncio
import os
import re
from dataclasses import dataclass, field

import aiohttp

EVERY_S = 2.0
TIMEOUT = aiohttp.ClientTimeout(total=5)
# Media says its counters about every 2 s: a shorter span would be mostly rounding.
SPAN_S_MIN = 4.0

_LINE = re.compile(r'^(homeroom_\w+)(?:\{name="(\w+)"\})? ([0-9.e+]+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sample:
    """One look."""

    at_s: float
    media_cpu_s: float
    control_cpu_s: float


def read(text: str, at_s: float) -> Sample | None:
    """The CPU seconds in a metrics page; None when they do not stand in it."""
    found = {name or metric: float(value) for metric, name, value in _LINE.findall(text)}
    media, control = found.get("process_cpu_us"), found.get("homeroom_control_cpu_seconds")
    return None if media is None or control is None else Sample(at_s, media / 1e6, control)


@dataclass(slots=True)
class ServerMetrics:
    """Looks every two seconds while `run` runs."""

    http: aiohttp.ClientSession
    origin: str
    samples: list[Sample] = field(default_factory=list)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        token = os.environ.get("HOMEROOM_ADMIN_TOKEN", "")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        while True:
            try:
                async with self.http.get(f"{self.origin}/metrics", headers=headers, timeout=TIMEOUT) as answer:
                    if answer.status == 200 and (sample := read(await answer.text(), loop.time())) is not None:
                        self.samples.append(sample)
            except (aiohttp.ClientError, TimeoutError):
                pass  # a look that failed; the next one counts
            await asyncio.sleep(EVERY_S)

    def cpu_percent(self, since_s: float) -> tuple[float | None, float | None]:
        """Of one core, media and control, from then on; None when too little was seen."""
        seen = [one for one in self.samples if one.at_s >= since_s]
        if len(seen) < 2 or seen[-1].at_s - seen[0].at_s < SPAN_S_MIN:
            return None, None
        span_s = seen[-1].at_s - seen[0].at_s
        return (
            100 * (seen[-1].media_cpu_s - seen[0].media_cpu_s) / span_s,
            100 * (seen[-1].control_cpu_s - seen[0].control_cpu_s) / span_s,
        )
