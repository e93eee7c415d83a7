"""The door over HTTP."""

import pytest

from server.limits import BODY_BYTES_MAX, FAILURES_PER_ADDRESS_BURST
from tests.http.conftest import MakeClient, School


async def test_a_link_is_described(make_client: MakeClient, school: School) -> None:
    client = await make_client()
    answer = await client.get(f"/api/v1/join/{school.token}")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert await answer.json() == {
        "session": {
            "session_id": school.session.session_id,
            "title": "Quadratic Zebra",
            "starts_utc": "2026-03-02T09:10:00Z",
            "ends_utc": "2026-03-02T10:10:00Z",
            "state": "open",
        },
        "display_name": "Philippa",
        "role": "student",
        "in_use": False,
    }


async def test_a_description_says_what_happens_now(make_client: MakeClient, school: School) -> None:
    client = await make_client()
    school.rooms.live.add(school.session.session_id)
    school.rooms.in_use.add(school.student.seat_id)
    described = await (await client.get(f"/api/v1/join/{school.token}")).json()
    assert (described["session"]["state"], described["in_use"]) == ("live", True)
    school.clock.advance(86400)
    described = await (await client.get(f"/api/v1/join/{school.token}")).json()
    assert described["session"]["state"] == "ended"


async def test_a_link_is_exchanged_for_a_ticket_that_works(make_client: MakeClient, school: School) -> None:
    client = await make_client()
    answer = await client.post(f"/api/v1/join/{school.token}")
    assert answer.status == 200
    body = await answer.json()
    assert (body["ws_path"], body["expires_in_s"], body["session_id"]) == ("/ws", 60, school.session.session_id)
    claims = await school.tickets.redeem(body["ticket"])
    assert claims.seat_id == school.student.seat_id
    assert 'homeroom_join_exchanges_total{code="ok"} 1.0' in school.metrics.render().decode()


async def test_refusals_have_a_code_a_sentence_and_a_status(make_client: MakeClient, school: School) -> None:
    client = await make_client()
    answer = await client.post("/api/v1/join/nowhere")
    assert answer.status == 404
    assert await answer.json() == {
        "code": "link_unknown",
        "text": "This link does not lead to a class. Check that all of it was copied.",
    }
    await school.bookings.revoke(school.student.link.link_id)
    answer = await client.get(f"/api/v1/join/{school.token}")
    assert (answer.status, (await answer.json())["code"]) == (410, "link_revoked")


async def test_outside_the_hours(make_client: MakeClient, school: School) -> None:
    client = await make_client()
    school.clock.advance(86400)
    answer = await client.post(f"/api/v1/join/{school.token}")
    assert (answer.status, (await answer.json())["code"]) == (410, "session_ended")


async def test_who_guesses_is_told_to_wait(make_client: MakeClient, school: School) -> None:
    client = await make_client()
    statuses = [(await client.get(f"/api/v1/join/x{n}")).status for n in range(FAILURES_PER_ADDRESS_BURST + 1)]
    assert statuses == [404] * FAILURES_PER_ADDRESS_BURST + [429]
    answer = await client.get(f"/api/v1/join/{school.token}")
    assert answer.status == 429
    assert answer.headers["Retry-After"] == "2"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://class.example.org"}, 200),
    ],
)
async def test_another_sites_page_gets_no_ticket(
    make_client: MakeClient, school: School, headers: dict[str, str], status: int
) -> None:
    client = await make_client(public_url="https://class.example.org")
    assert (await client.post(f"/api/v1/join/{school.token}", headers=headers)).status == status


async def test_ones_own_page_does(make_client: MakeClient, school: School) -> None:
    client = await make_client()
    origin = f"http://{client.host}:{client.port}"
    assert (await client.post(f"/api/v1/join/{school.token}", headers={"Origin": origin})).status == 200


async def test_wrong_methods_and_large_bodies(make_client: MakeClient, school: School) -> None:
    client = await make_client()
    answer = await client.put("/api/v1/join/x")
    assert (answer.status, (await answer.json())["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]
    # No route reads a body today; what is sent all the same is neither kept nor waited for.
    answer = await client.post(f"/api/v1/join/{school.token}", data=b"x" * (BODY_BYTES_MAX + 1))
    assert answer.status in (200, 413)
    answer = await client.get("/api/v1/join/" + "A" * 9000)
    assert answer.status == 400
