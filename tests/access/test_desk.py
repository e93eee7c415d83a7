"""Links: looked at without effect, exchanged when the door is open, refused with the reason."""

import dataclasses
from datetime import timedelta

import pytest
import structlog

from server.access.desk import Desk, door_state
from server.access.links import mint_link
from server.errors import Rejected
from server.limits import EXCHANGES_PER_LINK_BURST, FAILURES_PER_ADDRESS_BURST, JOIN_EARLY_S, JOIN_LATE_S
from server.ops.booking import seat_person
from server.store.repositories import seats
from tests.access.conftest import House


async def code(awaitable: object) -> str:
    with pytest.raises(Rejected) as caught:
        await awaitable  # type: ignore[misc]
    return caught.value.code


async def test_an_invitation_says_who_what_and_when(house: House) -> None:
    invitation = await house.desk.invitation(house.link.token, "a")
    assert (invitation.seat.display_name, invitation.seat.role, invitation.seat.title) == ("Ada", "student", "Maths")
    assert invitation.seat.starts_utc == house.session.starts_utc
    assert invitation.door == "open"


async def test_looking_changes_nothing(house: House) -> None:
    async with house.database.read() as connection:
        before = await seats.list_links(connection, house.session.org_id, house.student.seat_id)
    for _ in range(100):
        await house.desk.invitation(house.link.token, "scanner")
    async with house.database.read() as connection:
        assert await seats.list_links(connection, house.session.org_id, house.student.seat_id) == before
    await house.tickets.redeem((await house.desk.exchange(house.link.token, "a")).text)


async def test_an_exchange_gives_a_ticket_each_time(house: House) -> None:
    """Reload works: the link is long-lived, each ticket is not."""
    texts = {(await house.desk.exchange(house.link.token, "a")).text for _ in range(3)}
    assert len(texts) == 3
    for text in texts:
        claims = await house.tickets.redeem(text)
        assert claims.seat_id == house.student.seat_id


@pytest.mark.parametrize(
    "token", ["", "nowhere", "A" * 32, "A" * 200, "ä" * 32, "../../etc/passwd", "a b", "A" * 31 + "\n"]
)
async def test_an_unknown_link_is_refused(house: House, token: str) -> None:
    assert await code(house.desk.invitation(token, "a")) == "link_unknown"
    assert await code(house.desk.exchange(token, "a")) == "link_unknown"


async def test_a_withdrawn_link_is_refused_and_others_stay_good(house: House) -> None:
    second = await house.bookings.relink(house.student.seat_id)
    assert await house.bookings.revoke(house.link.link_id)
    assert not await house.bookings.revoke(house.link.link_id)
    with structlog.testing.capture_logs() as lines:
        assert await code(house.desk.exchange(house.link.token, "a")) == "link_revoked"
    assert [(line["event"], line["reason"]) for line in lines] == [("link_refused", "link_revoked")]
    await house.desk.exchange(second.token, "a")


async def test_a_withdrawn_seat_closes_all_its_links(house: House) -> None:
    async with house.database.write() as connection:
        await seats.revoke_seat(connection, house.session.org_id, house.student.seat_id, house.clock.now_utc())
    assert await code(house.desk.invitation(house.link.token, "a")) == "link_revoked"
    assert await house.desk.seat(house.session.session_id, house.student.seat_id) is None


async def test_a_link_may_expire(house: House) -> None:
    expires = house.clock.now_utc() + timedelta(minutes=5)
    async with house.database.write() as connection:
        link = await mint_link(
            connection,
            house.session.org_id,
            house.student.seat_id,
            house.clock.now_utc(),
            actor_id="test",
            expires_utc=expires,
        )
    await house.desk.exchange(link.token, "a")
    house.clock.advance(300)
    assert await code(house.desk.exchange(link.token, "a")) == "link_expired"


async def test_the_store_knows_no_token(house: House) -> None:
    async with house.database.read() as connection:
        for link in await seats.list_links(connection, house.session.org_id, house.student.seat_id):
            assert house.link.token not in repr(link)


def test_the_door_opens_and_closes_by_the_clock() -> None:
    from server.clock import ManualClock
    from server.store.repositories.sessions import Session

    now = ManualClock().now_utc()
    session = Session("org", "ses", "x", now, now + timedelta(hours=1))

    def at(offset_s: float, **changes: object) -> str:
        return door_state(dataclasses.replace(session, **changes), now + timedelta(seconds=offset_s))  # type: ignore[arg-type]

    assert at(-JOIN_EARLY_S - 1) == "scheduled"
    assert at(-JOIN_EARLY_S) == "open"
    assert at(3600 + JOIN_LATE_S - 1) == "open"
    assert at(3600 + JOIN_LATE_S) == "ended"
    assert at(-86400, always_open=True) == "open"
    assert at(-86400, state="live") == "open"
    for state in ("ended", "closed_out", "cancelled"):
        assert at(0, state=state) == "ended"
        assert at(0, state=state, always_open=True) == "ended"


async def test_outside_the_hours_there_is_no_ticket(house: House) -> None:
    later = await house.bookings.book(house.session.org_id, "Later", house.clock.now_utc() + timedelta(days=1), 60)
    person = await house.bookings.seat(later.session_id, "Ben", "student")
    assert (await house.desk.invitation(person.link.token, "a")).door == "scheduled"
    assert await code(house.desk.exchange(person.link.token, "a")) == "session_not_open"
    house.clock.advance(3 * 86400)
    assert await code(house.desk.exchange(person.link.token, "a")) == "session_ended"


async def test_who_guesses_is_slowed_down_and_others_are_not(house: House) -> None:
    for number in range(FAILURES_PER_ADDRESS_BURST):
        assert await code(house.desk.invitation(f"guess{number}", "guesser")) == "link_unknown"
    assert await code(house.desk.invitation("one-more", "guesser")) == "too_many"
    assert await code(house.desk.invitation(house.link.token, "guesser")) == "too_many"
    await house.desk.invitation(house.link.token, "somebody else")
    house.clock.advance(10)
    await house.desk.invitation(house.link.token, "guesser")


async def test_one_link_gives_so_many_tickets_at_once(house: House) -> None:
    for _ in range(EXCHANGES_PER_LINK_BURST):
        await house.desk.exchange(house.link.token, "a")
    assert await code(house.desk.exchange(house.link.token, "b")) == "too_many"
    house.clock.advance(2)
    await house.desk.exchange(house.link.token, "a")


async def test_a_school_behind_one_address_gets_in(house: House) -> None:
    async with house.database.write() as connection:
        where = (connection, house.session.org_id, house.session.session_id)
        now_utc = house.clock.now_utc()
        people = [await seat_person(*where, f"Student {n}", "student", now_utc, "test") for n in range(300)]
    for person in people:
        await house.desk.invitation(person.link.token, "school")
        await house.desk.exchange(person.link.token, "school")


async def test_a_room_learns_who_sits_in_a_seat(house: House) -> None:
    desk = Desk(house.database, house.tickets, house.clock, participants_max=25)
    view = await desk.seat(house.session.session_id, house.student.seat_id)
    assert view is not None
    assert (view.person_id, view.participants_max) == (house.student.person_id, 25)
    assert await desk.seat("ses_other", house.student.seat_id) is None
    assert await desk.seat(house.session.session_id, "sea_other") is None
