"""The load tool's door: closed without a token, and the token itself never travels."""

import io
from typing import Any

import pytest

from server.access.loadtest import LoadtestGate
from server.errors import Unavailable
from server.http.caller import Callers
from server.http.loadtest import loadtest_routes
from server.limits import LOADTEST_CHALLENGE_S, LOADTEST_CHALLENGES_MAX, LOADTEST_REQUESTS_BURST
from server.ops.loadtest import BotSessions
from signaling.loadtest import SEATS_MAX, is_proof, server_proof, tool_proof
from tests.http.conftest import Client, MakeClient, School

TOKEN = "correct horse battery staple"
NONCE = "0123456789abcdef"


@pytest.fixture
async def client(make_client: MakeClient, school: School) -> Client:
    gate = LoadtestGate(TOKEN, school.clock)
    routes = loadtest_routes(gate, BotSessions(school.database, school.clock), Callers((), "", ""))
    return await make_client(more_routes=tuple(routes))


async def wish(client: Client, token: str = TOKEN, **changed: Any) -> dict[str, Any]:
    """What a tool with this token posts after asking."""
    answer = await (await client.get("/api/v1/loadtest", params={"nonce": NONCE})).json()
    asked = {"instructors": 1, "students": 3, "minutes": 10}
    proof = tool_proof(token, answer["challenge"], **asked)
    return {"challenge": answer["challenge"], "proof": proof, **asked, **changed}


async def test_without_a_token_there_is_no_door(make_client: MakeClient, school: School) -> None:
    routes = loadtest_routes(None, BotSessions(school.database, school.clock), Callers((), "", ""))
    client = await make_client(more_routes=tuple(routes))
    assert (await client.get("/api/v1/loadtest", params={"nonce": NONCE})).status == 404
    assert (await client.post("/api/v1/loadtest/sessions", json={})).status in (404, 405)


async def test_the_host_proves_that_it_holds_the_token(client: Client) -> None:
    answer = await client.get("/api/v1/loadtest", params={"nonce": NONCE})
    body = await answer.json()
    assert is_proof(body["proof"], server_proof(TOKEN, NONCE, body["challenge"]))
    assert not is_proof(body["proof"], server_proof("another token altogether", NONCE, body["challenge"]))


async def test_a_proof_makes_a_session_whose_links_work(client: Client, school: School, log_text: io.StringIO) -> None:
    answer = await client.post("/api/v1/loadtest/sessions", json=await wish(client))
    assert answer.status == 201
    made = await answer.json()
    assert [seat["role"] for seat in made["seats"]] == ["instructor", "student", "student", "student"]
    ticket = await client.post("/api/v1/join/" + made["seats"][0]["path"].removeprefix("/j/"))
    claims = await school.tickets.redeem((await ticket.json())["ticket"])
    assert (claims.session_id, claims.role) == (made["session_id"], "instructor")
    assert "loadtest_session_made" in log_text.getvalue()
    assert TOKEN not in log_text.getvalue() and made["seats"][0]["path"] not in log_text.getvalue()


async def test_links_end_with_the_session(client: Client, school: School) -> None:
    made = await (await client.post("/api/v1/loadtest/sessions", json=await wish(client))).json()
    school.clock.advance(11 * 60)
    answer = await client.post("/api/v1/join/" + made["seats"][0]["path"].removeprefix("/j/"))
    assert (await answer.json())["code"] == "link_expired"


async def test_a_proof_is_good_once_and_for_its_own_wish_only(client: Client, school: School) -> None:
    body = await wish(client)
    assert (await client.post("/api/v1/loadtest/sessions", json=body)).status == 201
    assert (await client.post("/api/v1/loadtest/sessions", json=body)).status == 403
    assert (await client.post("/api/v1/loadtest/sessions", json=await wish(client, students=300))).status == 403
    assert (
        await client.post("/api/v1/loadtest/sessions", json=await wish(client, "another token of ours"))
    ).status == 403
    late = await wish(client)
    school.clock.advance(LOADTEST_CHALLENGE_S + 1)
    assert (await client.post("/api/v1/loadtest/sessions", json=late)).status == 403


@pytest.mark.parametrize(
    "changed", [{"students": SEATS_MAX + 1}, {"students": -1}, {"minutes": 0}, {"more": 1}, {"instructors": SEATS_MAX}]
)
async def test_what_is_out_of_bounds_is_refused(client: Client, changed: dict[str, Any]) -> None:
    assert (await client.post("/api/v1/loadtest/sessions", json=await wish(client, **changed))).status == 400


async def test_a_nonce_is_needed(client: Client) -> None:
    assert (await client.get("/api/v1/loadtest")).status == 400
    assert (await client.get("/api/v1/loadtest", params={"nonce": "x" * 129})).status == 400


async def test_asking_is_limited(client: Client) -> None:
    statuses = [
        (await client.get("/api/v1/loadtest", params={"nonce": NONCE})).status
        for _ in range(LOADTEST_REQUESTS_BURST + 1)
    ]
    assert statuses[-2:] == [200, 429]


def test_open_challenges_are_bounded(school: School) -> None:
    gate = LoadtestGate(TOKEN, school.clock)
    for number in range(LOADTEST_CHALLENGES_MAX + 1):
        gate.challenge(NONCE, str(number))
    assert len(gate._open) == LOADTEST_CHALLENGES_MAX


def test_a_short_token_is_refused_at_the_start(school: School) -> None:
    with pytest.raises(Unavailable):
        LoadtestGate("short", school.clock)
