"""Consent: who allowed what for whom, as a history. A refusal is a decision like any other."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from server.ids import mint
from server.store.tables import consents


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
    """Write a decision; earlier ones stay as history. Its id."""
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
            decided_utc=decision.decided_utc,
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
