"""A whole lesson: an instructor and three students, from the device check to the end, and the record of it afterwards.

Tests run in order, each one part of the lesson. Every screen is looked at as in test_screens.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import FilePayload

from tests.e2e.test_screens import look_at
from tests.support.fake_capture import BLUE, ORANGE
from tests.support.lesson import (
    Notes,
    by_id,
    check_devices_without,
    choose,
    draw,
    gone,
    row_of,
    see,
    see_all,
    tab_of,
    tool,
    write,
)
from tests.support.person import Person
from tests.support.roster import Class, add_class
from tests.support.world import World

pytestmark = pytest.mark.timeout(200)

NAMES = {"Iris": "instructor", "Sam": "student", "Mia": "student", "Tom": "student"}
PROMPT = "Which is larger?"
QUESTION = "Why is one half larger than one third?"


class Lesson:
    """Four people, one class, and what the script has done so far."""

    def __init__(self, world: World, made: Class, people: dict[str, Person]) -> None:
        self.world = world
        self.made = made
        self.people = people
        self.notes = Notes()

    def __getitem__(self, name: str) -> Person:
        return self.people[name]

    def students(self) -> list[Person]:
        return [self.people[name] for name in ("Sam", "Mia", "Tom")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def lesson(stage: World) -> AsyncIterator[Lesson]:
    made = await add_class(stage.server.database_file, "Fractions, lesson 5", NAMES)
    people = {}
    # two with a camera, a phone and a laptop without: four encoders are more than a small machine has to spare
    for name, look, phone in (("Iris", ORANGE, False), ("Sam", BLUE, False), ("Mia", None, True), ("Tom", None, False)):
        size = {"width": 390, "height": 780} if phone else {"width": 1280, "height": 800}
        tab = await stage.chromium(f"lesson-{name}", look=look, phone=phone, **size)
        people[name] = Person(name, tab, stage.server.origin + made.path(name), look)
    yield Lesson(stage, made, people)
    for person in people.values():
        await stage.close(person.tab)


async def test_who_comes_before_the_instructor_waits(lesson: Lesson) -> None:
    sam = lesson["Sam"]
    await sam.open_link()
    await sam.check_devices()
    async with lesson.notes.noting("Sam at the door"):
        await sam.tab.press("@enter-room")
        await see(sam, f"{by_id('waiting-reason')}[data-reason=no_instructor]", "waiting room")
    await look_at(tab_of(sam), "waiting")


async def test_the_instructor_comes_and_lets_people_in(lesson: Lesson) -> None:
    iris, sam, mia, tom = (lesson[name] for name in ("Iris", "Sam", "Mia", "Tom"))
    async with lesson.notes.noting("live"), lesson.notes.noting("Sam in"):
        await iris.enter()
        await sam.wait_in_room()
    await iris.tab.press("@more-toggle")
    await iris.tab.press("@lock-toggle")
    for person in (mia, tom):
        await check_devices_without(person)
        async with lesson.notes.noting(f"{person.name} at the door"):
            await person.tab.press("@enter-room")
            await see(person, f"{by_id('waiting-reason')}[data-reason=locked]", "waiting room")
    await iris.tab.press("@door-look")
    await iris.tab.wait("!!document.querySelector('[data-testid=admit-all]')", "two at the door")
    await look_at(tab_of(iris), "door")
    async with lesson.notes.noting("Mia in"), lesson.notes.noting("Tom in"):
        await iris.tab.press("@admit-all")
        await asyncio.gather(mia.wait_in_room(), tom.wait_in_room())
    await iris.tab.press("@people-close")
    await iris.wait_picture(sam)


async def test_a_poll_with_its_result(lesson: Lesson) -> None:
    iris, sam, mia = lesson["Iris"], lesson["Sam"], lesson["Mia"]
    await iris.tab.press_key("q")
    await iris.tab.press("@check-new")
    await choose(iris, "compose-kind", "poll")
    await write(iris, "compose-prompt", PROMPT)
    await write(iris, "compose-option-1", "One half")
    await write(iris, "compose-option-2", "One third")
    async with lesson.notes.noting("check_opened"):
        await iris.tab.press("@compose-ask")
        await see_all(lesson.students(), by_id("question-card"), "question")
    await look_at(tab_of(mia), "question-phone")
    for person, option in ((sam, "One half"), (mia, "One half"), (lesson["Tom"], "One third")):
        await tab_of(person).page.get_by_role("radio", name=option).click()
        await person.tab.press("@answer-give")
    counted = f"{by_id('check-count')}[data-answered='3'][data-asked='3']"
    await see(iris, counted, "three answers")
    counts = "[...document.querySelectorAll('[data-testid^=bar-]')].map((one) => +one.dataset.count).join()"
    assert await iris.tab.evaluate(counts) == "2,1"
    await look_at(tab_of(iris), "checks")
    async with lesson.notes.noting("check_closed"):
        await iris.tab.press("@check-close")
        await gone(mia, by_id("answer-give"), "the question")
    await iris.tab.press("@check-share")
    await sam.tab.wait(f"{counts} === '2,1'", "shared result")
    for person in lesson.students():
        await person.tab.press("@result-close")
    await iris.tab.press("@checks-close")


async def test_a_hand_goes_up_and_is_taken(lesson: Lesson) -> None:
    iris, mia = lesson["Iris"], lesson["Mia"]
    async with lesson.notes.noting("hand_raised"):
        await mia.tab.press("@hand-toggle")
        await see(iris, by_id("people-toggle-count"), "hand")
    await iris.tab.press("@people-toggle")
    await see(iris, by_id("hand-row"), "hand in the list")
    await iris.tab.press("@hand-lower")
    await see(mia, f"{by_id('hand-toggle')}[data-on=false]", "lowered hand")
    await iris.tab.press("@people-close")


async def test_breakouts_and_back(lesson: Lesson) -> None:
    iris, sam, mia = lesson["Iris"], lesson["Sam"], lesson["Mia"]
    await iris.tab.press_key("g")
    await write(iris, "groups-prompt", QUESTION)
    await look_at(tab_of(iris), "groups-plan")
    async with lesson.notes.noting("breakouts_opened"):
        await iris.tab.press("@groups-open")
        await see_all(lesson.students(), f"{by_id('group-strip')}[data-group^=Group]", "group")
    await mia.tab.wait_text(QUESTION)
    # whoever is in no group of Sam's is not there for Sam; the instructor stayed behind
    await sam.wait_gone("Iris", 15)
    await look_at(tab_of(mia), "group-phone")
    await sam.tab.press("@group-help")
    await see(iris, by_id("group-answer"), "call for help")
    await look_at(tab_of(iris), "groups")
    await iris.tab.press("@group-answer")
    await sam.wait_tile("Iris", "true", "instructor in the group")
    await write(iris, "groups-say", "One more minute")
    await iris.tab.press("@groups-say-send")
    await see_all(lesson.students(), by_id("group-said"), "words to all groups")
    async with lesson.notes.noting("breakouts_ended"):
        await iris.tab.press("@groups-end")
        for person in (*lesson.students(), iris):
            await gone(person, by_id("group-strip"), "groups")
    await iris.tab.press("@groups-close")
    for person in lesson.students():
        await person.wait_tile("Iris", "true", "instructor again")


async def test_a_board_task(lesson: Lesson) -> None:
    iris, sam, mia = lesson["Iris"], lesson["Sam"], lesson["Mia"]
    await tool(iris, "board-toggle")
    await draw(iris, 0.35)
    await see_all(lesson.students(), f"{by_id('board')}[data-kind=shown]", "board")
    await see_all(lesson.students(), f"{by_id('board')}[data-drawn='1']", "the instructor's stroke")
    await look_at(tab_of(iris), "board")
    await iris.tab.press("@board-task")
    await write(iris, "task-prompt", "Cut it in half")
    async with lesson.notes.noting("board_task_started"):
        await iris.tab.press("@task-start")
        await see_all(lesson.students(), f"{by_id('board')}[data-kind=copy][data-drawn='1']", "own copy")
    await draw(sam, 0.6)
    await draw(mia, 0.5, 0.6)
    await look_at(tab_of(mia), "board-copy-phone")
    for name, count in (("Sam", 2), ("Mia", 2), ("Tom", 1)):
        await see(iris, f"{by_id('board-copy')}[data-owner={name}][data-drawn='{count}']", f"copy of {name}")
    await look_at(tab_of(iris), "board-copies")
    async with lesson.notes.noting("board_task_ended"):
        await iris.tab.press("@board-task-end")
        await see_all(lesson.students(), f"{by_id('board')}[data-kind=shown]", "the board of the class again")
    await tool(iris, "board-toggle")
    await gone(sam, by_id("board"), "the board")


async def test_a_file_to_draw_on(lesson: Lesson) -> None:
    iris, mia = lesson["Iris"], lesson["Mia"]
    await iris.tab.press_key("f")
    await see(iris, by_id("materials-panel"), "materials")
    picture = await tab_of(iris).page.screenshot()
    worksheet = FilePayload(name="Worksheet.png", mimeType="image/png", buffer=picture)
    await tab_of(iris).page.set_input_files("input[type=file]", worksheet)
    await see(iris, f"{by_id('material')}[data-name='Worksheet.png']", "file")
    await look_at(tab_of(iris), "materials")
    await iris.tab.press("@material-show")
    await see(mia, f"{by_id('board')}[data-sheet=here] canvas", "the file under the board")
    await iris.tab.press("@materials-close")
    await iris.tab.press("@board-close")
    await gone(mia, by_id("board"), "the board")


async def test_chat(lesson: Lesson) -> None:
    iris, mia, sam = lesson["Iris"], lesson["Mia"], lesson["Sam"]
    await mia.tab.press("@chat-toggle")
    await write(mia, "chat-input", "Thank you <b>all</b>!")
    await mia.tab.press("@chat-send")
    await see(iris, by_id("chat-toggle-count"), "unread message")
    await iris.tab.press_key("c")
    await iris.tab.wait_text("Thank you <b>all</b>!")
    await write(iris, "chat-input", "See you on Thursday.")
    await iris.tab.press("@chat-send")
    await mia.tab.wait_text("See you on Thursday.")
    await look_at(tab_of(iris), "chat")
    await look_at(tab_of(mia), "chat-phone")
    await see(sam, by_id("chat-toggle-count"), "unread messages")
    await iris.tab.press("@chat-close")


async def test_the_end(lesson: Lesson) -> None:
    iris, tom = lesson["Iris"], lesson["Tom"]
    async with lesson.notes.noting("Tom out"):
        await tom.tab.press("@leave-button")
        await iris.wait_gone("Tom", 15)
    await iris.tab.press("@leave-button")
    async with lesson.notes.noting("ended"), lesson.notes.noting("Sam out"), lesson.notes.noting("Mia out"):
        await iris.tab.press("@end-class")
        for person in (iris, lesson["Sam"], lesson["Mia"]):
            await see(person, by_id("over-ended"), "end of the class")
    await look_at(tab_of(lesson["Mia"]), "ended-phone")


async def read_report(lesson: Lesson) -> dict[str, Any]:
    token = lesson.made.path("Iris").removeprefix("/j/")
    async with aiohttp.ClientSession() as http:
        url = f"{lesson.world.server.origin}/api/v1/session/report"
        async with http.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
            assert answer.status == 200, await answer.text()
            found: dict[str, Any] = await answer.json()
            return found


async def test_the_record_says_what_the_script_did(lesson: Lesson) -> None:
    report = await read_report(lesson)
    done = lesson.notes.brackets
    assert report["final"] is True
    assert report["session"]["state"] in ("ended", "closed_out")
    assert done["live"].holds(report["session"]["live_since_utc"])
    assert done["ended"].holds(report["session"]["ended_utc"])
    for name in ("Sam", "Mia", "Tom"):
        attendance = row_of(report, name)["attendance"]
        # waiting is arriving, but not attending
        assert done[f"{name} at the door"].holds(attendance["arrived_utc"]), (name, attendance)
        (stretch,) = attendance["intervals"]
        assert done[f"{name} in"].holds(stretch["from_utc"]), (name, stretch)
        assert done[f"{name} out"].holds(stretch["to_utc"]), (name, stretch)
        assert done[f"{name} out"].holds(attendance["left_utc"]), (name, attendance)
        shortest, longest = lesson.notes.length_s(f"{name} in", f"{name} out")
        assert shortest - 1 <= attendance["present_s"] <= longest + 1, (name, attendance)


async def test_the_record_counts_what_each_did(lesson: Lesson) -> None:
    report = await read_report(lesson)
    done = lesson.notes.brackets
    rows = {name: row_of(report, name)["engagement"] for name in NAMES}
    for name in ("Sam", "Mia", "Tom"):
        assert (rows[name]["checks"]["asked"], rows[name]["checks"]["answered"]) == (1, 1)
        assert rows[name]["taken_part"] is True
    assert [rows[name]["hands"] for name in ("Sam", "Mia", "Tom")] == [0, 1, 0]
    assert [rows[name]["chat"] for name in ("Iris", "Sam", "Mia", "Tom")] == [1, 0, 1, 0]
    tasks = [(rows[name]["tasks"]["asked"], rows[name]["tasks"]["done"]) for name in ("Sam", "Mia", "Tom")]
    assert tasks == [(1, 1), (1, 1), (1, 0)]
    assert rows["Sam"]["board"] >= 1 and rows["Mia"]["board"] >= 1 and rows["Tom"]["board"] == 0
    (check,) = report["checks"]
    assert (check["title"], check["asked"], check["answered"]) == (PROMPT, 3, 3)
    at = {entry["kind"]: entry["at_utc"] for entry in report["timeline"]}
    kinds = ("live", "check_opened", "check_closed", "hand_raised", "breakouts_opened", "breakouts_ended")
    for kind in (*kinds, "board_task_started", "board_task_ended", "ended"):
        assert done[kind].holds(at[kind]), (kind, at[kind], done[kind])


async def test_the_pages_around_the_class(lesson: Lesson) -> None:
    iris, mia = lesson["Iris"], lesson["Mia"]
    await iris.tab.goto(f"{iris.url}/report")
    await iris.tab.wait("document.querySelectorAll('[data-testid=report-person]').length === 4", "report")
    await look_at(tab_of(iris), "report")
    await mia.tab.goto(f"{mia.url}/report")
    await see(mia, by_id("own-numbers"), "own numbers")
    await look_at(tab_of(mia), "own-report-phone")
    await iris.tab.goto(f"{iris.url}/day")
    await see(iris, by_id("day"), "my day")
    await look_at(tab_of(iris), "day")
    await mia.tab.goto(f"{iris.url}/report")
    await see(mia, by_id("report-people"), "report on a phone")
    await look_at(tab_of(mia), "report-phone")
