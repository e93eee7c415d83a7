"""The build fails if a name, an address, a token or a ticket gets into the log."""

import json
from typing import Any

import pytest
from aiohttp import web

from server.errors import Rejected
from tests.http.conftest import MakeClient, School


async def test_nothing_private_is_logged(make_client: MakeClient, school: School, log_text: Any) -> None:
    """Joining, failing to join and a bug on the way, at the most talkative level."""

    async def breaks(request: web.Request) -> web.StreamResponse:
        raise RuntimeError(f"{request.path} for {request.remote} with {request.headers['Authorization']}")

    client = await make_client(
        proxies=("127.0.0.1",), more_routes=(web.get("/break/{token}", breaks), web.get("/j2/{token}", breaks))
    )
    headers = {"X-Forwarded-For": "203.0.113.77", "User-Agent": "Browser of Philippa"}
    await client.get(f"/j/{school.token}", headers=headers)
    await client.get(f"/api/v1/join/{school.token}", headers=headers)
    ticket = (await (await client.post(f"/api/v1/join/{school.token}", headers=headers)).json())["ticket"]
    await school.tickets.redeem(ticket)
    for bad in (ticket, ticket[:-4] + "AAAA", "not-a-ticket"):
        with pytest.raises(Rejected):
            await school.tickets.redeem(bad)
    await client.get(f"/api/v1/join/{school.token}wrong", headers=headers)
    await client.get(f"/break/{school.token}", headers=headers | {"Authorization": f"Bearer {ticket}"})
    await client.get(f"/nowhere/{school.token}?ticket={ticket}", headers=headers)

    text = log_text.getvalue()
    assert "ticket_refused" in text and "link_refused" in text and "request_failed" in text
    private = [school.token, ticket, ticket.split(".")[1], "Philippa", "Quadratic Zebra", "203.0.113.77"]
    for word in private:
        assert word not in text, f"{word[:12]}… stands in the log"
    for line in text.splitlines():
        assert {"event", "level", "at", "process"} <= json.loads(line).keys()
