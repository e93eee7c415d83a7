"""Hands, reactions and chat: who may, who hears of it, and what is kept."""

from server.classroom.chat import EDIT_MS
from signaling.messages import Ack, Error, Resume, Welcome
from signaling.talk import (
    Chat,
    ChatChanged,
    ChatDelete,
    ChatEdit,
    ChatPosted,
    ChatRelease,
    ChatRules,
    ChatRulesChanged,
    Hand,
    HandsChanged,
    LowerHand,
    React,
    Reacted,
    SetChatRules,
)
from tests.flows.stage import Page, Stage


def pid(page: Page) -> str:
    return page.last(Welcome).participant_id


async def say(page: Page, text: str, to: str = "room", key: str | None = None) -> str | None:
    """The error's code, or None."""
    message = Chat(id=page.next_id(), key=key or f"k{page.next_id()}", to=to, text=text)
    await page.say(message)
    answers = [one for one in page.told if isinstance(one, Ack | Error) and one.re == message.id]
    assert len(answers) == 1, "exactly one answer"
    return answers[0].code if isinstance(answers[0], Error) else None


async def test_hands_keep_their_order_and_one_of_each() -> None:
    async with Stage() as stage:
        ada, bob, eve = await stage.join("ada", "instructor"), await stage.join("bob"), await stage.join("eve")
        for page in (eve, bob, eve):
            await page.say(Hand(id=page.next_id(), raised=True))
            stage.clock.advance(1.0)
        assert [hand.participant_id for hand in ada.last(HandsChanged).order] == [pid(eve), pid(bob)]
        await bob.say(LowerHand(id=bob.next_id(), participant_id=pid(eve)))
        assert bob.last(Error).code == "not_allowed"
        await bob.say(Hand(id=bob.next_id(), raised=False))
        assert [hand.participant_id for hand in ada.last(HandsChanged).order] == [pid(eve)]
        await bob.say(Hand(id=bob.next_id(), raised=True))
        await eve.leave()
        assert [hand.participant_id for hand in ada.last(HandsChanged).order] == [pid(bob)], "gone with its owner"
        await ada.say(LowerHand(id=ada.next_id()))
        assert bob.last(HandsChanged).order == ()
        assert stage.facts.bodies("hand_lowered")[-1]["by"] == pid(ada)


async def test_reactions_pass_by() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        await bob.say(React(id=bob.next_id(), reaction="clap"))
        assert ada.last(Reacted) == Reacted(participant_id=pid(bob), reaction="clap")
        await bob.say(React(id=bob.next_id(), reaction="heart"))
        assert bob.last(Error).code == "too_fast"


async def test_chat_is_kept_then_acknowledged_then_told_and_a_repeat_says_nothing_twice() -> None:
    async with Stage() as stage:
        ada, bob = await stage.join("ada", "instructor"), await stage.join("bob")
        assert await say(bob, "<b>hello</b>", key="one") is None
        (posted,) = ada.all(ChatPosted)
        assert (posted.message.text, posted.message.from_name, posted.message.key) == ("<b>hello</b>", "bob", "one")
        kinds = [type(one) for one in bob.told if isinstance(one, Ack | ChatPosted)]
        assert kinds[-2:] == [Ack, ChatPosted]
        assert await say(bob, "<b>hello</b>", key="one") is None, "answered as the first time"
        assert len(ada.all(ChatPosted)) == 1 and len(stage.facts.bodies("chat_posted")) == 1
        again = stage.page(bob.seat)
        await bob.drop()
        resume = Resume(token=bob.last(Welcome).resume_token, seq=max(bob.seqs()))
        await again.enter(resume=resume)
        assert await say(again, "<b>hello</b>", key="one") is None and len(stage.facts.bodies("chat_posted")) == 1


async def test_private_words() -> None:
    async with Stage() as stage:
        ada, cas = await stage.join("ada", "instructor"), await stage.join("cas", "assistant")
        bob, eve = await stage.join("bob"), await stage.join("eve")
        assert await say(bob, "psst", to=pid(eve)) == "chat_private", "not between students"
        assert await say(bob, "I am stuck", to="staff") is None
        assert ada.all(ChatPosted) and cas.all(ChatPosted) and bob.all(ChatPosted) and not eve.all(ChatPosted)
        assert await say(ada, "look at page 3", to=pid(bob)) is None
        assert len(bob.all(ChatPosted)) == 2 and not eve.all(ChatPosted) and len(cas.all(ChatPosted)) == 1
        assert await say(bob, "hm", to="par_nobody") in ("person_unknown", "chat_private")
        late = await stage.join("dan")
        room = late.last(Welcome).room
        assert room is not None and room.class_.chat == (), "a newcomer sees no private words"


