"""The way of a reconnect: away, media goes on, the missed messages or a snapshot; new paths, new transports."""

import pytest

from media.contract import CloseTransport, SetTransport
from server.config import LiveConfig
from server.errors import Rejected
from signaling.messages import (
    Ack,
    Bye,
    Error,
    MediaReset,
    ParticipantChanged,
    ParticipantLeft,
    ReplaceTransports,
    RestartIce,
    Resume,
    SubscribeAnswer,
    SubscribeOffer,
    TrackClosed,
    TrackPublished,
    Welcome,
)
from tests.flows import browser
from tests.flows.stage import Page, Stage


def token(page: Page, seq: int | None = None) -> Resume:
    welcome = page.last(Welcome)
    return Resume(token=welcome.resume_token, seq=max(page.seqs(), default=0) if seq is None else seq)


async def test_lost_socket_is_away_then_resumes() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        await bob.drop()
        assert ada.last(ParticipantChanged).participant.presence == "away"
        assert not [c for c in stage.plane.commands if isinstance(c, CloseTransport)], "media goes on"
        await ada.publish("mic")
        again = stage.page(bob.seat)
        welcome = await again.enter(resume=token(bob))
        assert welcome.resumed and welcome.room is None
        assert again.last(TrackPublished).track.source == "mic", "what was missed comes after the welcome"
        assert again.seqs()[0] == max(bob.seqs()) + 1
        assert again.seqs() == sorted(set(again.seqs()))
        assert ada.last(ParticipantChanged).participant.presence == "here"
        assert not again.all(SubscribeOffer), "the transports are the same"
        assert stage.facts.kinds() == ["joined", "joined", "away", "back"]


async def test_silence_is_away_within_five_seconds_and_gone_after_grace() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        tracks = await bob.publish("mic", "camera")
        await stage.pass_time(5.0, alive=(ada,))
        assert ada.last(ParticipantChanged).participant.presence == "away"
        assert bob.closed is not None
        await stage.pass_time(59.0, alive=(ada,))
        assert not ada.all(ParticipantLeft)
        await stage.pass_time(2.0, alive=(ada,))
        assert ada.last(ParticipantLeft).reason == "timeout"
        assert len(stage.room["people"]) == 1 and not stage.room["roster"]["tracks"]
        assert not set(tracks.values()) & set(stage.plane.media.tracks)
        with pytest.raises(Rejected) as refused:
            await stage.page(bob.seat).enter(resume=token(bob))
        assert refused.value.code == "resume_unknown"
        assert stage.facts.kinds() == ["joined", "joined", "away", "left"]


async def test_too_much_missed_gives_a_snapshot() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        mic = (await ada.publish("mic"))["mic"]
        await bob.drop()
        for _ in range(300):
            await ada.mute(mic, True)
            await ada.mute(mic, False)
        again = stage.page(bob.seat)
        welcome = await again.enter(resume=token(bob))
        assert not welcome.resumed and welcome.room is not None
        assert [track.track_id for track in welcome.room.tracks] == [mic]
        assert not again.all(SubscribeOffer) and not again.all(MediaReset), "its transports still stand"
        assert welcome.participant_id == bob.last(Welcome).participant_id


async def test_snapshot_repeats_what_was_lost_of_ones_own_media() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        mic = (await ada.publish("mic"))["mic"]
        before = token(bob)
        await bob.say(ReplaceTransports(id=bob.next_id()))
        assert bob.last(MediaReset).reason == "client_asked"
        await bob.drop()
        for _ in range(300):
            await ada.mute(mic, True)
            await ada.mute(mic, False)
        again = stage.page(bob.seat)
        assert not (await again.enter(resume=before)).resumed
        assert again.all(MediaReset) and again.last(SubscribeOffer).fresh


async def test_acknowledged_messages_are_not_kept() -> None:
    async with Stage() as stage:
        ada = await stage.join("ada", "instructor")
        await ada.publish("mic")
        assert stage.room["people"][0]["log"]["kept"] == 2
        await ada.ping(seq=max(ada.seqs()))
        assert stage.room["people"][0]["log"]["kept"] == 0
        assert isinstance(ada.told[-1], Ack)


