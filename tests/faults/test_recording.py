"""A class of two is recorded while something is killed: what its publishers sent is in the result, bit by bit."""

import asyncio
from pathlib import Path

import av
import pytest

from signaling.messages import RecordingChanged
from tests.e2e_aiortc.client import Client
from tests.support.recorded import Publisher, RecordedServer, go_home, missing
from tests.support.recording_faults import CASE_S_MAX, may_mount, suffer

pytestmark = pytest.mark.timeout(180)


async def test_a_class_is_recorded_twice_united_and_played(tmp_path: Path) -> None:
    async with (
        RecordedServer(tmp_path) as server,
        Client(server.instructor) as ada,
        Client(server.student) as bob,
    ):
        await ada.enter()
        await bob.enter()
        people = [Publisher(ada), Publisher(bob)]
        for one in people:
            await one.publish()
        await bob.until(lambda: [m for m in bob.all(RecordingChanged) if m.state == "on"])
        await asyncio.sleep(6)
        await go_home(people)
        manifest = await server.made()
        assert not manifest["problems"], manifest["problems"]
        found = server.packets()
        for one in people:
            assert len(one.sent) > 300
            assert missing(one.sent, found) == (0, 0)
        assert {track["source"] for track in manifest["tracks"]} == {"mic", "camera"}
        assert all(copy["records"] > 500 and not copy["damaged"] for copy in manifest["copies"])
        _, listed = await server.ask("/api/v1/recordings", server.student)
        (mine,) = listed["recordings"]
        status, shown = await server.ask(f"/api/v1/recordings/{mine['recording_id']}", server.student)
        assert status == 200 and len(shown["tracks"]) == 4
        for file in [shown["sound"], *shown["tracks"]]:
            status, content = await server.ask(file["url"], "")
            path = tmp_path / "played.webm"
            path.write_bytes(content)
            with av.open(str(path)) as container:
                assert sum(1 for _ in container.decode(0)) > 40
        tampered = shown["sound"]["url"].replace("until=1", "until=2")
        assert (await server.ask(tampered, ""))[0] == 403


@pytest.mark.parametrize("name", ["recorder_killed", "media_killed"])
async def test_a_killed_writer_costs_nothing(name: str, tmp_path: Path) -> None:
    outcome = await suffer(name, tmp_path)
    assert (outcome.lost, outcome.changed) == (0, 0)
    assert outcome.sent > 300


async def test_a_full_disk_is_a_case_and_costs_nothing(tmp_path: Path) -> None:
    if not may_mount(tmp_path):
        pytest.skip("this machine gives no disk to a test")
    outcome = await suffer("disk_a_full", tmp_path)
    assert (outcome.lost, outcome.changed) == (0, 0)
    assert outcome.case_after_s is not None and outcome.case_after_s <= CASE_S_MAX
