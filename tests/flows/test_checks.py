"""The way of an answer: message, rule, fact, acknowledgement, staff at once, results with the next tick."""

from server.live.registry import TICK_S
from signaling.checks import (
    Answer,
    CheckAnswer,
    CheckAnswered,
    CheckChanged,
    CheckClose,
    CheckOpen,
    CheckOpened,
    CheckOption,
    CheckResults,
    CheckShare,
    CheckSpec,
    PulseCounts,
    RightAnswer,
    SetPulse,
)
from signaling.messages import Ack, Error, Resume
from tests.flows.stage import Page, Stage

OPTIONS = (CheckOption(option_id="a", text="A half"), CheckOption(option_id="b", text="A third"))
SPEC = CheckSpec(kind="single", prompt="Which is more?", options=OPTIONS, right=RightAnswer(option_ids=("a",)))


async def open_check(page: Page, *, key: str = "k1", anonymous: bool = False, seconds: int | None = None) -> str:
    message = CheckOpen(id=page.next_id(), key=key, spec=SPEC, anonymous=anonymous, seconds=seconds)
    await page.say(message)
    assert page.last(Ack).re == message.id
    return page.last(CheckOpened).check.check_id


async def answer(page: Page, check_id: str, option_id: str, key: str = "mine") -> None:
    given = Answer(option_ids=(option_id,))
    await page.say(CheckAnswer(id=page.next_id(), check_id=check_id, key=key, answer=given))


async def test_from_question_to_shared_result() -> None:
    async with Stage() as stage:
        ida, sam, kim = await stage.join("ida", "instructor"), await stage.join("sam"), await stage.join("kim")
        check_id = await open_check(ida)
        assert sam.last(CheckOpened).check.right is None and ida.last(CheckOpened).check.right == SPEC.right
        await answer(sam, check_id, "a")
        await answer(kim, check_id, "b")
        assert [one.answer.participant_id for one in ida.all(CheckAnswered)] == [
            sam.place.participant_id if sam.place else "",
            kim.place.participant_id if kim.place else "",
        ]
        assert [one.answer.correct for one in sam.all(CheckAnswered)] == [None]
        await stage.pass_time(TICK_S, alive=(ida, sam, kim))
        result = ida.last(CheckResults).tally
        assert (result.asked, result.answered, result.correct) == (2, 2, 1)
        assert not sam.all(CheckResults)
        await ida.say(CheckClose(id=ida.next_id(), check_id=check_id))
        await ida.say(CheckShare(id=ida.next_id(), check_id=check_id, shared=True))
        await stage.pass_time(TICK_S, alive=(ida, sam, kim))
        assert sam.last(CheckChanged).check.right == SPEC.right
        assert sam.last(CheckAnswered).answer.correct is True and kim.last(CheckAnswered).answer.correct is False
        assert sam.last(CheckResults).tally.correct == 1


async def test_stored_before_it_is_acknowledged_and_repeats_are_counted_once() -> None:
    async with Stage() as stage:
        ida, sam = await stage.join("ida", "instructor"), await stage.join("sam")
        check_id = await open_check(ida)
        for _ in range(3):
            await answer(sam, check_id, "a", key="same")
        assert stage.facts.kinds().count("check_answered") == 1
        assert len(ida.all(CheckAnswered)) == 1
        assert not sam.all(Error)


async def test_answer_that_cannot_be_stored_is_not_acknowledged() -> None:
    async with Stage() as stage:
        ida, sam = await stage.join("ida", "instructor"), await stage.join("sam")
        check_id = await open_check(ida)
        stage.facts.fail = True
        sam.forget()
        given = Answer(option_ids=("a",))
        message = CheckAnswer(id=sam.next_id(), check_id=check_id, key="mine", answer=given)
        assert sam.place is not None
        assert stage.registry.say(sam.place, sam, message) is None
        await stage.settle()
        assert not [one for one in sam.all(Ack) if one.re == message.id]
        assert not ida.all(CheckAnswered)


