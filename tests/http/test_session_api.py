"""One's own Session, the report, the export and My day, asked of the real server after a scripted class."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from server.classroom.events import Event
from server.classroom.events_boards import BoardDrawn, BoardTaskStarted
from server.classroom.events_checks import CheckAnswered, CheckClosed, CheckOpened
from server.classroom.events_class import (
    ClassEnded,
    ClassLive,
    ClassOpened,
    PersonAway,
    PersonBack,
    PersonJoined,
    PersonLeft,
    WaitingBegan,
)
from server.classroom.events_sound import Talked, TalkSpan
from server.classroom.events_talk import ChatDeleted, ChatPosted, HandRaised
from server.limits import ASKING_PER_LINK_BURST, CORRECTIONS_PER_SEAT_MAX
from server.store import tables
from server.store.repositories import people
from signaling.checks import Answer, CheckOption, CheckSpec, RightAnswer
from tests.http.real import Campus, campus
from tests.support.wire_client import WireClient

DOCS = Path(__file__).resolve().parents[2] / "docs" / "api"


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[Campus]:
    async with campus(tmp_path) as opened:
        yield opened


def example(page: str, number: int = 0) -> Any:
    """A JSON example of the documentation."""
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    return json.loads(text.split("```json\n")[number + 1].split("```")[0])


def fits(found: Any, documented: Any, where: str = "") -> None:
    """Every documented field is there and no other; where either is empty or null there is nothing to compare."""
    if isinstance(found, dict) and isinstance(documented, dict) and documented:
        assert found.keys() == documented.keys(), where
        for name in found:
            fits(found[name], documented[name], f"{where}.{name}")
    elif isinstance(found, list) and isinstance(documented, list) and found and documented:
        fits(found[0], documented[0], f"{where}[0]")


QUESTION = CheckSpec(
    kind="single",
    prompt="What is 2 + 2?",
    options=(CheckOption(option_id="a", text="4"), CheckOption(option_id="b", text="5")),
    right=RightAnswer(option_ids=("a",)),
)


def lesson(school: Campus) -> list[Event]:
    """Ben in time; Ada 6:10 late with a lost connection of 40 s; Cara never. A check, a task, talk, chat, a hand."""
    at = school.at
    ben, ada = school.ben.seat_id, school.ada.seat_id
    right = Answer(option_ids=("a",))
    return [
        ClassOpened(at(-5), at(0), at(60), False),
        PersonJoined(at(-2), "par_ben", ben, school.ben.person_id, "instructor"),
        ClassLive(at(-2), "par_ben"),
        PersonJoined(at(0) + 370_000, "par_ada", ada, school.ada.person_id, "student"),
        PersonAway(at(20) + 4_500, "par_ada", ada, at(20)),
        PersonBack(at(20) + 40_000, "par_ada", ada, 35.5),
        CheckOpened(at(25), "chk_one", "par_ben", "k1", QUESTION, None, False, None, None, ("par_ada",)),
        CheckAnswered(at(25) + 11_000, "chk_one", "par_ada", "k2", right, True, 11_000, 1),
        CheckClosed(at(26), "chk_one", "par_ben", "closed"),
        Talked(at(31), (TalkSpan("par_ada", at(30), at(31)), TalkSpan("par_ben", at(10), at(20)))),
        Talked(at(32), (TalkSpan("par_ada", at(31), at(31.5)),)),
        HandRaised(at(33), "par_ada"),
        ChatPosted(at(34), "cha_one", "k3", "par_ada", "student", "room", None, "hello Zebra", False),
        ChatDeleted(at(34.5), "cha_one", "par_ben"),
        BoardTaskStarted(at(35), "tsk_one", "par_ben", "k4", "pag_one", "Draw a circle", None, ("par_ada",)),
        BoardDrawn(at(36), "tsk_one-par_ada", "par_ada", "k5", ({"id": "e1", "version": 1},)),
        ClassEnded(at(58), "instructor", "par_ben"),
        PersonLeft(at(58), "par_ada", ada, "ended"),
        PersonLeft(at(58), "par_ben", ben, "ended"),
    ]


async def test_the_report_is_what_happened_to_the_second(school: Campus) -> None:
    await school.happened(*lesson(school))
    school.clock.advance(90 * 60)
    report = await school.good(school.ben, "/api/v1/session/report")
    fits(report, example("report"))
    people = {one["display_name"]: one for one in report["people"]}
    ada, cara = people["Ada"], people["Cara"]
    planned_s = 58 * 60
    assert ada["attendance"] | {"intervals": None} == {
        "status": "late",
        "measured_status": "late",
        "arrived_utc": "2026-03-02T09:16:10Z",
        "left_utc": "2026-03-02T10:08:00Z",
        "present_s": planned_s - 370,
        "planned_s": planned_s,
        "present_ratio": round((planned_s - 370) / planned_s, 3),
        "late_s": 370,
        "early_s": 0,
        "outside_s": 0,
        "reconnects": 1,
        "intervals": None,
        "corrections": [],
    }
    gap = {"from_utc": "2026-03-02T09:30:00Z", "to_utc": "2026-03-02T09:30:40Z"}
    assert [stretch["gaps"] for stretch in ada["attendance"]["intervals"]] == [[gap]]
    assert (cara["attendance"]["status"], cara["attendance"]["present_s"]) == ("absent", 0)
    assert people["Ben"]["attendance"]["status"] is None
    deeds = ada["engagement"]
    assert deeds["checks"] == {"asked": 1, "answered": 1, "graded": 1, "correct": 1, "response_s_median": 11}
    assert deeds["tasks"] == {"asked": 1, "done": 1}
    assert deeds["talk"] == {"talk_s": 90, "turns": 1, "share": round(90 / 690, 3), "could_speak": True}
    assert (deeds["hands"], deeds["chat"], deeds["board"]) == (1, 1, 1)
    assert cara["engagement"]["components"] == {"response": None, "voice": None, "activity": None}
    assert people["Ben"]["engagement"]["index"] is None
    assert [(one["asked"], one["answered"], one["correct"]) for one in report["checks"]] == [(1, 1, 1)]
    assert "hello Zebra" not in json.dumps(report)
    assert [one["kind"] for one in report["timeline"]][:3] == ["arrived", "live", "arrived"]
    assert report["final"] is True


async def test_a_student_sees_their_own_numbers_and_nothing_of_others(school: Campus) -> None:
    await school.happened(*lesson(school))
    school.clock.advance(90 * 60)
    mine = await school.good(school.ada, "/api/v1/session/mine")
    fits(mine, example("report", 1))
    text = json.dumps(mine)
    assert mine["me"]["attendance"]["present_s"] == 58 * 60 - 370
    assert "Cara" not in text and "Ben" not in text and school.cara.seat_id not in text
    for path in ("/api/v1/session/report", "/api/v1/session/report.json"):
        assert (await school.ask(school.ada, path))[0] == 403
    assert (await school.good(school.ada, "/api/v1/session"))["staff"] is None


async def test_who_is_missing_at_any_second(school: Campus) -> None:
    events = lesson(school)
    await school.happened(
        *events[:3], WaitingBegan(school.at(-1), "par_c", school.cara.seat_id, "", "student", "locked")
    )
    school.clock.advance(20 * 60)
    page = await school.good(school.ben, "/api/v1/session")
    fits(page, example("session"))
    staff = page["staff"]
    assert (staff["seconds_since_start"], staff["instructor_here"]) == (600, True)
    assert staff["missing"] == [
        {"seat_id": school.ada.seat_id, "display_name": "Ada", "role": "student", "late_s": 600}
    ]
    assert {one["display_name"]: one["presence"] for one in staff["people"]} == {
        "Ben": "here",
        "Ada": "missing",
        "Cara": "waiting",
    }
    await school.happened(*events[3:12])
    people = {one["display_name"]: one for one in (await school.good(school.ben, "/api/v1/session"))["staff"]["people"]}
    assert (people["Ada"]["presence"], people["Ada"]["taken_part"], people["Ben"]["taken_part"]) == ("here", True, True)


async def test_a_real_page_that_comes_in_is_here(school: Campus) -> None:
    client = await WireClient.join(school.http, school.origin, school.ben.link.path)
    try:
        page = await school.good(school.ben, "/api/v1/session")
        assert (page["staff"]["instructor_here"], page["session"]["state"]) == (True, "live")
    finally:
        await client.close()


async def test_a_correction_stands_beside_what_was_measured(school: Campus) -> None:
    await school.happened(*lesson(school))
    school.clock.advance(90 * 60)
    wish = example("session", 1) | {"seat_id": school.cara.seat_id}
    path = "/api/v1/session/attendance/corrections"
    assert (await school.ask(school.ada, path, "POST", json=wish))[0] == 403
    made = await school.good(school.ben, path, "POST", json=wish)
    fits(made, example("session", 2))
    report = await school.good(school.ben, "/api/v1/session/report")
    cara = next(one for one in report["people"] if one["display_name"] == "Cara")["attendance"]
    assert (cara["status"], cara["measured_status"], cara["present_s"]) == ("excused", "absent", 0)
    assert cara["corrections"] == [made]
    mine = await school.good(school.cara, "/api/v1/session/mine")
    assert mine["me"]["attendance"]["status"] == "excused"
    assert "corrections" not in mine["me"]["attendance"]
    for wrong in ({"reason": "x"}, {"status": "asleep"}, {"present_s": -1}, {"more": 1}, {"present_s": "5"}):
        status, refused = await school.ask(school.ben, path, "POST", json=wish | wrong)
        assert (status, refused["code"]) == (400, "bad_request"), wrong
    assert (await school.ask(school.ben, path, "POST", json=wish | {"seat_id": "sea_other"}))[0] == 404
    for _ in range(CORRECTIONS_PER_SEAT_MAX - 1):
        await school.good(school.ben, path, "POST", json=wish)
    status, refused = await school.ask(school.ben, path, "POST", json=wish)
    assert (status, refused["code"]) == (409, "full")


async def test_the_export_holds_every_fact_and_no_deleted_word(school: Campus) -> None:
    await school.happened(*lesson(school))
    status, body = await school.ask(school.ben, "/api/v1/session/report.json")
    assert status == 200
    assert [fact["seq"] for fact in body["facts"]] == list(range(1, 20))
    assert {seat["display_name"] for seat in body["seats"]} == {"Ben", "Ada", "Cara"}
    assert "hello Zebra" not in json.dumps(body)


async def test_a_safeguarding_person_reads_what_was_deleted_and_that_is_noted(school: Campus) -> None:
    await school.happened(*lesson(school))
    guard = await school.bookings.seat(school.session.session_id, "Guard", "observer")
    assert (await school.ask(guard, "/api/v1/session/report.json"))[0] == 403
    async with school.database.write() as connection:
        rights = frozenset({"safeguarding"})
        await people.set_rights(connection, school.org_id, guard.person_id, rights, school.clock.now_utc())
    assert "hello Zebra" in json.dumps(await school.good(guard, "/api/v1/session/report.json"))
    async with school.database.read() as connection:
        noted = (await connection.execute(sa.select(tables.audit.c.actor_id, tables.audit.c.action))).all()
    assert (guard.person_id, "whole_record_read") in [tuple(row) for row in noted]


async def test_my_day(school: Campus) -> None:
    ada = await school.good(school.ada, "/api/v1/day")
    assert [one["prepare"] for one in ada["sessions"]] == [None]
    day = await school.good(school.ben, "/api/v1/day")
    fits(day, example("day"))
    (only,) = day["sessions"]
    assert (day["next"], only["state"], only["students"]) == (school.session.session_id, "open", 2)
    missing = only["prepare"]["consent_missing"]
    assert {one["display_name"] for one in missing} == {"Ada", "Cara"}
    assert missing[0]["purposes"] == ["sound", "picture", "transcription"]


async def test_without_a_good_token_nothing_is_told(school: Campus) -> None:
    paths = ["/api/v1/session", "/api/v1/session/report", "/api/v1/session/mine", "/api/v1/day", "/api/v1/consents"]
    for path in paths:
        status, refused = await school.ask(None, path)
        assert (status, refused["code"]) == (401, "token_missing"), path
        status, refused = await school.ask("wrong" * 7, path)
        assert (status, refused["code"]) == (404, "link_unknown"), path
    await school.bookings.revoke(school.ada.link.link_id)
    assert (await school.ask(school.ada, "/api/v1/session"))[0] == 410


async def test_who_asks_without_end_is_told_to_wait(school: Campus) -> None:
    statuses = [(await school.ask(school.ada, "/api/v1/session/mine"))[0] for _ in range(ASKING_PER_LINK_BURST + 1)]
    assert statuses == [200] * ASKING_PER_LINK_BURST + [429]
    assert (await school.ask(school.ben, "/api/v1/session"))[0] == 200
