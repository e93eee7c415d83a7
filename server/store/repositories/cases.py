"""Cases: what needs a person. One cause has at most one open Case; what repeats is counted in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from server.ids import mint
from server.store.tables import cases


@dataclass(frozen=True, slots=True)
class Case:
    """An item of the exception queue."""

    org_id: str
    case_id: str
    kind: str
    cause_key: str
    occurrences: int
    state: str
    context: dict[str, Any]
    opened_utc: datetime
    due_utc: datetime | None
    session_id: str | None
    person_id: str | None


async def open_case(
    connection: AsyncConnection,
    org_id: str,
    kind: str,
    cause_key: str,
    now_utc: datetime,
    *,
    context: Mapping[str, Any] | None = None,
    session_id: str | None = None,
    person_id: str | None = None,
    due_utc: datetime | None = None,
) -> str:
    """Open a Case, or count one more in the open Case of the same cause; its id."""
    same = sa.and_(cases.c.org_id == org_id, cases.c.cause_key == cause_key, cases.c.state == "open")
    existing = (await connection.execute(sa.select(cases.c.case_id).where(same))).scalar_one_or_none()
    if existing is not None:
        await connection.execute(cases.update().where(same).values(occurrences=cases.c.occurrences + 1))
        return str(existing)
    case_id = mint("cas")
    await connection.execute(
        cases.insert().values(
            org_id=org_id,
            case_id=case_id,
            kind=kind,
            cause_key=cause_key,
            occurrences=1,
            state="open",
            context=dict(context or {}),
            session_id=session_id,
            person_id=person_id,
            opened_utc=now_utc,
            due_utc=due_utc,
        )
    )
    return case_id


async def close_case(connection: AsyncConnection, org_id: str, case_id: str, now_utc: datetime) -> bool:
    """Close it; says whether it was open."""
    changed = await connection.execute(
        cases.update()
        .where(cases.c.org_id == org_id, cases.c.case_id == case_id, cases.c.state == "open")
        .values(state="closed", closed_utc=now_utc)
    )
    return changed.rowcount == 1


async def open_cases(connection: AsyncConnection, org_id: str, limit: int = 200) -> list[Case]:
    """The queue: what is due first comes first."""
    query = (
        sa.select(cases)
        .where(cases.c.org_id == org_id, cases.c.state == "open")
        .order_by(cases.c.due_utc.is_(None), cases.c.due_utc, cases.c.opened_utc, cases.c.case_id)
        .limit(limit)
    )
    return [
        Case(
            row.org_id,
            row.case_id,
            row.kind,
            row.cause_key,
            row.occurrences,
            row.state,
            row.context,
            row.opened_utc,
            row.due_utc,
            row.session_id,
            row.person_id,
        )
        for row in await connection.execute(query)
    ]
