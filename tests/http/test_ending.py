"""A class is ended from outside of it: by a coordinator's or instructor's link, or by an operator; by nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.http.real import Campus, campus
from tests.support.wire_client import WireClient

TOKEN = "an-operator-of-this-test"


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[Campus]:
    async with campus(tmp_path, admin_token=TOKEN) as opened:
        yield opened


async def test_an_operator_ends_a_class_and_a_student_does_not(school: Campus) -> None:
    path = f"/api/v1/sessions/{school.session.session_id}/end"
    ben = await WireClient.join(school.http, school.origin, school.ben.link.path)
    for url in ("/api/v1/session/end", path):
        status, body = await school.ask(school.ada, url, "POST")
        assert (status, body["code"]) == (403, "not_allowed")
    async with school.http.post(school.origin + path, headers={"Authorization": f"Bearer {TOKEN}"}) as answer:
        assert (answer.status, await answer.json()) == (202, {"ended": True})
    bye = await ben.wait(lambda one: one["type"] == "bye")
    assert bye["code"] == "ended"
    await ben.close()
    assert await school.good(school.ben, "/api/v1/session/end", "POST") == {"ended": False}, "nobody is there any more"
