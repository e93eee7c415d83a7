"""The way out: gone everywhere at once, and a server that stops sends everyone to the next one."""

from media.contract import CloseTransport
from signaling.messages import Bye, Error, ParticipantLeft, SlotMapped, TrackClosed
from tests.flows.stage import Stage


async def test_leave_is_gone_at_once() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        tracks = await ada.publish("mic", "camera")
        await bob.show(s6=tracks["camera"])
        stage.plane.happen(stage.plane.media.receive(tracks["camera"]))
        await stage.settle()
        await ada.leave()
        assert ada.last(Bye).code == "left" and ada.closed == (4000, "left")
        assert bob.last(ParticipantLeft).reason == "left"
        assert not bob.all(TrackClosed), "its Tracks are gone with it"
        assert len([c for c in stage.plane.commands if isinstance(c, CloseTransport)]) == 2
        assert bob.all(SlotMapped)[-1].mapping.track_id in (None, tracks["camera"])
        assert stage.facts.kinds() == ["joined", "joined", "left"]
        assert len(stage.room["people"]) == 1


async def test_second_instructor_is_heard_when_the_first_leaves() -> None:
    async with Stage() as stage:
        ada, cas = await stage.join("ada", "instructor"), await stage.join("cas", "instructor")
        bob = await stage.join("bob")
        await ada.publish("mic")
        second = (await cas.publish("mic"))["mic"]
        await ada.leave()
        slots = {p["participant_id"]: p["subscribe"]["bound"] for p in stage.room["people"]}
        assert bob.place is not None and slots[bob.place.participant_id] == {0: second}


async def test_stop_tells_everyone_to_come_back() -> None:
    stage = Stage()
    async with stage:
        ada = await stage.join("ada", "instructor")
    assert ada.last(Error).code == "stopping"
    assert ada.closed == (1012, "restart"), "not a bye: the client comes back by itself"
    assert not stage.plane.media.rooms


async def test_facts_that_cannot_be_written_do_not_stop_the_class() -> None:
    async with Stage() as stage:
        await stage.join("ada", "instructor")
        stage.facts.fail = True
        bob = stage.page(stage.seat("bob"))
        await bob.enter()
        assert not stage.registry.snapshot()["rooms"][0]["facts_lost"]
        await bob.publish("mic")
