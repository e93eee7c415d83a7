"""My day: one person's classes around now, what waits and what is to be prepared."""

from datetime import datetime, timedelta

from server.access.holder import STAFF, Holder
from server.clock import Clock
from server.limits import DAY_AHEAD_S, DAY_BACK_S, DAY_SESSIONS_MAX
from server.ops.records import Records
from server.ops.wire import Json, instant, instant_or_none, person, state_of
from server.store.database import Database
from server.store.repositories import check_sets, consents, materials, people, seats
from server.store.repositories.seats import Seat

GONE = frozenset({"ended", "closed_out", "cancelled", "not_held"})
# Consent is looked up for so many students of a class; a lecture is asked about elsewhere.
STUDENTS_LOOKED_AT_MAX = 60
# What a class needs to be recorded and written down as planned.
NEEDED = ("sound", "picture", "transcription")
# Sessions of a day that are looked into closely; the rest are lines.
PREPARED_MAX = 12


class Days:
    """What `GET /api/v1/day` answers."""

    def __init__(self, database: Database, records: Records, clock: Clock) -> None:
        self._database = database
        self._records = records
        self._clock = clock

    async def day(self, holder: Holder) -> Json:
        now_utc = self._clock.now_utc()
        async with self._database.read() as connection:
            own = await seats.seats_of_person(
                connection,
                holder.org_id,
                holder.person_id,
                now_utc - timedelta(seconds=DAY_BACK_S),
                now_utc + timedelta(seconds=DAY_AHEAD_S),
                DAY_SESSIONS_MAX,
            )
            zone = await people.time_zone_of(connection, holder.org_id, holder.person_id)
            sets = await check_sets.of_person(connection, holder.org_id, holder.person_id)
        saved_checks = sum(len(one.checks) for one in sets)
        coming = [seat for seat in own if state_of(seat.session, now_utc) not in GONE]
        close = {seat.seat_id for seat in coming[:PREPARED_MAX]}
        lines = []
        for seat in own:
            line = _line(holder, seat, now_utc)
            if seat.role in STAFF:
                line |= await self._for_staff(seat, saved_checks, prepared=seat.seat_id in close)
            lines.append(line)
        live = [seat for seat in coming if seat.session.state in ("live", "interrupted")]
        dated = [seat for seat in coming if not seat.session.always_open]
        following = next(iter([*live, *dated, *coming]), None)
        return {
            "person": {"person_id": holder.person_id, "display_name": holder.display_name, "time_zone": zone},
            "server_now_utc": instant(now_utc),
            "next": None if following is None else following.session.session_id,
            "sessions": lines,
        }

    async def _for_staff(self, seat: Seat, saved_checks: int, *, prepared: bool) -> Json:
        session = seat.session
        async with self._database.read() as connection:
            everyone = [
                one
                for one in await seats.list_seats(connection, seat.org_id, session.session_id)
                if one.revoked_utc is None
            ]
            listed = await materials.of_session(connection, seat.org_id, session.session_id)
            students = [one for one in everyone if one.role == "student"]
            missing = []
            for student in students[:STUDENTS_LOOKED_AT_MAX] if prepared else ():
                granted = await consents.granted(connection, seat.org_id, student.person_id)
                lacking = [purpose for purpose in NEEDED if purpose not in granted]
                if lacking:
                    missing.append(
                        {"seat_id": student.seat_id, "display_name": student.display_name, "purposes": lacking}
                    )
        record = await self._records.of(seat.org_id, session.session_id)
        names = {one.seat_id: one.display_name for one in everyone}
        return {
            "students": len(students),
            "here": sum(record.presence.is_here(one.seat_id) for one in students),
            "waiting": [person(one.seat_id, names) for one in everyone if record.presence.is_waiting(one.seat_id)],
            "prepare": {
                "materials": len(listed),
                "saved_checks": saved_checks,
                "consent_missing": missing,
                "staff": [{**person(one.seat_id, names), "role": one.role} for one in everyone if one.role in STAFF],
            },
        }


def _line(holder: Holder, seat: Seat, now_utc: datetime) -> Json:
    """A Session as everybody sees it in their day."""
    session = seat.session
    return {
        "session_id": session.session_id,
        "seat_id": seat.seat_id,
        "role": seat.role,
        "title": session.title,
        "starts_utc": instant(session.starts_utc),
        "ends_utc": instant(session.ends_utc),
        "time_zone": session.time_zone,
        "always_open": session.always_open,
        "state": state_of(session, now_utc),
        "state_reason": session.state_reason,
        "moved_from_utc": instant_or_none(session.moved_from_utc),
        "this_link": seat.seat_id == holder.seat_id,
        "students": None,
        "here": None,
        "waiting": None,
        "prepare": None,
    }
