"""Recordings, their Taps, keys and views."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from server.ids import mint
from server.store.tables import persons, recording_keys, recording_taps, recording_views, recordings, sessions

MAKE_AT_ONCE_MAX = 100


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording; `title` is its Session's."""

    org_id: str
    recording_id: str
    session_id: str
    room_id: str
    title: str
    state: str
    began_utc: datetime
    ended_utc: datetime | None
    manifest: dict[str, Any] | None
    verified: bool
    tries: int
    try_utc: datetime | None
    made_utc: datetime | None
    raw_dropped_utc: datetime | None
    hold: bool
    deleted_utc: datetime | None


@dataclass(frozen=True, slots=True)
class Tap:
    """One Track's part, with whom it shows."""

    org_id: str
    tap_id: str
    recording_id: str
    track_id: str
    participant_id: str
    person_id: str
    role: str
    source: str
    kind: str
    opened_utc: datetime
    closed_utc: datetime | None
    forwarded: int
    display_name: str


_COLUMNS = (*recordings.c, sessions.c.title)
_FROM = recordings.join(
    sessions, sa.and_(sessions.c.org_id == recordings.c.org_id, sessions.c.session_id == recordings.c.session_id)
)


async def begin(
    connection: AsyncConnection, org_id: str, recording_id: str, session_id: str, room_id: str, now_utc: datetime
) -> None:
    """A new recording in state `live`. Repeating it changes nothing."""
    if await get(connection, None, recording_id) is not None:
        return
    await connection.execute(
        recordings.insert().values(
            org_id=org_id,
            recording_id=recording_id,
            session_id=session_id,
            room_id=room_id,
            state="live",
            began_utc=now_utc,
            verified=False,
            tries=0,
            hold=False,
        )
    )


async def add_tap(connection: AsyncConnection, values: Mapping[str, Any]) -> None:
    """A Tap is about to open. Repeating it changes nothing."""
    known = sa.select(recording_taps.c.tap_id).where(recording_taps.c.tap_id == values["tap_id"])
    if (await connection.execute(known)).first() is None:
        await connection.execute(recording_taps.insert().values(forwarded=0, **values))


async def add_key(connection: AsyncConnection, values: Mapping[str, Any]) -> None:
    """The key that a Tap seals with. Repeating it changes nothing."""
    known = sa.select(recording_keys.c.key_id).where(recording_keys.c.key_id == values["key_id"])
    if (await connection.execute(known)).first() is None:
        await connection.execute(recording_keys.insert().values(**values))


async def close_tap(connection: AsyncConnection, tap_id: str, now_utc: datetime) -> None:
    await connection.execute(
        recording_taps.update()
        .where(recording_taps.c.tap_id == tap_id, recording_taps.c.closed_utc.is_(None))
        .values(closed_utc=now_utc)
    )


async def set_forwarded(connection: AsyncConnection, forwarded: Mapping[str, int]) -> None:
    """What media said of each Tap. It only grows."""
    for tap_id, count in forwarded.items():
        await connection.execute(
            recording_taps.update()
            .where(recording_taps.c.tap_id == tap_id, recording_taps.c.forwarded < count)
            .values(forwarded=count)
        )


