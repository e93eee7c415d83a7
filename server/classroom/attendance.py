"""Attendance: what the stretches of presence mean against the plan. docs/attendance.md tells it in prose.

Conclusions only: nothing here is stored. The rules carry a version, and a Session keeps those that were in force when
it began, so the same facts give the same answer for ever. What a person corrects stands beside this, never over it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from server.classroom.intervals import Span, Stretch, as_spans, bridged, clipped, total_ms

Status = Literal["present", "late", "left_early", "partial", "absent", "excused"]
STATUSES: tuple[Status, ...] = ("present", "late", "left_early", "partial", "absent", "excused")

# A connection that is back within this was never away: pages reload, phones change networks, trains go through tunnels.
GAP_BRIDGED_MS = 150_000


@dataclass(frozen=True, slots=True)
class AttendanceRules:
    """The thresholds of one organisation, in one version."""

    version: int = 1
    late_after_s: int = 300
    left_early_before_s: int = 300
    partial_below: float = 0.75
    absent_below: float = 0.10


@dataclass(frozen=True, slots=True)
class Window:
    """What presence is measured against, as far as it has passed. `opened` is false while there is nothing to
    measure."""

    from_ms: int
    to_ms: int
    opened: bool

    @property
    def length_ms(self) -> int:
        return max(0, self.to_ms - self.from_ms)


@dataclass(frozen=True, slots=True)
class Plan:
    """When the class was to be, and what became of it. A standing room has no plan: it is measured from live to end."""

    starts_ms: int
    ends_ms: int
    standing: bool = False
    live_ms: int | None = None
    # Set only when staff ended it: a class that broke off is no excuse to call everyone present.
    ended_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Attendance:
    """One Seat's. `status` is None before the window opens."""

    status: Status | None
    arrived_ms: int | None
    left_ms: int | None
    present_ms: int
    planned_ms: int
    late_ms: int
    early_ms: int
    outside_ms: int
    reconnects: int
    stretches: tuple[Stretch, ...]

    @property
    def ratio(self) -> float | None:
        """None when nothing has been planned yet."""
        return self.present_ms / self.planned_ms if self.planned_ms else None


def window(plan: Plan, now_ms: int) -> Window:
    """The planned time, shortened by a class that began late or was ended by staff, and by the future.

    Who waited for a late instructor is not late, and nobody leaves early a class that is over. A class that was held
    entirely after its planned end is measured as it was held. Nobody is absent from a class that was never live.
    """
    start, end = plan.starts_ms, plan.ends_ms
    if plan.live_ms is None:
        return Window(start, max(start, min(end, now_ms)), False)
    if plan.standing or plan.live_ms >= plan.ends_ms:
        start, end = plan.live_ms, now_ms if plan.ended_ms is None else plan.ended_ms
    else:
        start = max(start, plan.live_ms)
        if plan.ended_ms is not None:
            end = min(end, plan.ended_ms)
    end = max(start, min(end, now_ms))
    return Window(start, end, end > start)


def attendance(
    spans: Sequence[Span], arrived_ms: int | None, reconnects: int, within: Window, rules: AttendanceRules
) -> Attendance:
    """One Seat's attendance from its spans of presence. Never negative, never more than the window."""
    stretches = bridged(spans, GAP_BRIDGED_MS)
    whole = as_spans(stretches)
    inside = clipped(whole, within.from_ms, within.to_ms)
    present_ms = total_ms(inside)
    first = arrived_ms if arrived_ms is not None else (whole[0][0] if whole else None)
    left_ms = whole[-1][1] if whole else None
    late_ms = max(0, first - within.from_ms) if first is not None and inside else 0
    early_ms = max(0, within.to_ms - left_ms) if left_ms is not None and inside else 0
    return Attendance(
        status=_status(present_ms, late_ms, early_ms, within, rules),
        arrived_ms=first,
        left_ms=left_ms,
        present_ms=present_ms,
        planned_ms=within.length_ms,
        late_ms=late_ms,
        early_ms=early_ms,
        outside_ms=total_ms(whole) - present_ms,
        reconnects=reconnects,
        stretches=tuple(stretches),
    )


def _status(present_ms: int, late_ms: int, early_ms: int, within: Window, rules: AttendanceRules) -> Status | None:
    """The first that fits: absent, partial, late, left early, present."""
    if not within.opened:
        return None
    ratio = present_ms / within.length_ms
    if ratio < rules.absent_below or present_ms == 0:
        return "absent"
    late = late_ms > rules.late_after_s * 1000
    early = early_ms > rules.left_early_before_s * 1000
    if ratio < rules.partial_below or (late and early):
        return "partial"
    if late:
        return "late"
    return "left_early" if early else "present"
