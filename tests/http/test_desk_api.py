"""Saved checks, consents and Cases over the real server: who may, who may not, and what the live class hears of it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server.classroom.events_class import ClassNotHeld
from server.classroom.events_safety import UnrecordedMinor
from server.limits import CHECK_SETS_PER_PERSON_MAX
from server.ops.booking import SeatedPerson
from server.ops.exception_queue import ExceptionQueue
from server.store.repositories import facts, people
from server.store.repositories.people import GuardianRights
from tests.http.real import Campus, campus
from tests.http.test_session_api import example, fits
from tests.support.wire_client import WireClient

CHECKS = "/api/v1/session/checks"
CONSENTS = "/api/v1/consents"
CASES = "/api/v1/cases"
ADMIN = "operators-word"


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[Campus]:
    async with campus(tmp_path, admin_token=ADMIN) as opened:
        yield opened


# --- saved checks ---------------------------------------------------------------------------------------------------


async def test_a_set_goes_round(school: Campus) -> None:
    wish = example("checks", 1)
    assert (await school.ask(school.ada, CHECKS, "POST", json=wish))[0] == 403
    assert (await school.ask(school.ada, CHECKS))[0] == 403
    made = await school.good(school.ben, CHECKS, "POST", json=wish)
    listed = await school.good(school.ben, CHECKS)
    fits(listed, example("checks"))
    assert listed == {"sets": [made]}
    path = f"{CHECKS}/{made['set_id']}"
    change = {"title": "Later", "checks": made["checks"], "revision": 1}
    changed = await school.good(school.ben, path, "PUT", json=change)
    assert (changed["revision"], changed["checks"]) == (2, made["checks"])
    status, refused = await school.ask(school.ben, path, "PUT", json=change)
    assert (status, refused["code"]) == (409, "stale")
    assert (await school.ask(school.ben, path, "DELETE"))[0] == 204
    assert (await school.ask(school.ben, path, "DELETE"))[0] == 404
    assert (await school.ask(school.ben, path, "PUT", json=change))[0] == 404


async def test_only_what_can_be_launched_is_saved(school: Campus) -> None:
    good = example("checks", 1)["checks"][0]
    spec = good["spec"]
    for wrong in (
        {"spec": spec | {"kind": "riddle"}},
        {"spec": spec | {"prompt": " "}},
        {"spec": spec | {"right": {"option_ids": ["maybe"]}}},
        {"spec": spec | {"prompt": "x" * 100_000}},
        {"spec": None},
        {"seconds": 0},
        {"surprise": 1},
    ):
        status, refused = await school.ask(school.ben, CHECKS, "POST", json={"title": "T", "checks": [good | wrong]})
        assert status in (400, 413), (wrong, refused)
    for body in ({"title": "T", "checks": []}, {"title": "", "checks": [good]}, {"title": "T", "checks": [good] * 51}):
        assert (await school.ask(school.ben, CHECKS, "POST", json=body))[0] == 400
    assert (await school.ask(school.ben, CHECKS, "POST", data=b"{"))[0] == 400
    assert (await school.good(school.ben, CHECKS))["sets"] == []
    assert CHECK_SETS_PER_PERSON_MAX == 200


# --- consent --------------------------------------------------------------------------------------------------------


async def guardian_of(school: Campus, student: SeatedPerson) -> SeatedPerson:
    guardian = await school.bookings.seat(school.session.session_id, "Grandma", "observer")
    now_utc = school.clock.now_utc()
    async with school.database.write() as connection:
        await people.set_guardian(
            connection, school.org_id, guardian.person_id, student.person_id, GuardianRights(), now_utc
        )
    return guardian


def decision(person: SeatedPerson, granted: bool, **more: Any) -> dict[str, Any]:
    return {"person_id": person.person_id, "purpose": "sound", "granted": granted, "wording": "sound-0"} | more


async def test_a_guardian_decides_for_a_minor_and_a_minor_may_stop(school: Campus) -> None:
    grandma = await guardian_of(school, school.ada)
    assert (await school.ask(school.ada, CONSENTS, "POST", json=decision(school.ada, True)))[0] == 403
    known = await school.good(grandma, CONSENTS)
    fits(known, example("consents"))
    assert [(one["display_name"], one["may_decide"]) for one in known["people"]] == [("Grandma", True), ("Ada", True)]
    given = await school.good(grandma, CONSENTS, "POST", json=decision(school.ada, True))
    assert (given["purposes"][0]["granted"], given["purposes"][0]["by_guardian"]) == (True, True)
    stopped = await school.good(school.ada, CONSENTS, "POST", json=decision(school.ada, False))
    assert (stopped["purposes"][0]["granted"], stopped["may_decide"]) == (False, False)
    assert (await school.ask(school.ada, CONSENTS, "POST", json=decision(school.ada, True)))[0] == 403
    assert (await school.ask(school.cara, CONSENTS, "POST", json=decision(school.ada, False)))[0] == 403
    async with school.database.write() as connection:
        await people.end_guardian(
            connection, school.org_id, grandma.person_id, school.ada.person_id, school.clock.now_utc()
        )
    assert (await school.ask(grandma, CONSENTS, "POST", json=decision(school.ada, True)))[0] == 403


async def test_an_operator_enters_what_was_signed(school: Campus) -> None:
    grandma = await guardian_of(school, school.ada)
    signed = decision(school.ada, True, given_by_person_id=grandma.person_id)
    assert (await school.ask(ADMIN, CONSENTS, "POST", json=signed))[0] == 201
    assert (await school.ask(ADMIN, CONSENTS, "POST", json=decision(school.ada, True)))[0] == 400
    by_cara = decision(school.ada, True, given_by_person_id=school.cara.person_id)
    assert (await school.ask(ADMIN, CONSENTS, "POST", json=by_cara))[0] == 403
    assert (await school.ask(school.cara, CONSENTS, "POST", json=signed))[0] == 403
    status, refused = await school.ask(ADMIN, CONSENTS, "POST", json=signed | {"wording": "sound-9"})
    assert (status, refused["code"]) == (409, "stale")
    unknown = signed | {"person_id": "per_nobody"}
    assert (await school.ask(ADMIN, CONSENTS, "POST", json=unknown))[0] == 404


async def noted(school: Campus) -> list[list[str]]:
    async with school.database.read() as connection:
        found = await facts.read(connection, school.org_id, school.session.session_id)
    return [fact.body["granted"] for fact in found if fact.kind == "consent_noted"]


async def test_the_class_notes_consent_before_it_is_live_and_follows_a_withdrawal(school: Campus) -> None:
    await school.good(school.ben, CONSENTS, "POST", json=decision(school.ben, True))
    client = await WireClient.join(school.http, school.origin, school.ben.link.path)
    try:
        async with school.database.read() as connection:
            kinds = [one.kind for one in await facts.read(connection, school.org_id, school.session.session_id)]
        assert kinds.index("consent_noted") < kinds.index("class_live")
        assert await noted(school) == [["sound"]]
        await school.good(school.ben, CONSENTS, "POST", json=decision(school.ben, False))
        # A ping is answered after whatever was posted to the Room before it.
        number = await client.send("ping")
        await client.wait(lambda one: one.get("re") == number)
        assert await noted(school) == [["sound"], []]
        (room,) = school.control.registry.snapshot()["rooms"]
        assert room["consents"] == {}
    finally:
        await client.close()


# --- cases ----------------------------------------------------------------------------------------------------------


async def with_right(school: Campus, name: str, *rights: str) -> SeatedPerson:
    made = await school.bookings.seat(school.session.session_id, name, "observer")
    async with school.database.write() as connection:
        await people.set_rights(connection, school.org_id, made.person_id, frozenset(rights), school.clock.now_utc())
    return made


def kinds(answer: dict[str, Any]) -> list[str]:
    return [one["kind"] for one in answer["cases"]]


async def test_safeguarding_is_seen_by_those_people_only_and_never_by_the_reported_one(school: Campus) -> None:
    queue = ExceptionQueue(school.database, school.clock)
    guard = await with_right(school, "Guard", "safeguarding")
    other = await with_right(school, "Other", "safeguarding", "coordinator")
    coordinator = await with_right(school, "Coordinator", "coordinator")
    context = {"text": "…", "about_person_id": other.person_id}
    case_id = await queue.open(school.org_id, "safeguarding", "one", context, session_id=school.session.session_id)
    await queue.open(school.org_id, "technical_help", "two", {"text": "I hear nothing."})
    fits(await school.good(coordinator, CASES), example("cases"))
    status, listed = await school.ask(ADMIN, CASES)
    assert (status, kinds(listed)) == (200, ["technical_help"])
    assert kinds(await school.good(coordinator, CASES)) == ["technical_help"]
    assert kinds(await school.good(other, CASES)) == ["technical_help"]
    assert kinds(await school.good(guard, CASES)) == ["safeguarding"]
    for nobody in (school.ben, school.ada):
        assert (await school.ask(nobody, CASES))[0] == 403
    close = f"{CASES}/{case_id}/close"
    for not_theirs in (ADMIN, coordinator, other):
        assert (await school.ask(not_theirs, close, "POST", json={"note": "done"}))[0] == 404
    assert (await school.ask(guard, close, "POST", json={"note": ""}))[0] == 400
    assert (await school.ask(guard, close, "POST", json={"note": "Talked to both."}))[0] == 204
    assert kinds(await school.good(guard, CASES)) == []
    assert (await school.ask(ADMIN, f"{CASES}?limit=x"))[0] == 400


async def test_a_report_from_class_becomes_a_case(school: Campus) -> None:
    guard = await with_right(school, "Guard", "safeguarding")
    ben = await WireClient.join(school.http, school.origin, school.ben.link.path)
    ada = await WireClient.join(school.http, school.origin, school.ada.link.path)
    try:
        for _ in range(2):  # a repeat of the key is one report
            number = await ada.send("ask_help", key="k1", kind="safeguarding", text="Please help me.")
            assert (await ada.wait(lambda one, n=number: one.get("re") == n))["type"] == "ack"
        (case,) = (await school.good(guard, CASES))["cases"]
        assert (case["kind"], case["context"]["by_person_id"]) == ("safeguarding", school.ada.person_id)
        export = await school.good(school.ben, "/api/v1/session/report.json")
        assert "Please help me." not in str(export)
    finally:
        await ben.close()
        await ada.close()


async def test_what_a_fact_calls_for_becomes_a_case_with_it(school: Campus) -> None:
    coordinator = await with_right(school, "Coordinator", "coordinator")
    minor = UnrecordedMinor(school.at(5), "par_ada", school.at(3))
    await school.happened(minor, minor, ClassNotHeld(school.at(90)))
    found = {one["kind"]: one["occurrences"] for one in (await school.good(coordinator, CASES))["cases"]}
    assert found == {"unrecorded_minor": 2, "instructor_missing": 1}
