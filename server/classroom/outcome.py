"""What a Record means for each Seat at an instant: attendance, engagement, who is missing."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from server.classroom.attendance import Attendance, AttendanceRules, Plan, Window, attendance, window
from server.classroom.engagement import Chance, Engagement, engagement
from server.classroom.intervals import Span, as_spans, bridged, total_ms
from server.classroom.record import Record


@dataclass(frozen=True, slots=True)
class SeatOutcome:
    """One Seat's numbers."""

    seat_id: str
    attendance: Attendance
    engagement: Engagement


@dataclass(frozen=True, slots=True)
class Outcome:
    """All Seats' numbers, measured against one window."""

    within: Window
    seats: Mapping[str, SeatOutcome]


def plan_of(record: Record, starts_ms: int, ends_ms: int, *, standing: bool, now_ms: int) -> Plan:
    """The plan and what became of it."""
    ended_ms = record.ended_ms if record.ended_by_staff else None
    if standing and ended_ms is None:
        # Nothing planned says when a standing room's class is over: it is when the last one went.
        ends = [span[1] for seat_id in record.presence.seat_ids for span in record.presence.spans(seat_id, now_ms)]
        ended_ms = max(ends, default=record.ended_ms)
    return Plan(starts_ms, ends_ms, standing, record.live_ms, ended_ms)


def outcome(
    record: Record,
    roles: Mapping[str, str],
    plan: Plan,
    rules: AttendanceRules,
    now_ms: int,
    only: Iterable[str] | None = None,
) -> Outcome:
    """The numbers of these Seats (`roles` by Seat has all of the Session), at this instant."""
    within = window(plan, now_ms)
    students = [seat_id for seat_id, role in roles.items() if role == "student"]
    crowd = _Crowd(span for seat_id in students for span in record.presence.spans(seat_id, now_ms))
    anyone_talk_ms = sum(total_ms(record.turns(seat_id)) for seat_id in record.presence.seat_ids)
    found = {}
    for seat_id in roles if only is None else only:
        spans = record.presence.spans(seat_id, now_ms)
        present = as_spans(bridged(spans, 0))
        others = crowd.mean(present)
        chance = Chance(tuple(present), seat_id in record.could_speak, others, anyone_talk_ms)
        found[seat_id] = SeatOutcome(
            seat_id,
            attendance(spans, record.presence.arrived_ms(seat_id), record.presence.losses(seat_id), within, rules),
            engagement(record.deeds(seat_id), chance),
        )
    return Outcome(within, found)


class _Crowd:
    """How many students were there on average: the number at each instant, summed up once and asked often."""

    def __init__(self, spans: Iterable[Span]) -> None:
        steps = sorted(step for start, end in spans for step in ((start, 1), (end, -1)))
        self._at: list[int] = []
        self._count: list[int] = []
        self._sum: list[int] = []
        count = total = 0
        for at_ms, change in steps:
            if self._at:
                total += count * (at_ms - self._at[-1])
            count += change
            self._at.append(at_ms)
            self._count.append(count)
            self._sum.append(total)

    def mean(self, spans: Sequence[Span]) -> float:
        """The average over these spans."""
        length = total_ms(spans)
        return sum(self._until(end) - self._until(start) for start, end in spans) / length if length else 0.0

    def _until(self, at_ms: int) -> int:
        place = bisect_right(self._at, at_ms) - 1
        return 0 if place < 0 else self._sum[place] + self._count[place] * (at_ms - self._at[place])
