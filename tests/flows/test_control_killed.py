"""Control is killed in the middle of a class: another one finds everything, each acknowledged thing once."""

from signaling.checks import Answer, CheckAnswer, CheckOpen, CheckOpened, CheckOption, CheckSpec
from signaling.lesson import EndClass, Lock
from signaling.messages import Ack, Error, ParticipantLeft, Welcome
from signaling.moderation import Permit, RemovePerson, SetRole
from signaling.snapshot import ClassSnapshot
from signaling.talk import Chat, ChatPosted, Hand
from tests.flows.stage import Page, Stage

SPEC = CheckSpec(
    kind="poll",
    prompt="Ready?",
    options=(CheckOption(option_id="y", text="Yes"), CheckOption(option_id="n", text="No")),
)


def snapshot(page: Page) -> ClassSnapshot:
    room = page.last(Welcome).room
    assert room is not None
    return room.class_


def pid(page: Page) -> str:
    return page.last(Welcome).participant_id


async def again(stage: Stage, page: Page) -> Page:
    """The same person's page enters anew with a ticket, as it does by itself."""
    new = stage.page(page.seat)
    await new.enter()
    return new


async def test_everything_is_there_and_everybody_is_who_they_were() -> None:
    async with Stage() as stage:
        ada, bob, eve = await stage.join("ada", "instructor"), await stage.join("bob"), await stage.join("eve")
        cas = await stage.join("cas")
        await ada.say(SetRole(id=ada.next_id(), participant_id=pid(cas), role="assistant"))
        await ada.say(Permit(id=ada.next_id(), participant_id=None, action="publish_screen", allowed=False))
        await ada.say(RemovePerson(id=ada.next_id(), participant_id=pid(eve), readmit=False))
        await ada.say(Lock(id=ada.next_id(), locked=True))
        await bob.say(Hand(id=bob.next_id(), raised=True))
        await bob.say(Chat(id=bob.next_id(), key="c1", to="room", text="hello"))
        await ada.say(CheckOpen(id=ada.next_id(), key="q1", spec=SPEC))
        check_id = bob.last(CheckOpened).check.check_id
        await bob.say(CheckAnswer(id=bob.next_id(), check_id=check_id, key="a1", answer=Answer(option_ids=("y",))))
        before = {name: pid(page) for name, page in (("ada", ada), ("bob", bob), ("cas", cas))}
        await stage.kill_control()
        assert len(stage.room["roster"]["members"]) == 3, "the class is there before anybody comes back"

        bob2, ada2, cas2 = await again(stage, bob), await again(stage, ada), await again(stage, cas)
        assert {"ada": pid(ada2), "bob": pid(bob2), "cas": pid(cas2)} == before
        assert cas2.last(Welcome).role == "assistant" and "publish_screen" not in bob2.last(Welcome).actions
        seen = snapshot(ada2)
        assert seen.status.phase == "live" and seen.status.locked
        assert [hand.participant_id for hand in seen.hands] == [pid(bob)]
        assert [(one.text, one.from_name) for one in seen.chat] == [("hello", "bob")]
        assert [tally.answered for tally in seen.checks.tallies] == [1]
        assert [one.display_name for one in seen.removed] == ["eve"]
        assert [one.check_id for one in snapshot(bob2).checks.answers] == [check_id]

        # Their acknowledgement may have been lost with the process: they say it again.
        await bob2.say(Chat(id=bob2.next_id(), key="c1", to="room", text="hello"))
        await bob2.say(CheckAnswer(id=bob2.next_id(), check_id=check_id, key="a1", answer=Answer(option_ids=("y",))))
        assert not bob2.all(Error) and not ada2.all(ChatPosted)
        kinds = [fact.kind for fact in stage.facts.stored]
        assert kinds.count("chat_posted") == 1 and kinds.count("check_answered") == 1
        assert kinds.count("joined") == 4 and kinds.count("back") == 3 and kinds.count("room_rebuilt") == 1


async def test_who_does_not_come_back_has_left_after_the_grace() -> None:
    async with Stage() as stage:
        ada, _bob = await stage.join("ada", "instructor"), await stage.join("bob")
        await stage.kill_control()
        ada2 = await again(stage, ada)
        await stage.pass_time(59.0, alive=(ada2,))
        assert not ada2.all(ParticipantLeft)
        await stage.pass_time(2.0, alive=(ada2,))
        assert ada2.last(ParticipantLeft).reason == "timeout"


async def test_a_seat_that_was_withdrawn_meanwhile_is_not_brought_back() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        del stage.seats.seats[bob.seat.seat_id]
        await stage.kill_control()
        ada2 = await again(stage, ada)
        assert len(ada2.last(Welcome).room.participants) == 1  # type: ignore[union-attr]


async def test_a_class_that_is_over_stays_over() -> None:
    async with Stage() as stage:
        ada = await stage.join("ada", "instructor")
        await ada.say(EndClass(id=ada.next_id()))
        await stage.kill_control()
        assert not stage.registry.snapshot()["rooms"]


async def test_nothing_is_acknowledged_that_is_not_stored_and_the_class_goes_on() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        stage.facts.fail = True
        await bob.say(Chat(id=bob.next_id(), key="c1", to="room", text="lost?"))
        await stage.settle()
        assert bob.last(Error).code == "not_stored" and not ada.all(ChatPosted)
        await bob.say(Hand(id=bob.next_id(), raised=True))
        assert isinstance(bob.told[-2], Ack) or isinstance(bob.told[-1], Ack), "hands go on"
        await bob.publish("mic")
        stage.facts.fail = False
        await stage.until(lambda: "hand_raised" in stage.facts.kinds())
        await stage.pass_time(0.5, alive=(ada, bob))
        assert ada.last(ChatPosted).message.text == "lost?", "told as soon as it is stored"
        await bob.say(Chat(id=bob.next_id(), key="c1", to="room", text="lost?"))
        assert isinstance(bob.told[-1], Ack) and len(ada.all(ChatPosted)) == 1
        assert len(stage.facts.bodies("chat_posted")) == 1
