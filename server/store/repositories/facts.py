"""Facts: what happened in a Session, in order, never changed. Attendance, engagement and the rest are folds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.tables import facts


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact on its way to the log."""

    org_id: str
    session_id: str
    kind: str
    body: dict[str, Any]
    at_utc: datetime
    schema_version: int = 1


@dataclass(frozen=True, slots=True)
class Fact:
    """A stored fact with its number in the Session."""

    org_id: str
    session_id: str
    seq: int
    kind: str
    body: dict[str, Any]
    at_utc: datetime
    schema_version: int


async def append(connection: AsyncConnection, batch: Sequence[NewFact]) -> None:
    """Write the facts in this order; each gets the next number of its Session."""
    if not batch:
        return
    wanted = {fact.session_id for fact in batch}
    query = (
        sa.select(facts.c.session_id, sa.func.max(facts.c.seq))
        .where(facts.c.session_id.in_(wanted))
        .group_by(facts.c.session_id)
    )
    last: dict[str, int] = {session_id: seq for session_id, seq in await connection.execute(query)}
    rows = []
    for fact in batch:
        last[fact.session_id] = last.get(fact.session_id, 0) + 1
        rows.append(
            {
                "org_id": fact.org_id,
                "session_id": fact.session_id,
                "seq": last[fact.session_id],
                "kind": fact.kind,
                "schema_version": fact.schema_version,
                "body": fact.body,
                "at_utc": fact.at_utc,
            }
        )
    await connection.execute(facts.insert(), rows)


async def read(
    connection: AsyncConnection, org_id: str, session_id: str, after_seq: int = 0, limit: int = 1000
) -> list[Fact]:
    """The facts of a Session after a number, in order."""
    query = (
        sa.select(facts)
        .where(facts.c.org_id == org_id, facts.c.session_id == session_id, facts.c.seq > after_seq)
        .order_by(facts.c.seq)
        .limit(limit)
    )
    return [
        Fact(row.org_id, row.session_id, row.seq, row.kind, row.body, row.at_utc, row.schema_version)
        for row in await connection.execute(query)
    ]
