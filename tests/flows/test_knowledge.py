"""The way of what is known: what media hears and people decide becomes facts, without anybody's doing."""

from server.classroom.attendance import AttendanceRules
from server.classroom.events import read_fact
from server.classroom.intervals import total_ms
from server.classroom.outcome import outcome, plan_of
from server.classroom.record import Record
from server.classroom.times import utc_ms
from signaling.lesson import EndClass
from signaling.talk import Hand
from tests.flows.stage import ENDS_UTC, STARTS_UTC, Page, Stage


def record_of(stage: Stage) -> Record:
    """The record that the stored facts give."""
    at_ms = utc_ms(stage.clock.now_utc())
    events = [read_fact(fact.kind, fact.body, at_ms) for fact in stage.facts.stored]
    return Record(event for event in events if event is not None)


async def speak(stage: Stage, mic: str, seconds: float, *alive: Page) -> None:
    room_id = stage.room["room_id"]
    stage.plane.happen(stage.plane.media.speak(room_id, {mic: 30}))
    await stage.settle()
    await stage.pass_time(seconds, alive=alive)
    stage.plane.happen(stage.plane.media.speak(room_id, {}))
    await stage.settle()


async def test_talk_and_presence_come_out_to_the_second() -> None:
    async with Stage() as stage:
        ida = await stage.join("ida", "instructor")
        sam = await stage.join("sam")
        mic = (await sam.publish("mic"))["mic"]
        stage.plane.happen(stage.plane.media.receive(mic))
        await stage.pass_time(20, alive=(ida, sam))
        await speak(stage, mic, 7, ida, sam)
        await stage.pass_time(33, alive=(ida, sam))
        await sam.say(Hand(id=sam.next_id(), raised=True))
        await speak(stage, mic, 5, ida, sam)
        await ida.say(EndClass(id=ida.next_id()))
        await stage.settle()
        record, now_ms = record_of(stage), utc_ms(stage.clock.now_utc())
        assert [end - start for start, end in record.turns("sea_sam")] == [7_000, 5_000]
        assert total_ms(record.presence.spans("sea_sam", now_ms + 60_000)) == 65_000
        assert record.ended_by_staff and record.is_over
        plan = plan_of(record, utc_ms(STARTS_UTC), utc_ms(ENDS_UTC), standing=True, now_ms=now_ms)
        found = outcome(record, {"sea_sam": "student", "sea_ida": "instructor"}, plan, AttendanceRules(), now_ms)
        sam_s = found.seats["sea_sam"]
        assert (sam_s.attendance.status, sam_s.attendance.present_ms) == ("present", 65_000)
        assert (sam_s.engagement.talk_ms, sam_s.engagement.turns, sam_s.engagement.hands) == (12_000, 2, 1)


async def test_a_class_that_broke_off_keeps_what_was_heard() -> None:
    async with Stage() as stage:
        ida = await stage.join("ida", "instructor")
        mic = (await ida.publish("mic"))["mic"]
        stage.plane.happen(stage.plane.media.receive(mic))
        await speak(stage, mic, 10, ida)
        await stage.pass_time(31, alive=(ida,))
        assert record_of(stage).turns("sea_ida") != []
        await stage.kill_control()
        again = stage.page(stage.seats.seats["sea_ida"])
        await again.enter()
        record = record_of(stage)
        assert record.presence.is_here("sea_ida")
        assert [end - start for start, end in record.turns("sea_ida")] == [10_000]
