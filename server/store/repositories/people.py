"""Organisations, persons and guardians."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from server.ids import mint
from server.store.tables import guardian_links, organisations, persons


@dataclass(frozen=True, slots=True)
class Organisation:
    """One customer of the installation: everything belongs to exactly one."""

    org_id: str
    name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Person:
    """A human being as one organisation knows them."""

    org_id: str
    person_id: str
    display_name: str
    full_name: str | None = None
    email: str | None = None
    is_minor: bool = False


@dataclass(frozen=True, slots=True)
class GuardianRights:
    """What one guardian may do for one student."""

    may_consent: bool = True
    may_see_recordings: bool = True
    may_see_progress: bool = True
    gets_notices: bool = True


async def add_organisation(
    connection: AsyncConnection, name: str, now_utc: datetime, *, time_zone: str = "UTC", label: str | None = None
) -> Organisation:
    """A new organisation; `label` marks one that the product makes itself, and is unique."""
    made = Organisation(mint("org"), name, time_zone)
    await connection.execute(
        organisations.insert().values(
            org_id=made.org_id, name=name, time_zone=time_zone, label=label, created_utc=now_utc
        )
    )
    return made


async def find_organisation(connection: AsyncConnection, label: str) -> Organisation | None:
    """The organisation with this label."""
    row = (await connection.execute(sa.select(organisations).where(organisations.c.label == label))).one_or_none()
    return None if row is None else Organisation(row.org_id, row.name, row.time_zone)


async def add_person(
    connection: AsyncConnection,
    org_id: str,
    display_name: str,
    now_utc: datetime,
    *,
    full_name: str | None = None,
    email: str | None = None,
    is_minor: bool = False,
) -> Person:
    """A new person."""
    made = Person(org_id, mint("per"), display_name, full_name, email, is_minor)
    await connection.execute(
        persons.insert().values(
            org_id=org_id,
            person_id=made.person_id,
            display_name=display_name,
            full_name=full_name,
            email=email,
            is_minor=is_minor,
            created_utc=now_utc,
        )
    )
    return made


async def get_person(connection: AsyncConnection, org_id: str, person_id: str) -> Person | None:
    """The person, if this organisation knows them."""
    query = sa.select(persons).where(persons.c.org_id == org_id, persons.c.person_id == person_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    return Person(row.org_id, row.person_id, row.display_name, row.full_name, row.email, row.is_minor)


async def set_guardian(
    connection: AsyncConnection,
    org_id: str,
    guardian_person_id: str,
    student_person_id: str,
    rights: GuardianRights,
    now_utc: datetime,
) -> None:
    """The guardian has exactly these rights for this student from now on."""
    values = {
        "may_consent": rights.may_consent,
        "may_see_recordings": rights.may_see_recordings,
        "may_see_progress": rights.may_see_progress,
        "gets_notices": rights.gets_notices,
        "ended_utc": None,
    }
    pair = sa.and_(
        guardian_links.c.org_id == org_id,
        guardian_links.c.guardian_person_id == guardian_person_id,
        guardian_links.c.student_person_id == student_person_id,
    )
    changed = await connection.execute(guardian_links.update().where(pair).values(**values))
    if changed.rowcount == 0:
        await connection.execute(
            guardian_links.insert().values(
                guardian_link_id=mint("grd"),
                org_id=org_id,
                guardian_person_id=guardian_person_id,
                student_person_id=student_person_id,
                created_utc=now_utc,
                **values,
            )
        )


async def end_guardian(
    connection: AsyncConnection, org_id: str, guardian_person_id: str, student_person_id: str, now_utc: datetime
) -> None:
    """The guardian answers for this student no longer."""
    await connection.execute(
        guardian_links.update()
        .where(
            guardian_links.c.org_id == org_id,
            guardian_links.c.guardian_person_id == guardian_person_id,
            guardian_links.c.student_person_id == student_person_id,
            guardian_links.c.ended_utc.is_(None),
        )
        .values(ended_utc=now_utc)
    )


async def guardians_of(
    connection: AsyncConnection, org_id: str, student_person_id: str
) -> list[tuple[str, GuardianRights]]:
    """Who answers for this student today, and with which rights."""
    query = (
        sa.select(guardian_links)
        .where(
            guardian_links.c.org_id == org_id,
            guardian_links.c.student_person_id == student_person_id,
            guardian_links.c.ended_utc.is_(None),
        )
        .order_by(guardian_links.c.created_utc, guardian_links.c.guardian_link_id)
    )
    return [
        (
            row.guardian_person_id,
            GuardianRights(row.may_consent, row.may_see_recordings, row.may_see_progress, row.gets_notices),
        )
        for row in await connection.execute(query)
    ]
