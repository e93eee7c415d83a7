"""The report of a Session: every Seat's attendance and engagement, what was asked, what happened when.

A fold over stored facts, made at each request; while the class runs it is the same fold, only earlier.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from server.access.holder import Holder
from server.classroom.attendance import Attendance, AttendanceRules
from server.classroom.engagement import FORMULA_VERSION, Engagement
from server.classroom.outcome import Outcome, SeatOutcome, outcome, plan_of
from server.classroom.record import CheckRecord, Record
from server.classroom.times import utc_ms
from server.clock import Clock
from server.errors import Rejected
from server.limits import CHECKS_IN_REPORT_MAX, CORRECTIONS_PER_SEAT_MAX, SEATS_IN_REPORT_MAX
from server.ops.records import Records
from server.ops.wire import Json, instant, instant_of_ms, person, seconds, seconds_or_none, session_json
from server.store.database import Database
from server.store.repositories import attendance as attendance_rows
from server.store.repositories import audit, seats
from server.store.repositories.attendance import Correction
from server.store.repositories.seats import Seat

OVER = frozenset({"ended", "closed_out", "cancelled", "not_held"})
TITLE_CHARS_MAX = 300


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a report is made of."""

    record: Record
    seats: Mapping[str, Seat]
    rules: AttendanceRules
    corrections: Mapping[str, Sequence[Correction]]
    outcome: Outcome

    @property
    def names(self) -> dict[str, str]:
        return {seat_id: seat.display_name for seat_id, seat in self.seats.items()}


class Reports:
    """Reports of Sessions, for whoever holds a link into them."""

    def __init__(self, database: Database, records: Records, clock: Clock) -> None:
        self._database = database
        self._records = records
        self._clock = clock

    async def report(self, holder: Holder) -> Json:
        """Everybody's numbers. Staff only."""
        holder.require_staff()
        got = await self._gather(holder)
        rules = got.rules
        return self._head(holder, got) | {
            "window": {
                "from_utc": instant_of_ms(got.outcome.within.from_ms),
                "to_utc": instant_of_ms(got.outcome.within.to_ms),
            },
            "attendance_rules": {
                "version": rules.version,
                "late_after_s": rules.late_after_s,
                "left_early_before_s": rules.left_early_before_s,
                "partial_below": rules.partial_below,
                "absent_below": rules.absent_below,
            },
            "engagement_formula": {"version": FORMULA_VERSION},
            "people": [self._row(got, seat, own=False) for seat in got.seats.values()],
            "checks": [
                _check(check, got.record.seat_of) for check in list(got.record.checks.values())[:CHECKS_IN_REPORT_MAX]
            ],
            "timeline": [
                {
                    "at_utc": instant_of_ms(moment.at_ms),
                    "kind": moment.kind,
                    "seat_id": moment.seat_id,
                    "text": None if moment.text is None else moment.text[:TITLE_CHARS_MAX],
                }
                for moment in got.record.timeline
            ],
        }

    async def mine(self, holder: Holder) -> Json:
        """One's own numbers and nothing of others."""
        got = await self._gather(holder, only=[holder.seat_id])
        return self._head(holder, got) | {"me": self._row(got, got.seats[holder.seat_id], own=True)}

    async def correct(self, holder: Holder, seat_id: str, status: str, present_s: int | None, reason: str) -> Json:
        """A person's word beside what was measured. Staff only."""
        holder.require_staff()
        now_utc = self._clock.now_utc()
        async with self._database.write() as connection:
            seat = await seats.get_seat(connection, seat_id, holder.org_id)
            if seat is None or seat.session.session_id != holder.session_id:
                raise Rejected("not_found", "There is no such place in this class.")
            before = await attendance_rows.corrections_of(connection, holder.org_id, holder.session_id)
            if len(before.get(seat_id, ())) >= CORRECTIONS_PER_SEAT_MAX:
                raise Rejected("full", f"At most {CORRECTIONS_PER_SEAT_MAX} corrections of one person are kept.")
            made = await attendance_rows.add_correction(
                connection,
                holder.org_id,
                holder.session_id,
                seat_id,
                holder.seat_id,
                now_utc,
                status=status,
                present_s=present_s,
                reason=reason,
            )
            detail = {"seat_id": seat_id, "status": status}
            await audit.append(
                connection, holder.org_id, holder.seat_id, "attendance_corrected", made.correction_id, now_utc, detail
            )
        return _correction(made, {holder.seat_id: holder.display_name})

    async def _gather(self, holder: Holder, only: Iterable[str] | None = None) -> Gathered:
        session = holder.session
        async with self._database.read() as connection:
            everyone = await seats.list_seats(connection, holder.org_id, session.session_id)
            found = await attendance_rows.thresholds_at(connection, holder.org_id, session.starts_utc)
            corrections = await attendance_rows.corrections_of(connection, holder.org_id, session.session_id)
        record = await self._records.of(holder.org_id, session.session_id)
        by_id = {seat.seat_id: seat for seat in everyone[:SEATS_IN_REPORT_MAX]}
        rules = (
            AttendanceRules()
            if found is None
            else AttendanceRules(
                found.version, found.late_after_s, found.left_early_before_s, found.partial_below, found.absent_below
            )
        )
        now_ms = utc_ms(self._clock.now_utc())
        plan = plan_of(
            record,
            utc_ms(session.starts_utc),
            utc_ms(session.ends_utc),
            standing=session.always_open,
            now_ms=now_ms,
        )
        roles = {seat_id: seat.role for seat_id, seat in by_id.items()}
        return Gathered(record, by_id, rules, corrections, outcome(record, roles, plan, rules, now_ms, only))

    def _head(self, holder: Holder, got: Gathered) -> Json:
        now_utc = self._clock.now_utc()
        session = session_json(holder.session, now_utc, got.record)
        return {
            "session": session,
            "generated_utc": instant(now_utc),
            "final": got.record.is_over or session["state"] in OVER,
        }

    @staticmethod
    def _row(got: Gathered, seat: Seat, *, own: bool) -> Json:
        numbers = got.outcome.seats[seat.seat_id]
        is_student = seat.role == "student"
        corrections = got.corrections.get(seat.seat_id, ())
        return {
            "seat_id": seat.seat_id,
            "display_name": seat.display_name,
            "role": seat.role,
            "attendance": _attendance(numbers.attendance, corrections, is_student)
            | ({} if own else {"corrections": [_correction(one, got.names) for one in corrections]}),
            "engagement": _engagement(numbers, is_student),
        }


