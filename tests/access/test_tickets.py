"""A ticket is good once, for a minute, here; everything else is refused with its own reason."""

import asyncio
import base64
import json
from typing import Any

import jwt
import pytest
import structlog
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.access.keys import new_key
from server.access.tickets import ALGORITHM, REASONS, Tickets
from server.access.views import Ticket, TicketClaims
from server.errors import Rejected
from server.limits import TICKET_BYTES_MAX
from signaling.codes import ErrorCode
from tests.access.conftest import House


def sign(house: House, tickets: Tickets | None = None) -> Ticket:
    return (tickets or house.tickets).sign(
        org_id=house.session.org_id,
        session_id=house.session.session_id,
        seat_id=house.student.seat_id,
        link_id=house.link.link_id,
        role="student",
    )


async def reason(house: House, ticket: str) -> str:
    """The code with which it is refused; also what the log says, and that the log says no more."""
    with structlog.testing.capture_logs() as lines:
        with pytest.raises(Rejected) as caught:
            await house.tickets.redeem(ticket)
    (line,) = lines
    assert line["event"] == "ticket_refused"
    assert line["reason"] == caught.value.code
    assert len(ticket) < 20 or ticket not in json.dumps(lines)
    assert caught.value.text == REASONS[caught.value.code]
    return caught.value.code


async def test_a_good_ticket_tells_who_comes(house: House) -> None:
    claims = await house.tickets.redeem(sign(house).text)
    assert claims == TicketClaims(
        house.session.org_id, house.session.session_id, house.student.seat_id, "student", claims.ticket_id
    )
    assert claims.ticket_id.startswith("tic_")


async def test_a_second_use_is_refused(house: House) -> None:
    ticket = sign(house).text
    await house.tickets.redeem(ticket)
    assert await reason(house, ticket) == "ticket_used"


async def test_of_many_at_once_one_gets_in(house: House) -> None:
    ticket = sign(house).text
    other_process = Tickets(house.key, house.database, house.clock)
    results = await asyncio.gather(
        *(one.redeem(ticket) for _ in range(10) for one in (house.tickets, other_process)), return_exceptions=True
    )
    assert len([result for result in results if isinstance(result, TicketClaims)]) == 1
    assert {result.code for result in results if isinstance(result, Rejected)} == {"ticket_used"}


@pytest.mark.parametrize(("seconds", "good"), [(59, True), (60, False), (3600, False)])
async def test_a_ticket_lives_a_minute(house: House, seconds: float, good: bool) -> None:
    ticket = sign(house).text
    house.clock.advance(seconds)
    if good:
        await house.tickets.redeem(ticket)
    else:
        assert await reason(house, ticket) == "ticket_expired"


async def test_a_used_ticket_stays_used_until_it_is_expired(house: House) -> None:
    """Rows of spent tickets are swept out, but never while the ticket could still be good."""
    first = sign(house).text
    await house.tickets.redeem(first)
    for _ in range(59):
        house.clock.advance(1)
        await house.tickets.redeem(sign(house).text)
        assert await reason(house, first) == "ticket_used"
    house.clock.advance(1)
    assert await reason(house, first) == "ticket_expired"


async def test_another_servers_ticket_is_foreign(house: House) -> None:
    assert await reason(house, sign(house, Tickets(new_key(), house.database, house.clock)).text) == "ticket_foreign"


@pytest.mark.parametrize(("claim", "value"), [("iss", "elsewhere"), ("aud", "homeroom-admin")])
async def test_a_ticket_for_something_else_is_foreign(house: House, claim: str, value: str) -> None:
    assert await reason(house, forged(house, {claim: value})) == "ticket_foreign"


@pytest.mark.parametrize(
    "claims",
    [
        {"role": "headmaster"},
        {"role": None},
        {"sub": 7},
        {"exp": "soon"},
        {"exp": None},
        {"jti": None},
        {"lnk": ["x"]},
    ],
)
async def test_a_ticket_with_odd_claims_is_invalid(house: House, claims: dict[str, Any]) -> None:
    assert await reason(house, forged(house, claims)) == "ticket_invalid"


async def test_a_seat_of_another_organisation_is_foreign(house: House) -> None:
    assert await reason(house, forged(house, {"org": "org_other"})) == "ticket_foreign"


async def test_no_signature_and_wrong_algorithms_are_refused(house: House) -> None:
    text = sign(house).text
    body = text.split(".")[1]
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    assert await reason(house, f"{none}.{body}.") == "ticket_foreign"
    # The public key as an HMAC secret: what made verifiers that trust the header fall.
    public = house.key.public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    claims = jwt.decode(text, options={"verify_signature": False})
    assert await reason(house, jwt.encode(claims, public, algorithm="HS256")) == "ticket_foreign"


async def test_every_changed_character_is_noticed(house: House) -> None:
    text = sign(house).text
    for place in range(0, len(text) - 1, 7):
        other = "A" if text[place] != "A" else "B"
        assert await reason(house, text[:place] + other + text[place + 1 :]) in ("ticket_foreign", "ticket_invalid")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=80), st.from_regex(r"[A-Za-z0-9_\-]{0,40}(\.[A-Za-z0-9_\-]{0,40}){0,4}")))
async def test_garbage_is_invalid_and_never_an_error(house: House, text: str) -> None:
    assert await reason(house, text) in ("ticket_invalid", "ticket_foreign")


async def test_one_over_the_length_is_not_even_read(house: House) -> None:
    assert await reason(house, "A" * (TICKET_BYTES_MAX + 1)) == "ticket_invalid"


async def test_a_withdrawn_link_takes_its_tickets_along(house: House) -> None:
    ticket = sign(house).text
    assert await house.bookings.revoke(house.link.link_id)
    assert await reason(house, ticket) == "link_revoked"


def test_the_protocol_knows_every_reason() -> None:
    assert {*REASONS} <= {code.value for code in ErrorCode}


async def test_a_ticket_does_not_print_itself(house: House) -> None:
    ticket = sign(house)
    assert ticket.text not in repr(ticket)
    assert house.link.token not in repr(house.link) + repr(house.student)


def forged(house: House, changes: dict[str, Any]) -> str:
    """A ticket signed with the right key that our own code would never sign."""
    claims = jwt.decode(sign(house).text, options={"verify_signature": False}) | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, house.key.private, algorithm=ALGORITHM)
