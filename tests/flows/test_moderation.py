"""How staff guide a class: muting, stopping, permissions, roles, sending out, calls for help, withdrawn links."""

import pytest

from media.contract import CloseTrack, SetTrack
from server.errors import Rejected
from signaling.lesson import AskHelp, HelpAsked
from signaling.messages import Ack, Admitted, Bye, Error, ParticipantChanged, TrackChanged, TrackClosed, Welcome
from signaling.moderation import (
    ActionsChanged,
    AskUnmute,
    MutePerson,
    PermissionsChanged,
    Permit,
    Readmit,
    RemovedList,
    RemovePerson,
    SetRole,
    Spotlight,
    Spotlighted,
    StopTrack,
    UnmuteAsked,
)
from signaling.talk import Hand
from tests.flows.stage import Page, Stage


def pid(page: Page) -> str:
    return page.last(Welcome).participant_id


async def test_mute_one_all_and_ask() -> None:
    async with Stage() as stage:
        ada, bob, eve = await stage.join("ada", "instructor"), await stage.join("bob"), await stage.join("eve")
        await ada.publish("mic")
        mics = [(await page.publish("mic", ufrag=name))["mic"] for page, name in ((bob, "bobs"), (eve, "eves"))]
        await ada.say(MutePerson(id=ada.next_id(), participant_id=pid(bob)))
        assert bob.last(TrackChanged).track.muted and bob.last(TrackChanged).track.track_id == mics[0]
        told = [c for c in stage.plane.commands if isinstance(c, SetTrack) and c.track_id == mics[0]]
        assert told[-1].muted, "media drops what still arrives"
        await bob.mute(mics[0], False)
        assert not ada.last(TrackChanged).track.muted, "one may always speak again"
        await ada.say(MutePerson(id=ada.next_id(), participant_id=None))
        muted = {t["track_id"]: t["muted"] for t in stage.room["roster"]["tracks"]}
        assert [muted[mic] for mic in mics] == [True, True] and sum(muted.values()) == 2, "staff are not muted with all"
        await ada.say(AskUnmute(id=ada.next_id(), participant_id=pid(bob)))
        assert bob.last(UnmuteAsked).by_participant_id == pid(ada) and not eve.all(UnmuteAsked)
        await bob.say(MutePerson(id=bob.next_id(), participant_id=None))
        assert bob.last(Error).code == "not_allowed"


async def test_stop_a_share() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        tracks = await bob.publish("mic", "screen")
        await ada.say(StopTrack(id=ada.next_id(), track_id=tracks["screen"]))
        assert {page.last(TrackClosed).track_id for page in (ada, bob)} == {tracks["screen"]}
        assert [c.track_id for c in stage.plane.commands if isinstance(c, CloseTrack)] == [tracks["screen"]]
        assert [t["track_id"] for t in stage.room["roster"]["tracks"]] == [tracks["mic"]]
        again = await bob.publish("mic", "screen")
        assert again["mic"] == tracks["mic"] and again["screen"] != tracks["screen"], "it may be shared again"


async def test_permissions_take_effect_at_once() -> None:
    async with Stage() as stage:
        ada, bob, eve = await stage.join("ada", "instructor"), await stage.join("bob"), await stage.join("eve")
        tracks = await bob.publish("mic", "camera")
        await ada.say(Permit(id=ada.next_id(), participant_id=None, action="publish_camera", allowed=False))
        assert bob.last(TrackClosed).track_id == tracks["camera"]
        assert "publish_camera" not in bob.last(ActionsChanged).actions and not ada.all(ActionsChanged)
        assert ada.last(PermissionsChanged).permissions.students[0].action == "publish_camera"
        assert not bob.all(PermissionsChanged)
        with pytest.raises(AssertionError):
            await bob.publish("mic", "camera")
        assert bob.last(Error).code == "not_allowed"
        await ada.say(Permit(id=ada.next_id(), participant_id=pid(bob), action="publish_camera", allowed=True))
        await bob.publish("mic", "camera")
        assert "publish_camera" not in eve.last(ActionsChanged).actions, "one person counts more than all"
        late = await stage.join("dan")
        assert "publish_camera" not in late.last(Welcome).actions
        await ada.say(Permit(id=ada.next_id(), participant_id=pid(bob), action="raise_hand", allowed=False))
        await bob.say(Hand(id=bob.next_id(), raised=True))
        assert bob.last(Error).code == "not_allowed"
        await bob.say(Permit(id=bob.next_id(), participant_id=None, action="chat", allowed=False))
        assert bob.last(Error).code == "not_allowed"


