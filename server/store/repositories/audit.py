"""The audit trail: who did what to what, in a chain that shows when a row was changed or taken out."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.tables import audit

CHAIN_START = bytes(32)


async def append(
    connection: AsyncConnection,
    org_id: str,
    actor_id: str,
    action: str,
    object_id: str,
    now_utc: datetime,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Add a row at the end of the organisation's chain; its number. `detail` carries ids and facts, never names."""
    query = sa.select(audit.c.seq, audit.c.hash).where(audit.c.org_id == org_id).order_by(audit.c.seq.desc()).limit(1)
    last = (await connection.execute(query)).one_or_none()
    seq = 1 if last is None else last.seq + 1
    previous = CHAIN_START if last is None else bytes(last.hash)
    body = dict(detail or {})
    await connection.execute(
        audit.insert().values(
            org_id=org_id,
            seq=seq,
            at_utc=now_utc,
            actor_id=actor_id,
            action=action,
            object_id=object_id,
            detail=body,
            previous_hash=previous,
            hash=_digest(previous, org_id, seq, now_utc, actor_id, action, object_id, body),
        )
    )
    return int(seq)


async def first_break(connection: AsyncConnection, org_id: str) -> int | None:
    """The number of the first row that does not fit the chain; None when all do."""
    previous = CHAIN_START
    expected = 1
    for row in await connection.execute(sa.select(audit).where(audit.c.org_id == org_id).order_by(audit.c.seq)):
        digest = _digest(previous, org_id, row.seq, row.at_utc, row.actor_id, row.action, row.object_id, row.detail)
        if row.seq != expected or bytes(row.previous_hash) != previous or bytes(row.hash) != digest:
            return expected
        previous = bytes(row.hash)
        expected += 1
    return None


def _digest(
    previous: bytes,
    org_id: str,
    seq: int,
    at_utc: datetime,
    actor_id: str,
    action: str,
    object_id: str,
    detail: Mapping[str, Any],
) -> bytes:
    """SHA-256 over the row before and this row as canonical JSON."""
    row = [org_id, seq, at_utc.astimezone(UTC).isoformat(), actor_id, action, object_id, detail]
    text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(previous + text.encode()).digest()