async def test_second_connection_replaces_the_first() -> None:
    async with Stage() as stage:
        ada = await stage.join("ada", "instructor")
        again = stage.page(ada.seat)
        await again.enter(resume=token(ada))
        assert ada.last(Bye).code == "replaced" and ada.closed == (4000, "replaced")
        stage.registry.lost(ada.place or again.place, ada)  # type: ignore[arg-type]
        await stage.settle()
        assert stage.room["people"][0]["connected"], "the end of the older one means nothing"


async def test_foreign_and_made_up_tokens() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        stolen = ada.last(Welcome).resume_token.rpartition(".")[0] + "." + bob.last(Welcome).resume_token.split(".")[2]
        for text in ("", "x", "a.b.c", stolen, ada.last(Welcome).resume_token[:-1], "ü.ü.ü"):
            with pytest.raises(Rejected) as refused:
                await stage.page(ada.seat).enter(resume=Resume(token=text, seq=0))
            assert refused.value.code == "resume_unknown"


async def test_withdrawn_seat_may_not_come_back_but_a_lost_store_keeps_nobody_out() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        await bob.drop()
        stage.seats.out_of_reach = True
        again = stage.page(bob.seat)
        assert (await again.enter(resume=token(bob))).resumed
        stage.seats.out_of_reach = False
        del stage.seats.seats[bob.seat.seat_id]
        with pytest.raises(Rejected) as refused:
            await stage.page(bob.seat).enter(resume=token(again, 0))
        assert refused.value.code == "seat_unknown"
        await stage.settle()
        assert ada.last(ParticipantLeft).reason == "removed" and again.last(Bye).code == "removed"


async def test_ice_restart_keeps_the_transport() -> None:
    async with Stage() as stage:
        ada = await stage.join("ada", "instructor")
        first = ada.last(SubscribeOffer)
        await ada.say(RestartIce(id=ada.next_id()))
        second = ada.last(SubscribeOffer)
        assert (second.generation, second.fresh, second.slots) == (2, False, first.slots)
        sets = [c for c in stage.plane.commands if isinstance(c, SetTransport)]
        assert sets[-1].transport_id == sets[0].transport_id and sets[-1].ice_ufrag != sets[0].ice_ufrag
        assert [slot.ssrc for slot in sets[-1].slots] == [slot.ssrc for slot in sets[0].slots]
        late = SubscribeAnswer(id=ada.next_id(), generation=1, sdp=browser.answer(first.sdp))
        await ada.say(late)
        assert ada.last(Error).code == "stale_generation"
        await ada.say(RestartIce(id=ada.next_id()))
        assert ada.last(Error).code == "too_fast"
        await ada.answer()
        assert [c for c in stage.plane.commands if isinstance(c, SetTransport)][-1].remote is not None


async def test_replaced_transports_begin_anew_for_one_only() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        tracks = await bob.publish("mic", "camera")
        before = stage.room["people"][0]["subscribe"]["transport_id"]
        await bob.say(ReplaceTransports(id=bob.next_id()))
        assert {m.track_id for m in ada.all(TrackClosed)} == set(tracks.values())
        offer = bob.last(SubscribeOffer)
        assert offer.fresh and offer.generation == 2
        assert stage.room["people"][0]["subscribe"]["transport_id"] == before


async def test_empty_room_closes_after_a_while() -> None:
    async with Stage(LiveConfig(empty_close_s=10.0)) as stage:
        ada = await stage.join("ada", "instructor")
        await ada.leave()
        await stage.pass_time(9.0)
        assert stage.registry.snapshot()["rooms"]
        await stage.pass_time(2.0)
        assert not stage.registry.snapshot()["rooms"] and not stage.plane.media.rooms
        assert (await stage.join("ada")).last(Welcome).seq == 0, "the next one opens a new Room"
