"""People who are made up, for the demonstration and load tests: they agree to what a class does by itself."""

from datetime import datetime

from server.classroom.consent import Purpose
from server.store.database import Connection
from server.store.repositories import consents

AGREED: tuple[Purpose, ...] = ("sound", "picture", "transcription")


async def agree(connection: Connection, org_id: str, person_id: str, now_utc: datetime) -> None:
    """Their standing consent, under the product's own wording."""
    for purpose in AGREED:
        decision = consents.Consent(org_id, person_id, person_id, purpose, True, f"{purpose}-0", now_utc)
        await consents.add(connection, decision)
