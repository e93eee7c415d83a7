"""Materials of a Session: what stands in the list. The bytes are files (`server/store/material_files.py`)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.tables import materials


@dataclass(frozen=True, slots=True)
class Material:
    """One file. `seat_id`: who put it there; `audience`: `class`, or `staff` and whoever put it there."""

    org_id: str
    material_id: str
    session_id: str
    seat_id: str
    name: str
    media_type: str
    size_bytes: int
    sha256: bytes
    width: int | None
    height: int | None
    audience: str
    uploaded_utc: datetime


async def add(connection: AsyncConnection, made: Material) -> None:
    """Put it into the list."""
    await connection.execute(
        materials.insert().values(
            org_id=made.org_id,
            material_id=made.material_id,
            session_id=made.session_id,
            seat_id=made.seat_id,
            name=made.name,
            media_type=made.media_type,
            size_bytes=made.size_bytes,
            sha256=made.sha256,
            width=made.width,
            height=made.height,
            audience=made.audience,
            uploaded_utc=made.uploaded_utc,
        )
    )


async def of_session(connection: AsyncConnection, org_id: str, session_id: str) -> list[Material]:
    """All of a Session, in the order in which they came."""
    query = (
        sa.select(materials)
        .where(materials.c.org_id == org_id, materials.c.session_id == session_id)
        .order_by(materials.c.uploaded_utc, materials.c.material_id)
    )
    return [_material(row) for row in await connection.execute(query)]


async def get(connection: AsyncConnection, org_id: str, session_id: str, material_id: str) -> Material | None:
    """The material, if it is of this Session."""
    query = sa.select(materials).where(
        materials.c.org_id == org_id, materials.c.session_id == session_id, materials.c.material_id == material_id
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _material(row)


async def remove(connection: AsyncConnection, org_id: str, material_id: str) -> bool:
    """Take it out of the list; says whether it stood there."""
    gone = await connection.execute(
        materials.delete().where(materials.c.org_id == org_id, materials.c.material_id == material_id)
    )
    return gone.rowcount == 1


async def known_ids(connection: AsyncConnection) -> set[str]:
    """Every material of every organisation: to find files that nobody knows any more."""
    return set((await connection.execute(sa.select(materials.c.material_id))).scalars())


def _material(row: sa.Row[Any]) -> Material:
    return Material(
        row.org_id,
        row.material_id,
        row.session_id,
        row.seat_id,
        row.name,
        row.media_type,
        row.size_bytes,
        bytes(row.sha256),
        row.width,
        row.height,
        row.audience,
        row.uploaded_utc,
    )
