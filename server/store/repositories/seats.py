"""Seats and the links that lead to them, and the tickets that were spent."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from server.ids import mint
from server.store.repositories.sessions import Session, from_row
from server.store.tables import links, persons, redeemed_tickets, seats, sessions


@dataclass(frozen=True, slots=True)
class Seat:
    """One person's place in one Session, with the Session and the name on screen."""

    org_id: str
    seat_id: str
    person_id: str
    role: str
    display_name: str
    revoked_utc: datetime | None
    session: Session


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a Seat. The token itself is nowhere; only its hash is kept."""

    org_id: str
    link_id: str
    seat_id: str
    expires_utc: datetime | None
    revoked_utc: datetime | None


_SEAT_COLUMNS = (
    seats.c.seat_id,
    seats.c.person_id,
    seats.c.role,
    seats.c.revoked_utc,
    persons.c.display_name,
    *sessions.c,
)
_SEAT_FROM = seats.join(
    sessions, sa.and_(sessions.c.org_id == seats.c.org_id, sessions.c.session_id == seats.c.session_id)
).join(persons, sa.and_(persons.c.org_id == seats.c.org_id, persons.c.person_id == seats.c.person_id))


async def add_seat(
    connection: AsyncConnection, org_id: str, session_id: str, person_id: str, role: str, now_utc: datetime
) -> str:
    """A new Seat; its id. A person has at most one in a Session."""
    seat_id = mint("sea")
    await connection.execute(
        seats.insert().values(
            org_id=org_id,
            seat_id=seat_id,
            session_id=session_id,
            person_id=person_id,
            role=role,
            created_utc=now_utc,
        )
    )
    return seat_id


async def get_seat(connection: AsyncConnection, seat_id: str, org_id: str | None = None) -> Seat | None:
    """The Seat. Without `org_id` only for a caller who proved the Seat by its link or ticket."""
    query = sa.select(*_SEAT_COLUMNS).select_from(_SEAT_FROM).where(seats.c.seat_id == seat_id)
    if org_id is not None:
        query = query.where(seats.c.org_id == org_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    return Seat(row.org_id, row.seat_id, row.person_id, row.role, row.display_name, row.revoked_utc, from_row(row))


async def list_seats(connection: AsyncConnection, org_id: str, session_id: str) -> list[Seat]:
    """The Seats of a Session in the order they were given."""
    query = (
        sa.select(*_SEAT_COLUMNS)
        .select_from(_SEAT_FROM)
        .where(seats.c.org_id == org_id, seats.c.session_id == session_id)
        .order_by(seats.c.created_utc, seats.c.seat_id)
    )
    return [
        Seat(row.org_id, row.seat_id, row.person_id, row.role, row.display_name, row.revoked_utc, from_row(row))
        for row in await connection.execute(query)
    ]


async def revoke_seat(connection: AsyncConnection, org_id: str, seat_id: str, now_utc: datetime) -> bool:
    """The Seat admits nobody any more; says whether it did before."""
    changed = await connection.execute(
        seats.update()
        .where(seats.c.org_id == org_id, seats.c.seat_id == seat_id, seats.c.revoked_utc.is_(None))
        .values(revoked_utc=now_utc)
    )
    return changed.rowcount == 1


async def add_link(
    connection: AsyncConnection,
    org_id: str,
    seat_id: str,
    token_hash: bytes,
    now_utc: datetime,
    expires_utc: datetime | None = None,
) -> str:
    """A new link to a Seat; its id."""
    link_id = mint("lnk")
    await connection.execute(
        links.insert().values(
            org_id=org_id,
            link_id=link_id,
            seat_id=seat_id,
            token_hash=token_hash,
            expires_utc=expires_utc,
            created_utc=now_utc,
        )
    )
    return link_id


async def find_link(connection: AsyncConnection, token_hash: bytes) -> Link | None:
    """The link whose token has this hash, in whatever organisation: the token is the proof."""
    row = (await connection.execute(sa.select(links).where(links.c.token_hash == token_hash))).one_or_none()
    return None if row is None else _link(row)


async def get_link(connection: AsyncConnection, org_id: str | None, link_id: str) -> Link | None:
    """The link with this id. None instead of an organisation: only for the operator of the whole machine."""
    query = sa.select(links).where(links.c.link_id == link_id)
    if org_id is not None:
        query = query.where(links.c.org_id == org_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _link(row)


async def list_links(connection: AsyncConnection, org_id: str, seat_id: str) -> list[Link]:
    """All links of a Seat, oldest first."""
    query = (
        sa.select(links)
        .where(links.c.org_id == org_id, links.c.seat_id == seat_id)
        .order_by(links.c.created_utc, links.c.link_id)
    )
    return [_link(row) for row in await connection.execute(query)]


async def revoke_link(connection: AsyncConnection, org_id: str, link_id: str, now_utc: datetime) -> bool:
    """The link leads nowhere any more; says whether it did before."""
    changed = await connection.execute(
        links.update()
        .where(links.c.org_id == org_id, links.c.link_id == link_id, links.c.revoked_utc.is_(None))
        .values(revoked_utc=now_utc)
    )
    return changed.rowcount == 1


async def spend_ticket(
    connection: AsyncConnection, org_id: str, seat_id: str, ticket_id: str, now_utc: datetime, expires_utc: datetime
) -> bool:
    """Note that the ticket was used; False if it was before. Rows of tickets long expired are swept out on the way."""
    await connection.execute(redeemed_tickets.delete().where(redeemed_tickets.c.expires_utc < now_utc))
    try:
        async with connection.begin_nested():
            await connection.execute(
                redeemed_tickets.insert().values(
                    org_id=org_id,
                    seat_id=seat_id,
                    ticket_id=ticket_id,
                    redeemed_utc=now_utc,
                    expires_utc=expires_utc,
                )
            )
    except sa.exc.IntegrityError:
        return False
    return True


def _link(row: sa.Row[tuple[object, ...]]) -> Link:
    return Link(row.org_id, row.link_id, row.seat_id, row.expires_utc, row.revoked_utc)
