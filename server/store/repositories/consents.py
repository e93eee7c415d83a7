"""Consent: who allowed what for whom, as a history. A refusal is a decision like any other."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from server.ids import mint
from server.store.tables import consent_wordings, consents


@dataclass(frozen=True, slots=True)
class Consent:
    """One decision about one purpose. `wording` names the text that was shown."""

    org_id: str
    person_id: str
    given_by_person_id: str
    purpose: str
    granted: bool
    wording: str
    decided_utc: datetime
    session_id: str | None = None


async def add(connection: AsyncConnection, decision: Consent) -> str:
    """Write a decision; earlier ones stay as history. Its id. Two of the same instant keep their order."""
    before = (await standing(connection, decision.org_id, decision.person_id)).get(decision.purpose)
    decided_utc = decision.decided_utc
    if decision.session_id is None and before is not None:
        decided_utc = max(decided_utc, before.decided_utc + timedelta(microseconds=1))
    consent_id = mint("con")
    await connection.execute(
        consents.insert().values(
            consent_id=consent_id,
            org_id=decision.org_id,
            person_id=decision.person_id,
            given_by_person_id=decision.given_by_person_id,
            session_id=decision.session_id,
            purpose=decision.purpose,
            granted=decision.granted,
            wording=decision.wording,
            decided_utc=decided_utc,
        )
    )
    return consent_id


async def standing(connection: AsyncConnection, org_id: str, person_id: str) -> dict[str, Consent]:
    """The decision in force for each purpose: the latest that is not a Session's snapshot."""
    query = (
        sa.select(consents)
        .where(
            consents.c.org_id == org_id,
            consents.c.person_id == person_id,
            consents.c.session_id.is_(None),
        )
        .order_by(consents.c.decided_utc, consents.c.consent_id)
    )
    latest: dict[str, Consent] = {}
    for row in await connection.execute(query):
        latest[row.purpose] = Consent(
            row.org_id, row.person_id, row.given_by_person_id, row.purpose, row.granted, row.wording, row.decided_utc
        )
    return latest


async def granted(connection: AsyncConnection, org_id: str, person_id: str) -> tuple[str, ...]:
    """The purposes that are allowed now, by name."""
    return (await granted_of(connection, org_id, [person_id]))[person_id]


async def granted_of(
    connection: AsyncConnection, org_id: str, person_ids: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """The same for many. An older wording counts until somebody decides anew."""
    query = (
        sa.select(consents.c.person_id, consents.c.purpose, consents.c.granted)
        .where(
            consents.c.org_id == org_id,
            consents.c.person_id.in_(person_ids),
            consents.c.session_id.is_(None),
        )
        .order_by(consents.c.decided_utc, consents.c.consent_id)
    )
    latest: dict[str, dict[str, bool]] = {person_id: {} for person_id in person_ids}
    for person_id, purpose, allowed in await connection.execute(query):
        latest[person_id][purpose] = bool(allowed)
    return {
        person_id: tuple(sorted(purpose for purpose, allowed in found.items() if allowed))
        for person_id, found in latest.items()
    }


async def wordings(connection: AsyncConnection, org_id: str) -> dict[str, tuple[int, str]]:
    """The newest text of each purpose, with its version."""
    query = (
        sa.select(consent_wordings)
        .where(consent_wordings.c.org_id == org_id)
        .order_by(consent_wordings.c.purpose, consent_wordings.c.version)
    )
    return {row.purpose: (row.version, row.text) for row in await connection.execute(query)}


async def add_wording(
    connection: AsyncConnection, org_id: str, purpose: str, version: int, text: str, now_utc: datetime
) -> None:
    """A new version of what is asked for a purpose."""
    await connection.execute(
        consent_wordings.insert().values(
            org_id=org_id, purpose=purpose, version=version, text=text, created_utc=now_utc
        )
    )
