"""The way of a join: hello, seat, Room, welcome with the whole state, an offer with slots, others are told, a fact."""

import pytest

from media.contract import SetTransport
from server.errors import Rejected
from server.rtc.fake_plane import FakeMedia
from signaling.messages import ParticipantJoined, ParticipantLeft, SubscribeOffer, Welcome
from tests.flows.stage import Stage


async def test_first_comes_in_and_gets_everything() -> None:
    async with Stage() as stage:
        page = await stage.join("ada", "instructor")
        welcome = page.last(Welcome)
        assert (welcome.role, welcome.display_name, welcome.resumed, welcome.seq) == ("instructor", "ada", False, 0)
        assert welcome.session.title == "Fractions"
        assert welcome.room is not None and [p.display_name for p in welcome.room.participants] == ["ada"]
        assert "publish_mic" in welcome.actions
        offer = page.last(SubscribeOffer)
        assert (offer.generation, offer.fresh, offer.seq) == (1, True, 1)
        assert [slot.mode for slot in offer.slots[:7]] == ["pinned", "pinned", *["loudest"] * 4, "main"]
        assert len([slot for slot in offer.slots if slot.kind == "video"]) == 25
        assert stage.facts.kinds() == ["joined"]
        assert isinstance(page.told[0], Welcome), "welcome comes before anything else"


async def test_phone_gets_fewer_slots() -> None:
    async with Stage() as stage:
        page = await stage.join("bob", tier="phone")
        assert len([slot for slot in page.last(SubscribeOffer).slots if slot.kind == "video"]) == 9


async def test_others_are_told_in_one_numbering() -> None:
    async with Stage() as stage:
        ada = await stage.join("ada", "instructor")
        bob = await stage.join("bob")
        assert ada.last(ParticipantJoined).participant.display_name == "bob"
        assert not bob.all(ParticipantJoined), "one's own arrival is the welcome"
        assert ada.seqs() == [1, 2]


async def test_answer_reaches_media() -> None:
    async with Stage() as stage:
        await stage.join("ada", "instructor")
        told = [c for c in stage.plane.commands if isinstance(c, SetTransport)]
        assert told[0].remote is None and told[0].codecs == ()
        assert told[-1].remote is not None and [c.name for c in told[-1].codecs] == ["opus", "vp8", "h264"]
        assert told[-1].extensions.transport_cc == 3
        assert len(told[-1].slots) == 31


async def test_full_room_says_so() -> None:
    async with Stage() as stage:
        for name in ("ada", "bob"):
            stage.seat(name, participants_max=2)
            await stage.join(name)
        with pytest.raises(Rejected) as refused:
            await stage.page(stage.seat("eve", participants_max=2)).enter()
        assert refused.value.code == "room_full"


async def test_wrong_tickets_and_versions() -> None:
    async with Stage() as stage:
        seat = stage.seat("ada")
        page = stage.page(seat)
        with pytest.raises(Rejected) as refused:
            await page.enter(version=99)
        assert refused.value.code == "version_unsupported"
        stage.seats.used.add(f"{seat.seat_id}#2")
        with pytest.raises(Rejected) as refused:
            await page.enter()
        assert refused.value.code == "ticket_used"


async def test_seat_in_use_then_moved() -> None:
    async with Stage() as stage:
        first = await stage.join("ada", "instructor")
        bob = await stage.join("bob")
        await first.publish("mic", "camera")
        second = stage.page(first.seat)
        with pytest.raises(Rejected) as refused:
            await second.enter()
        assert refused.value.code == "seat_in_use"
        welcome = await second.enter(takeover=True)
        assert first.closed == (4000, "moved")
        assert welcome.participant_id == first.last(Welcome).participant_id, "the same Participant goes on"
        assert welcome.room is not None and welcome.room.tracks == ()
        assert second.told[0] == welcome and second.seqs() == [1]
        assert not bob.all(ParticipantLeft)
        assert len(bob.all(ParticipantJoined)) == 0


async def test_room_waits_for_media() -> None:
    async with Stage(no_media=True) as stage:
        page = await stage.join("ada", "instructor")
        assert not page.all(SubscribeOffer)
        stage.plane.replace_media(FakeMedia())
        await stage.settle()
        assert page.last(SubscribeOffer).generation == 1
