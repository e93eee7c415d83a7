"""What people say of attendance: an organisation's thresholds, version by version, and corrections of single Seats."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from server.ids import mint
from server.store.tables import attendance_corrections, attendance_rules


@dataclass(frozen=True, slots=True)
class Thresholds:
    """One version of an organisation's rules."""

    version: int
    late_after_s: int
    left_early_before_s: int
    partial_below: float
    absent_below: float


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's word on one Seat. `present_s` None: the measured time stands."""

    correction_id: str
    seat_id: str
    status: str
    present_s: int | None
    reason: str
    corrected_by_seat_id: str
    corrected_utc: datetime


async def thresholds_at(connection: AsyncConnection, org_id: str, at_utc: datetime) -> Thresholds | None:
    """The version in force at this instant; None while the organisation never set any."""
    query = (
        sa.select(attendance_rules)
        .where(attendance_rules.c.org_id == org_id, attendance_rules.c.in_force_utc <= at_utc)
        .order_by(attendance_rules.c.version.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    return Thresholds(row.version, row.late_after_s, row.left_early_before_s, row.partial_below, row.absent_below)


async def add_thresholds(
    connection: AsyncConnection,
    org_id: str,
    in_force_utc: datetime,
    *,
    late_after_s: int,
    left_early_before_s: int,
    partial_below: float,
    absent_below: float,
) -> int:
    """A new version, in force from then on; its number. 1 is what the product does by itself."""
    query = sa.select(sa.func.max(attendance_rules.c.version)).where(attendance_rules.c.org_id == org_id)
    version = max(1, (await connection.execute(query)).scalar_one_or_none() or 1) + 1
    await connection.execute(
        attendance_rules.insert().values(
            org_id=org_id,
            version=version,
            in_force_utc=in_force_utc,
            late_after_s=late_after_s,
            left_early_before_s=left_early_before_s,
            partial_below=partial_below,
            absent_below=absent_below,
        )
    )
    return version


async def add_correction(
    connection: AsyncConnection,
    org_id: str,
    session_id: str,
    seat_id: str,
    corrected_by_seat_id: str,
    now_utc: datetime,
    *,
    status: str,
    present_s: int | None,
    reason: str,
) -> Correction:
    """Write one; earlier ones stay."""
    made = Correction(mint("cor"), seat_id, status, present_s, reason, corrected_by_seat_id, now_utc)
    await connection.execute(
        attendance_corrections.insert().values(
            correction_id=made.correction_id,
            org_id=org_id,
            session_id=session_id,
            seat_id=seat_id,
            status=status,
            present_s=present_s,
            reason=reason,
            corrected_by_seat_id=corrected_by_seat_id,
            corrected_utc=now_utc,
        )
    )
    return made


async def corrections_of(connection: AsyncConnection, org_id: str, session_id: str) -> dict[str, list[Correction]]:
    """All corrections of a Session by Seat, oldest first."""
    query = (
        sa.select(attendance_corrections)
        .where(attendance_corrections.c.org_id == org_id, attendance_corrections.c.session_id == session_id)
        .order_by(attendance_corrections.c.corrected_utc, attendance_corrections.c.correction_id)
    )
    found: dict[str, list[Correction]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.seat_id, []).append(
            Correction(
                row.correction_id,
                row.seat_id,
                row.status,
                row.present_s,
                row.reason,
                row.corrected_by_seat_id,
                row.corrected_utc,
            )
        )
    return found
