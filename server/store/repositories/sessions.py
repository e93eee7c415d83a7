"""Series and Sessions: the calendar."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from server.ids import mint
from server.store.tables import series, sessions


@dataclass(frozen=True, slots=True)
class Session:
    """One class meeting. `state` is what was written last; whether the door is open now is for `access` to say."""

    org_id: str
    session_id: str
    title: str
    starts_utc: datetime
    ends_utc: datetime
    state: str = "scheduled"
    time_zone: str = "UTC"
    series_id: str | None = None
    always_open: bool = False
    participants_max: int | None = None
    revision: int = 1


async def add_series(
    connection: AsyncConnection,
    org_id: str,
    title: str,
    now_utc: datetime,
    *,
    time_zone: str = "UTC",
    starts_wall: str | None = None,
    recurrence_rule: str | None = None,
) -> str:
    """A new Series; its id."""
    series_id = mint("ser")
    await connection.execute(
        series.insert().values(
            org_id=org_id,
            series_id=series_id,
            title=title,
            time_zone=time_zone,
            starts_wall=starts_wall,
            recurrence_rule=recurrence_rule,
            created_utc=now_utc,
        )
    )
    return series_id


async def add_session(
    connection: AsyncConnection,
    org_id: str,
    title: str,
    starts_utc: datetime,
    ends_utc: datetime,
    now_utc: datetime,
    *,
    series_id: str | None = None,
    time_zone: str = "UTC",
    always_open: bool = False,
    participants_max: int | None = None,
) -> Session:
    """A new Session in state `scheduled`."""
    made = Session(
        org_id,
        mint("ses"),
        title,
        starts_utc,
        ends_utc,
        time_zone=time_zone,
        series_id=series_id,
        always_open=always_open,
        participants_max=participants_max,
    )
    await connection.execute(
        sessions.insert().values(
            org_id=org_id,
            session_id=made.session_id,
            series_id=series_id,
            title=title,
            state=made.state,
            starts_utc=starts_utc,
            ends_utc=ends_utc,
            time_zone=time_zone,
            always_open=always_open,
            participants_max=participants_max,
            revision=made.revision,
            created_utc=now_utc,
        )
    )
    return made


async def get_session(connection: AsyncConnection, org_id: str | None, session_id: str) -> Session | None:
    """The Session, if this organisation has it. None instead of one: only for the operator of the whole machine."""
    query = sa.select(sessions).where(sessions.c.session_id == session_id)
    if org_id is not None:
        query = query.where(sessions.c.org_id == org_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else from_row(row)


async def list_sessions(connection: AsyncConnection, org_id: str, limit: int = 200) -> list[Session]:
    """The latest Sessions, newest start first."""
    query = sa.select(sessions).where(sessions.c.org_id == org_id).order_by(sessions.c.starts_utc.desc()).limit(limit)
    return [from_row(row) for row in await connection.execute(query)]


async def set_state(connection: AsyncConnection, org_id: str, session_id: str, state: str, expected: int) -> bool:
    """Change the state if the Session still has the expected revision; says whether it had."""
    changed = await connection.execute(
        sessions.update()
        .where(
            sessions.c.org_id == org_id,
            sessions.c.session_id == session_id,
            sessions.c.revision == expected,
        )
        .values(state=state, revision=expected + 1)
    )
    return changed.rowcount == 1


def from_row(row: sa.Row[Any]) -> Session:
    """A Session from a row that has all its columns."""
    return Session(
        row.org_id,
        row.session_id,
        row.title,
        row.starts_utc,
        row.ends_utc,
        row.state,
        row.time_zone,
        row.series_id,
        row.always_open,
        row.participants_max,
        row.revision,
    )