async def test_rules_of_the_chat() -> None:
    async with Stage() as stage:
        ada, bob, eve = await stage.join("ada", "instructor"), await stage.join("bob"), await stage.join("eve")

        async def rules(**values: object) -> None:
            await ada.say(SetChatRules(id=ada.next_id(), rules=ChatRules(**values)))  # type: ignore[arg-type]

        for text in ("see https://evil.example/x", "go to WWW.EVIL.NET", "evil.com/free", "discord.gg"):
            assert await say(bob, text) == "chat_links", text
        for text in ("it is 3.5 metres.Then it stops", "e.g. this", "what?no"):
            assert await say(bob, text) is None, text
        assert await say(ada, "https://example.org") is None, "staff may"
        await rules(slow_s=10)
        assert bob.last(ChatRulesChanged).rules.slow_s == 10
        assert await say(bob, "one") == "chat_slow"
        stage.clock.advance(11.0)
        assert await say(bob, "one") is None and await say(bob, "two") == "chat_slow"
        await rules(enabled=False)
        assert await say(eve, "hello") == "chat_off" and await say(eve, "help", to="staff") is None
        await rules(private_to_staff=False)
        assert await say(eve, "help", to="staff") == "chat_private"
        await rules(private_between_students=True)
        assert await say(eve, "hello", to=pid(bob)) is None
        assert bob.last(ChatPosted).message.text == "hello"
        assert ada.last(ChatPosted).message.text == "hello", "staff read what students say to each other"
        await bob.say(SetChatRules(id=bob.next_id(), rules=ChatRules(links=True)))
        assert bob.last(Error).code == "not_allowed"


async def test_moderated_words_wait() -> None:
    async with Stage() as stage:
        ada, bob, eve = await stage.join("ada", "instructor"), await stage.join("bob"), await stage.join("eve")
        await ada.say(SetChatRules(id=ada.next_id(), rules=ChatRules(moderated=True)))
        assert await say(bob, "rude") is None
        held = ada.last(ChatPosted).message
        assert held.held and bob.last(ChatPosted).message.held and not eve.all(ChatPosted)
        await bob.say(ChatRelease(id=bob.next_id(), chat_id=held.chat_id))
        assert bob.last(Error).code == "not_allowed"
        await ada.say(ChatRelease(id=ada.next_id(), chat_id=held.chat_id))
        assert eve.last(ChatPosted).message.text == "rude" and not ada.last(ChatChanged).message.held
        await bob.say(ChatEdit(id=bob.next_id(), chat_id=held.chat_id, text="ruder"))
        assert eve.last(ChatChanged).message.deleted, "what changed waits again"
        assert ada.last(ChatChanged).message.text == "ruder"


async def test_edit_and_delete() -> None:
    async with Stage() as stage:
        ada, bob, eve = await stage.join("ada", "instructor"), await stage.join("bob"), await stage.join("eve")
        await say(bob, "helo")
        chat_id = bob.last(ChatPosted).message.chat_id
        await eve.say(ChatEdit(id=eve.next_id(), chat_id=chat_id, text="ha"))
        assert eve.last(Error).code == "not_allowed"
        await bob.say(ChatEdit(id=bob.next_id(), chat_id=chat_id, text="hello"))
        assert eve.last(ChatChanged).message.text == "hello" and eve.last(ChatChanged).message.edited
        await eve.say(ChatDelete(id=eve.next_id(), chat_id=chat_id))
        assert eve.last(Error).code == "not_allowed"
        await ada.say(ChatDelete(id=ada.next_id(), chat_id=chat_id))
        assert eve.last(ChatChanged).message.deleted and eve.last(ChatChanged).message.text == ""
        assert stage.facts.bodies("chat_posted")[0]["text"] == "helo", "kept for the safeguarding people"
        await ada.say(ChatDelete(id=ada.next_id(), chat_id=chat_id))
        assert len(stage.facts.bodies("chat_deleted")) == 1
        late = await stage.join("dan")
        room = late.last(Welcome).room
        assert room is not None and [one.text for one in room.class_.chat] == [""]
        await say(bob, "again")
        stage.clock.advance(EDIT_MS / 1000 + 1)
        for page in (ada, bob, eve):
            page.heard_s = stage.clock.mono_s()
        await bob.say(ChatEdit(id=bob.next_id(), chat_id=bob.last(ChatPosted).message.chat_id, text="late"))
        assert bob.last(Error).code == "not_allowed"


async def test_a_flood_of_words_is_refused_and_harms_nobody() -> None:
    async with Stage() as stage:
        ada, bob, eve = await stage.join("ada", "instructor"), await stage.join("bob"), await stage.join("eve")
        answers = [await say(bob, "spam") for _ in range(25)]
        assert answers.count("too_fast") == 5 and answers[:20] == [None] * 20
        assert await say(eve, "hello") is None and ada.last(ChatPosted).message.text == "hello"
        stage.clock.advance(3.0)
        assert [await say(bob, "slower") for _ in range(4)] == [None, None, None, "too_fast"]
        assert [await say(ada, "staff") for _ in range(25)] == [None] * 25
