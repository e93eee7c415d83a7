"""Saved sets of checks: questions that a person prepared, as they wrote them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.tables import check_sets


@dataclass(frozen=True, slots=True)
class CheckSet:
    """One set. `checks` is plain JSON that the rules above have looked at."""

    org_id: str
    set_id: str
    person_id: str
    title: str
    checks: list[dict[str, Any]]
    revision: int
    changed_utc: datetime


async def add(connection: AsyncConnection, made: CheckSet) -> None:
    await connection.execute(
        check_sets.insert().values(
            org_id=made.org_id,
            set_id=made.set_id,
            person_id=made.person_id,
            title=made.title,
            checks=made.checks,
            revision=made.revision,
            changed_utc=made.changed_utc,
        )
    )


async def of_person(connection: AsyncConnection, org_id: str, person_id: str) -> list[CheckSet]:
    """All of a person's, by title."""
    query = (
        sa.select(check_sets)
        .where(check_sets.c.org_id == org_id, check_sets.c.person_id == person_id)
        .order_by(check_sets.c.title, check_sets.c.set_id)
    )
    return [
        CheckSet(row.org_id, row.set_id, row.person_id, row.title, row.checks, row.revision, row.changed_utc)
        for row in await connection.execute(query)
    ]


async def replace(
    connection: AsyncConnection,
    org_id: str,
    person_id: str,
    set_id: str,
    expected: int,
    title: str,
    checks: Sequence[dict[str, Any]],
    now_utc: datetime,
) -> bool:
    """Write it anew, if it still has the expected revision; says whether it had."""
    changed = await connection.execute(
        check_sets.update()
        .where(
            check_sets.c.org_id == org_id,
            check_sets.c.person_id == person_id,
            check_sets.c.set_id == set_id,
            check_sets.c.revision == expected,
        )
        .values(title=title, checks=list(checks), revision=expected + 1, changed_utc=now_utc)
    )
    return changed.rowcount == 1


async def remove(connection: AsyncConnection, org_id: str, person_id: str, set_id: str) -> bool:
    """Says whether it was there."""
    gone = await connection.execute(
        check_sets.delete().where(
            check_sets.c.org_id == org_id, check_sets.c.person_id == person_id, check_sets.c.set_id == set_id
        )
    )
    return gone.rowcount == 1
