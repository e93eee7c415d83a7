"""What machines and operators ask."""

from tests.http.conftest import MakeClient, School


async def test_alive_is_not_ready(make_client: MakeClient, school: School) -> None:
    client = await make_client()
    assert (await client.get("/healthz/live")).status == 200
    answer = await client.get("/healthz/ready")
    assert (answer.status, await answer.json()) == (200, {"status": "ready", "checks": {"store": "ok", "media": "ok"}})
    school.media_up = False
    answer = await client.get("/healthz/ready")
    assert answer.status == 503
    assert (await answer.json())["checks"] == {"store": "ok", "media": "media_unavailable"}
    assert (await client.get("/healthz/live")).status == 200


async def test_metrics(make_client: MakeClient, school: School) -> None:
    school.metrics.gauges(lambda: {"rooms": 2.0})
    school.metrics.counters(lambda: {"datagrams_in": 7})
    client = await make_client()
    await client.get("/healthz/live")
    answer = await client.get("/metrics")
    text = await answer.text()
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "homeroom_rooms 2.0" in text
    assert 'homeroom_media_total{name="datagrams_in"} 7.0' in text
    assert 'homeroom_http_requests_total{method="GET",route="/healthz/live",status="200"} 1.0' in text


async def test_the_inside_is_for_operators(make_client: MakeClient, school: School) -> None:
    school.rooms.live.add("ses_x")
    client = await make_client()
    assert await (await client.get("/debug/snapshot")).json() == {"live": {"rooms": ["ses_x"]}}
    client = await make_client(admin_token="swordfish")
    for path in ("/debug/snapshot", "/metrics"):
        answer = await client.get(path)
        assert (answer.status, (await answer.json())["code"]) == (403, "not_allowed")
        answer = await client.get(path, headers={"Authorization": "Bearer swordfish"})
        assert answer.status == 200
