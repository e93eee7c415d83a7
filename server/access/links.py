"""Personal links: the long-lived, revocable way to a Seat. Only a hash of the token is kept."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from server.errors import Rejected
from server.limits import LINK_TOKEN_BYTES, LINK_TOKEN_CHARS_MAX
from server.store.repositories import audit, seats

JOIN_PATH = "/j/"

REASONS = {
    "link_unknown": "This link does not lead to a class. Check that all of it was copied.",
    "link_expired": "This link has expired. Ask whoever invited you for a new one.",
    "link_revoked": "This link was withdrawn. Ask whoever invited you for a new one.",
}

_TOKEN = re.compile(r"^[A-Za-z0-9_-]+$")


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link just made: the only moment at which its token is known."""

    link_id: str
    seat_id: str
    token: str

    @property
    def path(self) -> str:
        """The path part of the address that a person opens."""
        return JOIN_PATH + self.token

    def __repr__(self) -> str:
        return f"NewLink(link_id={self.link_id!r}, seat_id={self.seat_id!r})"


async def mint_link(
    connection: AsyncConnection,
    org_id: str,
    seat_id: str,
    now_utc: datetime,
    *,
    actor_id: str,
    expires_utc: datetime | None = None,
) -> NewLink:
    """A new link to this Seat, noted in the audit trail."""
    token = secrets.token_urlsafe(LINK_TOKEN_BYTES)
    link_id = await seats.add_link(connection, org_id, seat_id, token_hash(token), now_utc, expires_utc)
    await audit.append(connection, org_id, actor_id, "link_made", link_id, now_utc, {"seat_id": seat_id})
    return NewLink(link_id, seat_id, token)


async def revoke_link(
    connection: AsyncConnection, org_id: str, link_id: str, now_utc: datetime, *, actor_id: str
) -> bool:
    """The link leads nowhere from now on, and tickets made from it are refused; says whether it stood before."""
    changed = await seats.revoke_link(connection, org_id, link_id, now_utc)
    if changed:
        await audit.append(connection, org_id, actor_id, "link_revoked", link_id, now_utc)
    return changed


async def follow_link(connection: AsyncConnection, token: str, now_utc: datetime) -> tuple[seats.Link, seats.Seat]:
    """The link and its Seat. Raises `Rejected` with the reason."""
    if len(token) > LINK_TOKEN_CHARS_MAX or not _TOKEN.match(token):
        raise _refusal("link_unknown")
    link = await seats.find_link(connection, token_hash(token))
    if link is None:
        raise _refusal("link_unknown")
    seat = await seats.get_seat(connection, link.seat_id, link.org_id)
    if seat is None:
        raise _refusal("link_unknown")
    if link.revoked_utc is not None or seat.revoked_utc is not None:
        raise _refusal("link_revoked")
    if link.expires_utc is not None and now_utc >= link.expires_utc:
        raise _refusal("link_expired")
    return link, seat


def token_hash(token: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


def _refusal(code: str) -> Rejected:
    return Rejected(code, REASONS[code])