def _attendance(found: Attendance, corrections: Sequence[Correction], is_student: bool) -> Json:
    measured = found.status if is_student else None
    latest = corrections[-1] if corrections else None
    present_s = seconds(found.present_ms)
    if latest is not None and latest.present_s is not None:
        present_s = latest.present_s
    planned_s = seconds(found.planned_ms)
    return {
        "status": measured if latest is None else latest.status,
        "measured_status": measured,
        "arrived_utc": instant_of_ms(found.arrived_ms),
        "left_utc": instant_of_ms(found.left_ms),
        "present_s": present_s,
        "planned_s": planned_s,
        "present_ratio": round(min(1.0, present_s / planned_s), 3) if planned_s else None,
        "late_s": seconds(found.late_ms),
        "early_s": seconds(found.early_ms),
        "outside_s": seconds(found.outside_ms),
        "reconnects": found.reconnects,
        "intervals": [
            {
                "from_utc": instant_of_ms(stretch.from_ms),
                "to_utc": instant_of_ms(stretch.to_ms),
                "gaps": [
                    {"from_utc": instant_of_ms(start), "to_utc": instant_of_ms(end)} for start, end in stretch.gaps
                ],
            }
            for stretch in found.stretches
        ],
    }


def _engagement(numbers: SeatOutcome, is_student: bool) -> Json:
    found: Engagement = numbers.engagement
    parts = {"response": found.response, "voice": found.voice, "activity": found.activity}
    return {
        "index": found.index if is_student else None,
        "formula_version": FORMULA_VERSION,
        "components": {name: _ratio(part) for name, part in parts.items()} if is_student else None,
        "checks": {
            "asked": found.asked,
            "answered": found.answered,
            "graded": found.graded,
            "correct": found.correct,
            "response_s_median": seconds_or_none(found.response_ms_median),
        },
        "tasks": {"asked": found.tasks, "done": found.tasks_done},
        "talk": {
            "talk_s": seconds(found.talk_ms),
            "turns": found.turns,
            "share": _ratio(found.talk_share),
            "could_speak": found.could_speak,
        },
        "hands": found.hands,
        "chat": found.chat,
        "reactions": found.reactions,
        "board": found.board,
        "pulses": found.pulses,
        "active_windows": found.active_windows,
        "windows": found.windows,
        "longest_inactive_s": seconds_or_none(found.longest_inactive_ms),
        "taken_part": found.taken_part,
    }


def _ratio(part: float | None) -> float | None:
    return None if part is None else round(part, 3)


def _check(check: CheckRecord, seat_of: Mapping[str, str]) -> Json:
    # By Seat: somebody who came in again is one person who was asked once.
    right = {seat_of.get(one, one) for one, (_, correct) in check.answered.items() if correct is True}
    return {
        "check_id": check.check_id,
        "title": check.prompt[:TITLE_CHARS_MAX],
        "kind": check.kind,
        "anonymous": check.anonymous,
        "opened_utc": instant_of_ms(check.opened_ms),
        "closed_utc": instant_of_ms(check.closed_ms),
        "asked": len({seat_of.get(one, one) for one in check.asked}),
        "answered": len({seat_of.get(one, one) for one in check.answered}),
        "correct": len(right) if check.graded else None,
    }


def _correction(made: Correction, names: Mapping[str, str]) -> Json:
    return {
        "correction_id": made.correction_id,
        "seat_id": made.seat_id,
        "status": made.status,
        "present_s": made.present_s,
        "reason": made.reason,
        "corrected_by": person(made.corrected_by_seat_id, names),
        "corrected_utc": instant(made.corrected_utc),
    }
