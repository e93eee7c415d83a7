"""The way into a group and back: the same Room, the same transports; sound and picture stay in the group."""

from media.contract import SetTransport
from signaling.boards import BoardOpen, BoardOpened
from signaling.breakouts import (
    BreakoutCalled,
    BreakoutEnd,
    BreakoutHelp,
    BreakoutOpen,
    BreakoutSaid,
    BreakoutSay,
    BreakoutsChanged,
    BreakoutVisit,
    GroupPlan,
)
from signaling.checks import CheckOpen, CheckOpened, CheckSpec
from signaling.messages import Error, SpeakersChanged, SubscribeOffer
from tests.flows.stage import Page, Stage


def who(page: Page) -> str:
    assert page.place is not None
    return page.place.participant_id


async def split(ida: Page, *groups: tuple[Page, ...], seconds: int | None = None) -> list[str]:
    plans = tuple(
        GroupPlan(name=f"Group {number}", participant_ids=tuple(who(page) for page in pages))
        for number, pages in enumerate(groups, 1)
    )
    await ida.say(BreakoutOpen(id=ida.next_id(), key=f"k{ida.next_id()}", groups=plans, seconds=seconds))
    return [group.group_id for group in ida.last(BreakoutsChanged).breakouts.groups]


def subscribe_group(stage: Stage, page: Page) -> int:
    """The group that media was told for what this person hears."""
    found = [
        one
        for one in stage.plane.media.transports.values()
        if isinstance(one, SetTransport) and one.participant_id == who(page) and one.direction == "subscribe"
    ]
    assert len(found) == 1
    return found[0].group


async def test_everyone_hears_where_they_are_and_comes_back() -> None:
    async with Stage() as stage:
        ida, sam, kim = await stage.join("ida", "instructor"), await stage.join("sam"), await stage.join("kim")
        one, two = await split(ida, (sam,), (kim,))
        assert sam.last(BreakoutsChanged).breakouts.own_group_id == one
        assert kim.last(BreakoutsChanged).breakouts.own_group_id == two
        assert ida.last(BreakoutsChanged).breakouts.own_group_id is None
        await ida.say(BreakoutVisit(id=ida.next_id(), group_id=two))
        assert kim.last(BreakoutsChanged).breakouts.groups[1].visitor_ids == (who(ida),)
        await ida.say(BreakoutEnd(id=ida.next_id()))
        assert all(page.last(BreakoutsChanged).breakouts.open is False for page in (ida, sam, kim))


async def test_media_follows_without_a_new_offer() -> None:
    async with Stage() as stage:
        ida, sam, kim = await stage.join("ida", "instructor"), await stage.join("sam"), await stage.join("kim")
        seen = await sam.publish("mic", "camera")
        await kim.show(s6=seen["camera"])
        offers = len(kim.all(SubscribeOffer))

        def shown() -> list[str]:
            return [one.track_id for one in stage.plane.media.subscriptions.values()]

        assert seen["camera"] in shown()
        await split(ida, (sam,), (kim,))
        assert seen["camera"] not in shown()
        assert (subscribe_group(stage, sam), subscribe_group(stage, kim), subscribe_group(stage, ida)) == (1, 2, 0)
        published = [one.group for one in stage.plane.media.transports.values() if one.direction == "publish"]
        assert published == [1]
        await ida.say(BreakoutEnd(id=ida.next_id()))
        assert seen["camera"] in shown()  # what kim wished to see is shown again
        assert subscribe_group(stage, sam) == subscribe_group(stage, kim) == 0
        assert len(kim.all(SubscribeOffer)) == offers


async def test_instructors_voice_stays_in_its_room() -> None:
    async with Stage() as stage:
        ida, sam, kim = await stage.join("ida", "instructor"), await stage.join("sam"), await stage.join("kim")
        voice = (await ida.publish("mic"))["mic"]

        def hearing() -> int:
            return sum(one.track_id == voice for one in stage.plane.media.subscriptions.values())

        assert hearing() == 2
        _, two = await split(ida, (sam,), (kim,))
        assert hearing() == 0
        await ida.say(BreakoutVisit(id=ida.next_id(), group_id=two))
        assert hearing() == 1


async def test_speakers_are_told_to_their_group() -> None:
    async with Stage() as stage:
        ida, sam, kim = await stage.join("ida", "instructor"), await stage.join("sam"), await stage.join("kim")
        mic = (await sam.publish("mic"))["mic"]
        await split(ida, (sam,), (kim,))
        room_id = next(iter(stage.plane.media.rooms))
        for page in (ida, sam, kim):
            page.forget()
        stage.plane.happen(stage.plane.media.speak(room_id, {mic: 20}))
        await stage.settle()
        assert [one.participant_id for one in sam.last(SpeakersChanged).speakers] == [who(sam)]
        assert not kim.all(SpeakersChanged) and not ida.all(SpeakersChanged)


async def test_call_and_word_to_all() -> None:
    async with Stage() as stage:
        ida, sam, kim = await stage.join("ida", "instructor"), await stage.join("sam"), await stage.join("kim")
        one, _ = await split(ida, (sam,), (kim,))
        await sam.say(BreakoutHelp(id=sam.next_id()))
        assert ida.last(BreakoutCalled).group_id == one and not kim.all(BreakoutCalled)
        assert not kim.last(BreakoutsChanged).breakouts.groups[0].called
        await ida.say(BreakoutSay(id=ida.next_id(), text="Two minutes left"))
        assert kim.last(BreakoutSaid).text == "Two minutes left"
        await kim.say(BreakoutSay(id=kim.next_id(), text="Me too"))
        assert kim.last(Error).code == "not_allowed"


async def test_time_is_over_for_everyone() -> None:
    async with Stage() as stage:
        ida, sam = await stage.join("ida", "instructor"), await stage.join("sam")
        await split(ida, (sam,), seconds=60)
        await stage.pass_time(60.5, alive=(ida, sam))
        assert sam.last(BreakoutsChanged).breakouts.open is False
        assert "breakouts_ended" in stage.facts.kinds()


async def test_group_has_its_own_board_and_checks() -> None:
    async with Stage() as stage:
        ida, sam, kim = await stage.join("ida", "instructor"), await stage.join("sam"), await stage.join("kim")
        _, two = await split(ida, (sam,), (kim,))
        await sam.say(BoardOpen(id=sam.next_id(), key="b"))
        assert sam.last(BoardOpened).board is not None
        assert all(one.board is None for one in kim.all(BoardOpened))
        await ida.say(BreakoutVisit(id=ida.next_id(), group_id=two))
        spec = CheckSpec(kind="exercise", prompt="What did you find?")
        await ida.say(CheckOpen(id=ida.next_id(), key="c", spec=spec))
        assert kim.last(CheckOpened).check.group_id == two
        assert not sam.all(CheckOpened)
