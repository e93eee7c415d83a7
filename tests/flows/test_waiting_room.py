"""The way into a class: who waits and why, who is let in by itself, the lock, and children who are never alone."""

import pytest

from server.errors import Rejected
from signaling.lesson import AdmitPeople, ClassStateChanged, EndClass, Lock, TurnAway, Waiting, WaitingList
from signaling.messages import (
    Ack,
    Admitted,
    Bye,
    Error,
    Layout,
    ParticipantJoined,
    Resume,
    SubscribeOffer,
    TrackClosed,
    Welcome,
)
from tests.flows.stage import Page, Stage


def waits_for(page: Page) -> str | None:
    room = page.last(Welcome).room
    assert room is not None
    return room.class_.waiting


async def test_own_seat_waits_for_an_instructor_and_is_let_in_by_itself() -> None:
    async with Stage() as stage:
        bob = await stage.join("bob")
        welcome = bob.last(Welcome)
        assert waits_for(bob) == "no_instructor" and not bob.all(SubscribeOffer)
        assert welcome.room is not None and [p.display_name for p in welcome.room.participants] == ["bob"]
        assert welcome.actions == ("ask_help", "leave")
        await bob.say(Layout(id=bob.next_id(), slots=()))
        assert bob.last(Error).code == "waiting"
        ada = await stage.join("ada", "instructor")
        admitted = bob.last(Admitted)
        assert {p.display_name for p in admitted.room.participants} == {"ada", "bob"}
        assert "chat" in admitted.actions and admitted.room.class_.waiting is None
        assert bob.last(SubscribeOffer).fresh and bob.last(ClassStateChanged).status.phase == "live"
        assert ada.last(ParticipantJoined).participant.participant_id == welcome.participant_id
        assert bob.seqs() == list(range(1, len(bob.seqs()) + 1)), "one numbering through the door"
        assert stage.book.phases == ["open", "live"]


async def test_two_who_wait_know_nothing_of_each_other() -> None:
    async with Stage() as stage:
        bob, eve = await stage.join("bob"), await stage.join("eve")
        for page in (bob, eve):
            assert not page.all(ParticipantJoined) and len(page.last(Welcome).room.participants) == 1  # type: ignore[union-attr]


async def test_lock_keeps_newcomers_out_and_nobody_else() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        await ada.say(Lock(id=ada.next_id(), locked=True))
        assert bob.last(ClassStateChanged).status.locked
        eve = await stage.join("eve")
        assert waits_for(eve) == "locked"
        (waiting,) = ada.last(WaitingList).people
        assert (waiting.display_name, waiting.reason) == ("eve", "locked") and not bob.all(WaitingList)
        await stage.join("cas", "assistant")
        await bob.drop()
        again = await stage.join("bob")
        assert waits_for(again) is None and again.all(SubscribeOffer), "a reconnect is never locked out"
        moved = stage.page(bob.seat)
        await moved.enter(takeover=True)
        assert waits_for(moved) is None, "nor the same person on another device"
        await ada.say(AdmitPeople(id=ada.next_id(), participant_ids=(waiting.participant_id,)))
        assert eve.all(Admitted) and ada.last(WaitingList).people == ()
        dan = await stage.join("dan")
        await ada.say(Lock(id=ada.next_id(), locked=False))
        assert dan.all(Admitted), "unlocked: whoever has an own seat comes in"


async def test_a_guest_waits_for_staff_once() -> None:
    async with Stage() as stage:
        ada = await stage.join("ada", "instructor")
        stage.seat("gil", is_guest=True)
        gil = await stage.join("gil")
        assert waits_for(gil) == "unknown"
        await ada.say(AdmitPeople(id=ada.next_id(), participant_ids=(gil.last(Welcome).participant_id,)))
        assert gil.all(Admitted)
        await gil.leave()
        assert waits_for(await stage.join("gil")) is None, "who was let in is known"


async def test_turned_away_may_not_ask_again_until_readmitted() -> None:
    async with Stage() as stage:
        ada = await stage.join("ada", "instructor")
        await ada.say(Lock(id=ada.next_id(), locked=True))
        eve = await stage.join("eve")
        eve_id = eve.last(Welcome).participant_id
        await ada.say(TurnAway(id=ada.next_id(), participant_ids=(eve_id,)))
        assert eve.last(Bye).code == "turned_away" and eve.closed == (4000, "turned_away")
        with pytest.raises(Rejected) as refused:
            await stage.page(eve.seat).enter()
        assert refused.value.code == "removed"