async def get(connection: AsyncConnection, org_id: str | None, recording_id: str) -> Recording | None:
    """The recording. None instead of an organisation: only for the operator of the whole machine."""
    query = sa.select(*_COLUMNS).select_from(_FROM).where(recordings.c.recording_id == recording_id)
    if org_id is not None:
        query = query.where(recordings.c.org_id == org_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _recording(row)


async def of_session(connection: AsyncConnection, org_id: str, session_id: str) -> list[Recording]:
    """The recordings of a Session that are not deleted, in order."""
    query = (
        sa.select(*_COLUMNS)
        .select_from(_FROM)
        .where(recordings.c.org_id == org_id, recordings.c.session_id == session_id, recordings.c.state != "deleted")
        .order_by(recordings.c.began_utc)
    )
    return [_recording(row) for row in await connection.execute(query)]


async def latest(connection: AsyncConnection, org_id: str | None, limit: int) -> list[Recording]:
    """The newest first. None instead of an organisation: only for the operator of the whole machine."""
    query = sa.select(*_COLUMNS).select_from(_FROM).where(recordings.c.state != "deleted")
    if org_id is not None:
        query = query.where(recordings.c.org_id == org_id)
    query = query.order_by(recordings.c.began_utc.desc()).limit(limit)
    return [_recording(row) for row in await connection.execute(query)]


async def in_state(connection: AsyncConnection, *states: str, limit: int = MAKE_AT_ONCE_MAX) -> list[Recording]:
    """Of all organisations, the oldest first: for what works through them."""
    query = (
        sa.select(*_COLUMNS)
        .select_from(_FROM)
        .where(recordings.c.state.in_(states))
        .order_by(recordings.c.began_utc)
        .limit(limit)
    )
    return [_recording(row) for row in await connection.execute(query)]


async def change(connection: AsyncConnection, recording_id: str, *expected: str, **values: Any) -> bool:
    """Change columns if the state is one of the expected; says whether it was."""
    changed = await connection.execute(
        recordings.update()
        .where(recordings.c.recording_id == recording_id, recordings.c.state.in_(expected))
        .values(**values)
    )
    return changed.rowcount == 1


async def taps_of(connection: AsyncConnection, org_id: str, recording_id: str) -> list[Tap]:
    """All Taps in the order in which they opened, with the names on screen."""
    query = (
        sa.select(*recording_taps.c, persons.c.display_name)
        .select_from(
            recording_taps.outerjoin(
                persons,
                sa.and_(persons.c.org_id == recording_taps.c.org_id, persons.c.person_id == recording_taps.c.person_id),
            )
        )
        .where(recording_taps.c.org_id == org_id, recording_taps.c.recording_id == recording_id)
        .order_by(recording_taps.c.opened_utc, recording_taps.c.tap_id)
    )
    return [
        Tap(
            row.org_id,
            row.tap_id,
            row.recording_id,
            row.track_id,
            row.participant_id,
            row.person_id,
            row.role,
            row.source,
            row.kind,
            row.opened_utc,
            row.closed_utc,
            row.forwarded,
            row.display_name or "",
        )
        for row in await connection.execute(query)
    ]


async def close_taps(connection: AsyncConnection, recording_id: str, now_utc: datetime) -> None:
    """Whatever was still open ended with its Room."""
    await connection.execute(
        recording_taps.update()
        .where(recording_taps.c.recording_id == recording_id, recording_taps.c.closed_utc.is_(None))
        .values(closed_utc=now_utc)
    )


async def keys_of(connection: AsyncConnection, org_id: str, recording_id: str) -> dict[str, bytes]:
    """The keys that are left, by key id."""
    query = sa.select(recording_keys.c.key_id, recording_keys.c.secret).where(
        recording_keys.c.org_id == org_id,
        recording_keys.c.recording_id == recording_id,
        recording_keys.c.secret.is_not(None),
    )
    return {key_id: secret for key_id, secret in await connection.execute(query)}


async def destroy_keys(
    connection: AsyncConnection, org_id: str, recording_id: str, now_utc: datetime, person_id: str | None = None
) -> int:
    """Without its key a part is noise for ever; how many were destroyed. Of one person, or of all."""
    which = sa.and_(
        recording_keys.c.org_id == org_id,
        recording_keys.c.recording_id == recording_id,
        recording_keys.c.secret.is_not(None),
    )
    if person_id is not None:
        which = sa.and_(which, recording_keys.c.person_id == person_id)
    changed = await connection.execute(recording_keys.update().where(which).values(secret=None, destroyed_utc=now_utc))
    return int(changed.rowcount)


async def with_person(connection: AsyncConnection, org_id: str, person_id: str) -> list[Recording]:
    """Every recording that this person is in, and that is not deleted."""
    those = sa.select(recording_taps.c.recording_id).where(
        recording_taps.c.org_id == org_id, recording_taps.c.person_id == person_id
    )
    query = (
        sa.select(*_COLUMNS)
        .select_from(_FROM)
        .where(recordings.c.org_id == org_id, recordings.c.recording_id.in_(those), recordings.c.state != "deleted")
        .order_by(recordings.c.began_utc)
    )
    return [_recording(row) for row in await connection.execute(query)]


async def add_view(
    connection: AsyncConnection, org_id: str, recording_id: str, person_id: str, now_utc: datetime
) -> None:
    """Somebody opened it."""
    await connection.execute(
        recording_views.insert().values(
            org_id=org_id, view_id=mint("viw"), recording_id=recording_id, person_id=person_id, at_utc=now_utc
        )
    )


async def forget_views(connection: AsyncConnection, org_id: str, recording_id: str) -> None:
    await connection.execute(
        recording_views.delete().where(
            recording_views.c.org_id == org_id, recording_views.c.recording_id == recording_id
        )
    )


def _recording(row: sa.Row[Any]) -> Recording:
    return Recording(
        row.org_id,
        row.recording_id,
        row.session_id,
        row.room_id,
        row.title,
        row.state,
        row.began_utc,
        row.ended_utc,
        row.manifest,
        row.verified,
        row.tries,
        row.try_utc,
        row.made_utc,
        row.raw_dropped_utc,
        row.hold,
        row.deleted_utc,
    )
