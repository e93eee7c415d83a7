"""Join tickets: a signed, single-use statement that one Seat may open one Connection within the next minute.

A ticket is a JWT (RFC 7519) signed with EdDSA (RFC 8037). What is wrong with a refused one is told apart:
`ticket_expired`, `ticket_used`, `ticket_foreign`, `ticket_invalid`, `link_revoked`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import structlog

from server.access.keys import TicketKey
from server.access.policy import ROLES
from server.access.views import Ticket, TicketClaims
from server.clock import Clock
from server.errors import Rejected
from server.ids import mint
from server.limits import TICKET_BYTES_MAX, TICKET_TTL_S
from server.store.database import Database
from server.store.repositories import seats

ALGORITHM = "EdDSA"
ISSUER = "homeroom"
AUDIENCE = "homeroom-join"

REASONS = {
    "ticket_expired": "This ticket is too old. Open your link again.",
    "ticket_used": "This ticket was used before. Open your link again.",
    "ticket_foreign": "This ticket was not made by this server. Open your link again.",
    "ticket_invalid": "This is not a ticket. Open your link again.",
    "link_revoked": "This place was withdrawn. Ask whoever invited you.",
}

_log = structlog.get_logger("access")
_STRING_CLAIMS = ("org", "ses", "sub", "lnk", "role", "jti")


class Tickets:
    """Signs tickets and redeems them. Whoever holds the key in the data folder can do both."""

    def __init__(self, key: TicketKey, database: Database, clock: Clock) -> None:
        self._key = key
        self._database = database
        self._clock = clock

    def sign(self, *, org_id: str, session_id: str, seat_id: str, link_id: str, role: str) -> Ticket:
        """A fresh ticket for a caller who showed a good link."""
        now_utc = self._clock.now_utc()
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "jti": mint("tic"),
            "org": org_id,
            "ses": session_id,
            "sub": seat_id,
            "lnk": link_id,
            "role": role,
            "iat": int(now_utc.timestamp()),
            "exp": int(now_utc.timestamp()) + TICKET_TTL_S,
        }
        text = jwt.encode(claims, self._key.private, algorithm=ALGORITHM, headers={"kid": self._key.key_id})
        return Ticket(text, session_id, seat_id, TICKET_TTL_S)

    async def redeem(self, ticket: str) -> TicketClaims:
        """Spend the ticket, durably, before anyone is let in. Raises `Rejected`; the reason is also logged."""
        claims: dict[str, Any] = {}
        try:
            claims = self._verified(ticket)
            await self._spend(claims)
        except Rejected as rejected:
            # The id says which ticket it was; the ticket itself never goes into a log.
            ids = {"session_id": claims.get("ses"), "seat_id": claims.get("sub"), "ticket_id": claims.get("jti")}
            _log.info("ticket_refused", reason=rejected.code, **{name: value for name, value in ids.items() if value})
            raise
        return TicketClaims(claims["org"], claims["ses"], claims["sub"], claims["role"], claims["jti"])

    def _verified(self, ticket: str) -> dict[str, Any]:
        """The claims of a ticket that is ours, whole and in time."""
        if len(ticket) > TICKET_BYTES_MAX:
            raise _refusal("ticket_invalid")
        try:
            # The time is checked below, by our own clock.
            claims: dict[str, Any] = jwt.decode(
                ticket,
                self._key.public,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"verify_exp": False, "verify_iat": False, "require": ["exp", "iat", "iss", "aud"]},
            )
        except (jwt.InvalidSignatureError, jwt.InvalidIssuerError, jwt.InvalidAudienceError, jwt.InvalidAlgorithmError):
            raise _refusal("ticket_foreign") from None
        except (jwt.InvalidTokenError, ValueError):
            # ValueError: PyJWT lets what is not even text in base64 or JSON through as it comes.
            raise _refusal("ticket_invalid") from None
        if not all(isinstance(claims.get(name), str) for name in _STRING_CLAIMS) or claims["role"] not in ROLES:
            raise _refusal("ticket_invalid")
        if not isinstance(claims["exp"], int):
            raise _refusal("ticket_invalid")
        if self._clock.now_utc().timestamp() >= claims["exp"]:
            raise _refusal("ticket_expired")
        return claims

    async def _spend(self, claims: dict[str, Any]) -> None:
        """One transaction: the link and the Seat still stand, and nobody used this ticket before."""
        now_utc = self._clock.now_utc()
        # A second longer than the ticket lives: the row may only go once `_verified` refuses the ticket by itself.
        expires_utc = datetime.fromtimestamp(claims["exp"], UTC) + timedelta(seconds=1)
        async with self._database.write() as connection:
            link = await seats.get_link(connection, claims["org"], claims["lnk"])
            seat = await seats.get_seat(connection, claims["sub"], claims["org"])
            if seat is None or link is None:
                raise _refusal("ticket_foreign")
            if link.revoked_utc is not None or seat.revoked_utc is not None:
                raise _refusal("link_revoked")
            if not await seats.spend_ticket(
                connection, claims["org"], claims["sub"], claims["jti"], now_utc, expires_utc
            ):
                raise _refusal("ticket_used")


def _refusal(code: str) -> Rejected:
    return Rejected(code, REASONS[code])