async def test_repeat_after_a_resume_counts_once() -> None:
    async with Stage() as stage:
        ida, sam = await stage.join("ida", "instructor"), await stage.join("sam")
        check_id = await open_check(ida)
        welcome = sam.told[0]
        token = getattr(welcome, "resume_token", "")
        await answer(sam, check_id, "a", key="mine")
        await sam.drop()
        back = stage.page(sam.seat)
        await back.enter(resume=Resume(token=token, seq=max(sam.seqs())))
        await answer(back, check_id, "a", key="mine")
        await answer(back, check_id, "b", key="other")
        await stage.pass_time(TICK_S, alive=(ida, back))
        assert ida.last(CheckResults).tally.answered == 1
        assert stage.facts.kinds().count("check_answered") == 2


async def test_result_that_came_while_the_connection_was_lost_is_told_again() -> None:
    async with Stage() as stage:
        ida, sam = await stage.join("ida", "instructor"), await stage.join("sam")
        check_id = await open_check(ida)
        token = getattr(ida.told[0], "resume_token", "")
        await ida.drop()
        await answer(sam, check_id, "a")
        await stage.pass_time(TICK_S, alive=(sam,))
        back = stage.page(ida.seat)
        await back.enter(resume=Resume(token=token, seq=max(ida.seqs())))
        assert back.last(CheckResults).tally.answered == 1


async def test_newcomer_finds_everything_in_the_snapshot() -> None:
    async with Stage() as stage:
        ida, sam = await stage.join("ida", "instructor"), await stage.join("sam")
        check_id = await open_check(ida)
        await answer(sam, check_id, "a")
        page = Page(stage, stage.seat("asa", "assistant"))
        staff = (await page.enter()).room
        late = (await Page(stage, stage.seat("kim")).enter()).room
        assert staff is not None and late is not None
        assert staff.class_.checks.answers[0].answer.option_ids == ("a",)
        assert late.class_.checks.checks[0].check_id == check_id
        assert late.class_.checks.answers == () and late.class_.checks.checks[0].right is None


async def test_timed_check_closes_for_everyone() -> None:
    async with Stage() as stage:
        ida, sam = await stage.join("ida", "instructor"), await stage.join("sam")
        check_id = await open_check(ida, seconds=10)
        await stage.pass_time(11.5 + TICK_S, alive=(ida, sam))
        assert sam.last(CheckChanged).check.open is False
        await answer(sam, check_id, "a")
        assert sam.last(Error).code == "check_closed"


async def test_anonymous_answers_reach_staff_without_names() -> None:
    async with Stage() as stage:
        ida, sam = await stage.join("ida", "instructor"), await stage.join("sam")
        check_id = await open_check(ida, anonymous=True)
        await answer(sam, check_id, "a")
        told = ida.last(CheckAnswered).answer
        assert told.participant_id is None and told.key == ""
        assert sam.last(CheckAnswered).answer.key == "mine"


async def test_wrong_role_is_refused_and_nobody_hears_of_it() -> None:
    async with Stage() as stage:
        ida, sam = await stage.join("ida", "instructor"), await stage.join("sam")
        ida.forget()
        await sam.say(CheckOpen(id=sam.next_id(), key="k", spec=SPEC))
        assert sam.last(Error).code == "not_allowed"
        assert not ida.told and "check_opened" not in stage.facts.kinds()


async def test_pulse_is_counted_for_staff_only() -> None:
    async with Stage() as stage:
        ida, sam, kim = await stage.join("ida", "instructor"), await stage.join("sam"), await stage.join("kim")
        await sam.say(SetPulse(id=sam.next_id(), value="lost"))
        await stage.pass_time(TICK_S, alive=(ida, sam, kim))
        told = ida.last(PulseCounts).tally
        assert (told.lost, told.of) == (1, 2)
        assert not kim.all(PulseCounts) and not sam.all(PulseCounts)
