"""What must hold for a run to have passed, and the sentence when it does not."""

from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Limits:
    """Each key is a figure of the report and the bound on it: `…_min` from below, every other one from above. A key
    that is left out is not judged."""

    joined_percent_min: float | None = 100.0
    join_ms_p95: float | None = None
    picture_ms_p95: float | None = None
    sound_delivered_percent_min: float | None = None
    sound_gap_ms_p99: float | None = None
    sound_gap_ms_max: float | None = None
    video_lost_percent: float | None = None
    freezes: float | None = None
    freeze_ms_max: float | None = None
    frames_garbled: float | None = 0.0
    frames_foreign: float | None = None
    latency_ms_p50: float | None = None
    latency_ms_p99: float | None = None
    reconnects: float | None = 0.0
    refusals: float | None = 0.0
    media_cpu_percent: float | None = None
    packets_received_min: float | None = 1.0


WORDS = {
    "joined_percent": "of the bots joined (%)",
    "join_ms_p95": "of the joins took (ms, 95th percentile)",
    "picture_ms_p95": "to the first picture (ms, 95th percentile)",
    "sound_delivered_percent": "of the spoken frames were heard in time (%)",
    "sound_gap_ms_p99": "lasted the gaps in the sound (ms, 99th percentile)",
    "sound_gap_ms_max": "lasted the longest gap in the sound (ms)",
    "video_lost_percent": "of the video packets never came (%)",
    "freezes": "pictures froze for more than 500 ms",
    "freeze_ms_max": "lasted the longest freeze (ms)",
    "frames_garbled": "frames could not be decoded though nothing was lost",
    "frames_foreign": "frames were of another track than the slot should show",
    "latency_ms_p50": "took a packet through the server (ms, median)",
    "latency_ms_p99": "took a packet through the server (ms, 99th percentile)",
    "reconnects": "connections or transports had to be made again",
    "refusals": "requests were refused",
    "media_cpu_percent": "of a core used the media process (%)",
    "packets_received": "media packets were received",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One limit, what was measured, and whether it held. A figure that could not be measured breaks its limit."""

    key: str
    bound: float
    measured: float | None
    held: bool

    @property
    def sentence(self) -> str:
        figure = self.key.removesuffix("_min")
        side = "at least" if self.key.endswith("_min") else "at most"
        measured = "was not measured" if self.measured is None else f"is {self.measured:g}"
        return f"{figure} {measured}, the limit is {side} {self.bound:g} ({WORDS[figure]})"


def judge(limits: Limits, figures: Mapping[str, float | None]) -> tuple[Verdict, ...]:
    """Every limit that is set."""
    verdicts = []
    for one in fields(limits):
        bound = getattr(limits, one.name)
        if bound is None:
            continue
        measured = figures.get(one.name.removesuffix("_min"))
        if measured is None:
            held = False
        elif one.name.endswith("_min"):
            held = measured >= bound
        else:
            held = measured <= bound
        verdicts.append(Verdict(one.name, bound, measured, held))
    return tuple(verdicts)
