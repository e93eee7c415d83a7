"""How good a Participant's network is, as one number that people understand. Pure.

0 lost, 1 bad, 2 fair, 3 good. From what media counts on both transports and from what the client says it heard: loss
that was repaired in time is not heard, so what was heard weighs more.
"""

from dataclasses import dataclass, field

from media.contract import TransportStats
from signaling.messages import Direction, ReceiveStats

LOST, BAD, FAIR, GOOD = 0, 1, 2, 3

LOSS_FAIR, LOSS_BAD = 0.02, 0.08  # repair hides 2 %; from 8 % on pictures freeze in spite of it
RTT_FAIR_MS, RTT_BAD_MS = 250.0, 600.0  # ITU-T G.114: talk gets hard over 400 ms mouth to ear, which is both paths
CONCEALED_FAIR, CONCEALED_BAD = 0.01, 0.05  # part of the sound that was made up
FROZEN_FAIR, FROZEN_BAD = 0.02, 0.10  # part of the time that a picture stood
REPORT_INTERVAL_MS = 10_000


@dataclass(slots=True)
class Health:
    """The latest of everything that tells of one Participant's network."""

    states: dict[Direction, str] = field(default_factory=dict)
    loss: dict[Direction, float] = field(default_factory=dict)
    rtt_ms: dict[Direction, float] = field(default_factory=dict)
    concealed: float = 0.0
    frozen: float = 0.0

    def take_stats(self, direction: Direction, stats: TransportStats) -> None:
        """What media counted. Loss counts in the direction that media flows."""
        self.loss[direction] = stats.loss_fraction_in if direction == "publish" else stats.loss_fraction_out
        if stats.rtt_ms is not None:
            self.rtt_ms[direction] = stats.rtt_ms

    def take_report(self, report: ReceiveStats) -> None:
        """What the client heard and saw over its last interval."""
        sounds = [r.concealed_ms / REPORT_INTERVAL_MS for r in report.reports if r.kind == "audio"]
        pictures = [r.freeze_ms / REPORT_INTERVAL_MS for r in report.reports if r.kind == "video"]
        self.concealed = max(sounds, default=0.0)
        self.frozen = max(pictures, default=0.0)

    def forget_transport(self, direction: Direction) -> None:
        for table in (self.states, self.loss, self.rtt_ms):
            table.pop(direction, None)

    def level(self) -> int:
        """The worst of all."""
        if any(state in ("disconnected", "failed") for state in self.states.values()):
            return LOST
        return min(
            _grade(max(self.loss.values(), default=0.0), LOSS_FAIR, LOSS_BAD),
            _grade(max(self.rtt_ms.values(), default=0.0), RTT_FAIR_MS, RTT_BAD_MS),
            _grade(self.concealed, CONCEALED_FAIR, CONCEALED_BAD),
            _grade(self.frozen, FROZEN_FAIR, FROZEN_BAD),
        )


def _grade(value: float, fair: float, bad: float) -> int:
    return BAD if value >= bad else FAIR if value >= fair else GOOD
