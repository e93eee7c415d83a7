"""One's own Session as a page needs it before, during and after class; for staff, who is here and who is missing."""

from collections.abc import Sequence
from datetime import datetime

from server.access.holder import Holder
from server.classroom.attendance import GAP_BRIDGED_MS
from server.classroom.intervals import as_spans, bridged, clipped, total_ms
from server.classroom.record import Record
from server.classroom.times import utc_ms
from server.clock import Clock
from server.limits import SEATS_IN_REPORT_MAX
from server.ops.materials import material_json, visible_to
from server.ops.records import Records
from server.ops.wire import Json, instant, instant_of_ms, person, seconds, session_json
from server.store.database import Database
from server.store.repositories import materials, seats
from server.store.repositories.seats import Seat

# Those who are expected. An observer comes when they like.
EXPECTED = frozenset({"instructor", "assistant", "student"})
# A class that is over has nobody missing: the report says who was absent.
RUNNING = frozenset({"scheduled", "open", "live", "interrupted"})


class SessionPages:
    """What `GET /api/v1/session` answers."""

    def __init__(self, database: Database, records: Records, clock: Clock) -> None:
        self._database = database
        self._records = records
        self._clock = clock

    async def page(self, holder: Holder) -> Json:
        now_utc = self._clock.now_utc()
        async with self._database.read() as connection:
            everyone = await seats.list_seats(connection, holder.org_id, holder.session_id)
            listed = await materials.of_session(connection, holder.org_id, holder.session_id)
        names = {seat.seat_id: seat.display_name for seat in everyone}
        record = await self._records.of(holder.org_id, holder.session_id)
        return {
            "session": session_json(holder.session, now_utc, record),
            "me": {
                "seat_id": holder.seat_id,
                "person_id": holder.person_id,
                "display_name": holder.display_name,
                "role": holder.role,
                "rights": sorted(holder.rights),
            },
            "server_now_utc": instant(now_utc),
            "materials": [material_json(one, names) for one in listed if visible_to(holder, one)],
            "staff": staff_view(holder, everyone[:SEATS_IN_REPORT_MAX], record, now_utc) if holder.is_staff else None,
        }


def staff_view(holder: Holder, everyone: Sequence[Seat], record: Record, now_utc: datetime) -> Json:
    """Scheduled ten minutes ago: is the instructor here, who is missing, who has not been heard yet."""
    session = holder.session
    now_ms, starts_ms = utc_ms(now_utc), utc_ms(session.starts_utc)
    expected = [seat for seat in everyone if seat.revoked_utc is None and seat.role in EXPECTED]
    here = {seat.seat_id for seat in everyone if record.presence.is_here(seat.seat_id)}
    running = session.state in RUNNING and not record.is_over
    # Nobody is late for a standing room.
    begun = running and not session.always_open and now_ms >= starts_ms
    return {
        "seconds_since_start": seconds(now_ms - starts_ms),
        "instructor_here": any(seat.seat_id in here and seat.role == "instructor" for seat in everyone),
        "missing": [
            {**person(seat.seat_id, {seat.seat_id: seat.display_name}), "role": seat.role}
            | {"late_s": seconds(now_ms - starts_ms)}
            for seat in expected
            if begun and seat.seat_id not in here and not record.presence.is_waiting(seat.seat_id)
        ],
        "people": [
            {
                "seat_id": seat.seat_id,
                "display_name": seat.display_name,
                "role": seat.role,
                "presence": presence_of(seat.seat_id, record),
                "arrived_utc": instant_of_ms(record.presence.arrived_ms(seat.seat_id)),
                "present_s": seconds(_present_ms(seat, record, now_ms, starts_ms)),
                "taken_part": record.has_taken_part(seat.seat_id),
            }
            for seat in everyone
            if seat.revoked_utc is None or record.presence.arrived_ms(seat.seat_id) is not None
        ],
    }


def presence_of(seat_id: str, record: Record) -> str:
    """`here`, `waiting`, `left`, `away` or `missing`."""
    if record.presence.is_here(seat_id):
        return "here"
    if record.presence.is_waiting(seat_id):
        return "waiting"
    if record.presence.arrived_ms(seat_id) is None or not record.presence.spans(seat_id, 0):
        return "missing"
    return "left" if seat_id in record.gone or record.is_over else "away"


def _present_ms(seat: Seat, record: Record, now_ms: int, starts_ms: int) -> int:
    """Since the planned start; a standing room counts all."""
    spans = as_spans(bridged(record.presence.spans(seat.seat_id, now_ms), GAP_BRIDGED_MS))
    return total_ms(spans if seat.session.always_open else clipped(spans, starts_ms, max(starts_ms, now_ms)))
