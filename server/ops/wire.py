"""How the HTTP interface writes instants, durations and people: docs/api.md, "Conventions"."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from server.access.desk import door_state
from server.classroom.record import Record
from server.store.repositories.sessions import Session

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Json = dict[str, Any]

_RUNNING = frozenset({"scheduled", "open", "live", "interrupted"})


def instant(at_utc: datetime) -> str:
    return at_utc.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def instant_or_none(at_utc: datetime | None) -> str | None:
    return None if at_utc is None else instant(at_utc)


def instant_of_ms(at_ms: int | None) -> str | None:
    """To the nearest second below, so that two of them never differ by more than what lies between."""
    return None if at_ms is None else instant(_EPOCH + timedelta(milliseconds=at_ms))


def seconds(length_ms: int) -> int:
    return (length_ms + 500) // 1000


def seconds_or_none(length_ms: int | None) -> int | None:
    return None if length_ms is None else seconds(length_ms)


def person(seat_id: str, names: Mapping[str, str]) -> Json:
    """A reference to somebody who has or had a Seat."""
    return {"seat_id": seat_id, "display_name": names.get(seat_id, "")}


def state_of(session: Session, now_utc: datetime) -> str:
    """The state people see: what was written last, or what the clock says of a class that nobody entered yet."""
    if session.state != "scheduled":
        return session.state
    return {"scheduled": "scheduled", "open": "open"}.get(door_state(session, now_utc), "not_held")


def session_json(session: Session, now_utc: datetime, record: Record) -> Json:
    """A Session as every page shows it."""
    state = _by_facts(state_of(session, now_utc), record)
    return {
        "session_id": session.session_id,
        "series_id": session.series_id,
        "title": session.title,
        "starts_utc": instant(session.starts_utc),
        "ends_utc": instant(session.ends_utc),
        "time_zone": session.time_zone,
        "always_open": session.always_open,
        "state": state,
        "state_reason": session.state_reason,
        "moved_from_utc": instant_or_none(session.moved_from_utc),
        "live_since_utc": instant_of_ms(record.live_ms),
        "ended_utc": instant_of_ms(record.ended_ms),
    }


def _by_facts(state: str, record: Record) -> str:
    """The calendar's row follows the facts a moment later, and a standing room's says that it can be entered again:
    what happened counts. What was closed out or cancelled at a desk stays that."""
    if state not in _RUNNING:
        return state
    if record.is_over:
        return "not_held" if record.not_held else "ended"
    if record.live_ms is not None:
        return "interrupted" if record.interrupted else "live"
    return state