async def test_students_may_not_open_doors() -> None:
    async with Stage() as stage:
        await stage.join("ada", "instructor")
        bob = await stage.join("bob")
        for message in (
            Lock(id=bob.next_id(), locked=True),
            AdmitPeople(id=bob.next_id(), participant_ids=("par_x",)),
            EndClass(id=bob.next_id()),
        ):
            await bob.say(message)
            assert bob.last(Error).code == "not_allowed" and bob.last(Error).re == message.id


async def test_who_waits_and_is_lost_comes_back_by_the_same_page() -> None:
    async with Stage() as stage:
        bob = await stage.join("bob")
        await bob.drop()
        again = stage.page(bob.seat)
        welcome = await again.enter(resume=Resume(token=bob.last(Welcome).resume_token, seq=max(bob.seqs(), default=0)))
        assert welcome.resumed
        await again.drop()
        ada = await stage.join("ada", "instructor")
        assert len(ada.last(WaitingList).people if ada.all(WaitingList) else ()) == 0
        third = stage.page(bob.seat)
        await third.enter(resume=Resume(token=bob.last(Welcome).resume_token, seq=max(again.seqs(), default=0)))
        assert third.all(Admitted), "the instructor came meanwhile"


async def test_children_are_never_left_alone_together() -> None:
    async with Stage() as stage:
        ada = await stage.join("ada", "instructor")
        kim = await stage.join("kim", role="student")
        stage.seats.seats.clear()
        stage.seat("tom", is_minor=True)
        tom = await stage.join("tom")
        await tom.publish("mic")
        await ada.leave()
        assert tom.last(Waiting).reason == "unsupervised" and tom.closed is None
        assert kim.all(TrackClosed) or not stage.room["roster"]["tracks"]
        assert len(stage.room["roster"]["members"]) == 1 and stage.facts.bodies("left")[-1]["reason"] == "unsupervised"
        assert kim.last(ClassStateChanged).status.phase == "interrupted"
        await stage.join("eli", "observer")
        assert tom.all(Admitted), "a supervisor is a grown-up"
        assert kim.last(ClassStateChanged).status.supervisor_present, "and everyone is told"


async def test_ended_for_everyone() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        await ada.say(EndClass(id=ada.next_id()))
        assert ada.last(Ack) and bob.last(Bye).code == "ended" and bob.closed == (4000, "ended")
        assert stage.book.phases[-1] == "ended" and not stage.registry.snapshot()["rooms"]
        (ended,) = stage.facts.bodies("class_ended")
        assert (ended["reason"], ended["by"]) == ("instructor", ada.last(Welcome).participant_id)
        assert stage.facts.kinds()[-2:] == ["left", "left"]
        with pytest.raises(Rejected) as refused:
            await stage.page(bob.seat).enter()
        assert refused.value.code == "session_ended"


async def test_a_standing_room_begins_anew() -> None:
    async with Stage() as stage:
        stage.book.always_open = True
        ada = await stage.join("ada", "instructor")
        await ada.say(EndClass(id=ada.next_id()))
        again = await stage.join("ada")
        assert again.last(ClassStateChanged).status.phase == "live" and stage.book.phases[-1] == "live"


async def test_empty_for_ten_minutes_ends_a_class_that_was_live() -> None:
    async with Stage() as stage:
        ada = await stage.join("ada", "instructor")
        await ada.leave()
        await stage.pass_time(599.0)
        assert stage.book.phases[-1] == "interrupted"
        await stage.pass_time(2.0)
        assert stage.facts.bodies("class_ended")[0]["reason"] == "empty" and stage.book.phases[-1] == "ended"


async def test_nobody_came_to_teach() -> None:
    async with Stage() as stage:
        bob = await stage.join("bob")
        stage.clock.advance(90 * 60.0 - 1)
        await stage.pass_time(0.5, alive=(bob,))
        assert bob.closed is None
        await stage.pass_time(1.0, alive=(bob,))
        assert bob.last(Bye).code == "ended" and stage.book.phases[-1] == "not_held"