async def test_handing_over_the_class() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        await ada.say(SetRole(id=ada.next_id(), participant_id=pid(ada), role="student"))
        assert ada.last(Error).code == "last_instructor"
        await ada.say(SetRole(id=ada.next_id(), participant_id=pid(bob), role="instructor"))
        assert ada.last(ParticipantChanged).participant.role == "instructor"
        assert bob.last(ActionsChanged).role == "instructor" and "end_class" in bob.last(Admitted).actions
        await bob.say(SetRole(id=bob.next_id(), participant_id=pid(ada), role="student"))
        assert ada.last(ActionsChanged).role == "student" and "end_class" not in ada.last(ActionsChanged).actions
        again = stage.page(bob.seat)
        welcome = await again.enter(takeover=True)
        assert welcome.role == "instructor" and welcome.participant_id == pid(bob), "as long as this class lasts"
        await again.say(SetRole(id=again.next_id(), participant_id=pid(ada), role="observer"))
        assert again.last(Error).code == "not_allowed", "nobody is made invisible in class"


async def test_removed_and_let_in_again() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        await bob.say(RemovePerson(id=bob.next_id(), participant_id=pid(ada), readmit=False))
        assert bob.last(Error).code == "not_allowed"
        await ada.say(RemovePerson(id=ada.next_id(), participant_id=pid(bob), readmit=False))
        assert bob.last(Bye).code == "removed" and bob.closed == (4000, "removed")
        (gone,) = ada.last(RemovedList).people
        assert (gone.display_name, gone.may_ask) == ("bob", False)
        with pytest.raises(Rejected) as refused:
            await stage.page(bob.seat).enter()
        assert refused.value.code == "removed"
        await ada.say(Readmit(id=ada.next_id(), participant_id=gone.participant_id))
        back = await stage.join("bob")
        assert back.last(Welcome).room.class_.waiting is None and ada.last(RemovedList).people == ()  # type: ignore[union-attr]
        await ada.say(RemovePerson(id=ada.next_id(), participant_id=pid(back), readmit=True))
        asks = await stage.join("bob")
        assert asks.last(Welcome).room.class_.waiting == "removed", "asks at the door"  # type: ignore[union-attr]
        await ada.say(Readmit(id=ada.next_id(), participant_id=pid(back)))
        assert asks.all(Admitted)


async def test_spotlight_goes_with_its_person() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        await ada.say(Spotlight(id=ada.next_id(), participant_id=pid(bob)))
        assert bob.last(Spotlighted).participant_id == pid(bob)
        await bob.leave()
        assert ada.last(Spotlighted).participant_id is None


async def test_help_and_reports_reach_the_right_people() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        await bob.say(AskHelp(id=bob.next_id(), key="h1", kind="technical", text="no sound"))
        assert ada.last(HelpAsked).request.text == "no sound" and not stage.book.reports
        stage.clock.advance(3.0)
        before = len(ada.told)
        message = AskHelp(id=bob.next_id(), key="h2", kind="safeguarding", text="please", about_participant_id=pid(ada))
        await bob.say(message)
        assert bob.last(Ack).re == message.id
        (report,) = stage.book.reports
        assert (report.kind, report.about_person_id, report.text) == ("safeguarding", "per_ada", "please")
        assert len(ada.told) == before, "the one it is about hears nothing"
        assert "please" not in str(stage.facts.kept), "and reads it nowhere"
        stage.clock.advance(3.0)
        stage.book.fail = True
        await bob.say(AskHelp(id=bob.next_id(), key="h3", kind="safeguarding", text="again"))
        assert bob.last(Error).code == "not_stored"
        stage.book.fail = False
        await bob.say(AskHelp(id=bob.next_id(), key="h3", kind="safeguarding", text="again"))
        assert len(stage.book.reports) == 2, "the same call may be repeated at once"


async def test_help_while_nobody_teaches_goes_to_an_operator() -> None:
    async with Stage() as stage:
        bob = await stage.join("bob")
        await bob.say(AskHelp(id=bob.next_id(), key="h1", kind="technical", text="is anybody there?"))
        assert [report.kind for report in stage.book.reports] == ["technical_help"]


@pytest.mark.parametrize("gone", ["sea_bob", "lnk_bob"])
async def test_withdrawn_seat_or_link_removes_who_is_connected(gone: str) -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        await stage.registry.check_seats()
        assert bob.closed is None
        stage.book.gone = [gone]
        await stage.registry.check_seats()
        await stage.settle()
        assert bob.last(Bye).code == "removed" and ada.closed is None
