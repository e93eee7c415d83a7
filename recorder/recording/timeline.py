"""When was it said? RTP timestamps of every Track on one clock, the server's, by the publisher's sender reports.

A sender report pairs an RTP timestamp with the publisher's own wall clock (RFC 3550 section 6.4.1). All Tracks of a
publisher share that wall clock, so between them nothing but the reports counts: that is lip-sync. How far that clock
is from the server's is told by when the reports arrive; the least delayed of each minute is believed, and one offset
for all of a publisher's Tracks keeps them together whatever the network did.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from recorder.recording.columns import I64

NTP_UNIX_S = 2_208_988_800  # 1900 to 1970
WINDOW_NS = 60 * 1_000_000_000
REPORT_SPREAD_MAX_NS = 2_000_000_000  # a report this far from its neighbours' line is a changed clock, not jitter


@dataclass(frozen=True, slots=True)
class SenderReport:
    """One sender report of one RtpStream, as it arrived."""

    arrival_ns: int
    ntp: int
    """64 bits: seconds since 1900 and their fraction."""
    timestamp: int

    @property
    def ntp_ns(self) -> int:
        seconds, fraction = self.ntp >> 32, self.ntp & 0xFFFF_FFFF
        return (seconds - NTP_UNIX_S) * 1_000_000_000 + (fraction * 1_000_000_000 >> 32)


@dataclass(frozen=True, slots=True)
class PublisherClock:
    """The offset from a publisher's wall clock to the server's, over time."""

    at_ns: I64
    offset_ns: I64

    def to_server(self, ntp_ns: I64) -> I64:
        moved: I64 = ntp_ns + np.interp(ntp_ns, self.at_ns, self.offset_ns).astype(np.int64)
        return moved


def publisher_clock(reports: Iterable[SenderReport]) -> PublisherClock | None:
    """From all sender reports of all Tracks of one publisher in one life of the engine; None without any."""
    best: dict[int, tuple[int, int]] = {}
    for report in reports:
        ntp_ns = report.ntp_ns
        offset = report.arrival_ns - ntp_ns
        window = report.arrival_ns // WINDOW_NS
        if window not in best or offset < best[window][1]:
            best[window] = (ntp_ns, offset)
    if not best:
        return None
    points = [best[window] for window in sorted(best)]
    # A publisher whose wall clock was set back would not be monotonic: keep what goes forward.
    kept = [points[0]]
    kept += [after for before, after in itertools.pairwise(points) if after[0] > before[0]]
    return PublisherClock(
        np.array([at for at, _ in kept], dtype=np.int64), np.array([offset for _, offset in kept], dtype=np.int64)
    )


def server_times(
    timestamp: I64, arrival_ns: I64, reports: Sequence[SenderReport], clock: PublisherClock | None, rate_hz: int
) -> I64:
    """For each packet (its timestamp running on past 2^32) when it was captured, in ns of the server's clock. Without
    reports: by arrival."""
    if clock is None or not reports or len(timestamp) == 0:
        return by_arrival(timestamp, arrival_ns, rate_hz)
    anchors = _anchors(timestamp, arrival_ns, reports, rate_hz)
    return clock.to_server(_line(timestamp, anchors, rate_hz))


def by_arrival(timestamp: I64, arrival_ns: I64, rate_hz: int) -> I64:
    """The timestamps' own pace, laid where the least delayed packet of each minute came in."""
    if len(timestamp) == 0:
        return np.zeros(0, dtype=np.int64)
    paced = _ns(timestamp - timestamp[0], rate_hz)
    delay = arrival_ns - paced
    order = np.argsort(arrival_ns, kind="stable")
    window = arrival_ns[order] // WINDOW_NS
    starts = np.nonzero(np.diff(window, prepend=window[0] - 1))[0]
    least = np.minimum.reduceat(delay[order], starts)
    moved: I64 = paced + np.interp(arrival_ns, arrival_ns[order][starts], least).astype(np.int64)
    return moved


def _anchors(timestamps: I64, arrival_ns: I64, reports: Sequence[SenderReport], rate_hz: int) -> tuple[I64, I64]:
    """Pairs of unwrapped timestamp and publisher time that go forward together."""
    found: list[tuple[int, int]] = []
    for report in sorted(reports, key=lambda one: one.arrival_ns):
        # Repaired packets came late, so arrivals are only nearly sorted: near enough to tell one wrap from the next.
        near = min(int(np.searchsorted(arrival_ns, report.arrival_ns)), len(timestamps) - 1)
        base = int(timestamps[near])
        ahead = (report.timestamp - base + (1 << 31)) % (1 << 32) - (1 << 31)
        timestamp, ntp_ns = base + ahead, report.ntp_ns
        if found and (timestamp <= found[-1][0] or ntp_ns <= found[-1][1]):
            continue
        if found:
            drift = (ntp_ns - found[-1][1]) - (timestamp - found[-1][0]) * 1_000_000_000 // rate_hz
            if abs(drift) > REPORT_SPREAD_MAX_NS:
                continue
        found.append((timestamp, ntp_ns))
    return (
        np.array([timestamp for timestamp, _ in found], dtype=np.int64),
        np.array([ntp_ns for _, ntp_ns in found], dtype=np.int64),
    )


def _line(timestamp: I64, anchors: tuple[I64, I64], rate_hz: int) -> I64:
    """Between two reports a straight line, outside of them the nominal pace."""
    at, ntp = anchors
    inside = np.interp(timestamp - at[0], at - at[0], (ntp - ntp[0]).astype(np.float64)).astype(np.int64) + ntp[0]
    before = ntp[0] + _ns(timestamp - at[0], rate_hz)
    after = ntp[-1] + _ns(timestamp - at[-1], rate_hz)
    line: I64 = np.where(timestamp < at[0], before, np.where(timestamp > at[-1], after, inside))
    return line


def _ns(ticks: I64, rate_hz: int) -> I64:
    moved: I64 = ticks * 1_000_000_000 // rate_hz
    return moved
