"""The real media process as a process: killed, stopped, taken over, flooded, asked for its state."""

import json
import signal
from pathlib import Path

import msgspec
import pytest

from media.contract import (
    FRAME_BYTES_MAX,
    CloseRoom,
    CommandFailed,
    CurrentState,
    GetSnapshot,
    LinkRefused,
    SetRoom,
    Snapshot,
    WantedState,
)
from tests.contract.objects import ALL, PUBLISH, ROOM, WANTED
from tests.contract.sides import MediaProcess, make_hello


async def test_a_killed_process_comes_back_as_another(process: MediaProcess) -> None:
    link = await process.connect()
    before, _ = await link.start(WANTED)
    await process.kill(signal.SIGKILL)
    with pytest.raises((EOFError, ConnectionError)):
        while True:
            await link.hear()
    await process.start()
    again = await process.connect()
    after, current = await again.start(WANTED)
    assert after.media_id != before.media_id
    assert after.fingerprint != before.fingerprint
    assert {state for _, state in current.transports} == {"new"}
    await again.close()
    await link.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_stops_in_order(process: MediaProcess, number: signal.Signals) -> None:
    link = await process.connect()
    await link.start(WANTED)
    assert await process.kill(number) == 0
    with pytest.raises(EOFError):
        while True:
            await link.hear()
    assert not process.socket.exists()
    lines = [json.loads(line) for line in process.log.read_text().splitlines()]
    assert [line["event"] for line in lines][-2:] == ["media_stopping", "link_closed"]
    assert not any("token" in json.dumps(line) or "127.0.0.1" in json.dumps(line) for line in lines)
    await link.close()


async def test_a_second_process_does_not_take_the_socket(process: MediaProcess, tmp_path: Path) -> None:
    link = await process.connect()
    second = MediaProcess(tmp_path)
    await second.start()
    assert await second.ended() == 1
    assert "another media process listens" in second.log.read_text()
    await link.start()
    await link.close()


async def test_the_socket_is_for_this_user_only(process: MediaProcess) -> None:
    link = await process.connect()
    assert process.socket.stat().st_mode & 0o777 == 0o600
    await link.close()


async def test_a_new_control_takes_over_and_the_old_link_ends(process: MediaProcess) -> None:
    first = await process.connect()
    await first.start(WANTED)
    second = await process.connect()
    _, current = await second.start(WANTED, lease_epoch=2, control_id="ctl_other")
    assert current.rooms == ("rom_1",)
    with pytest.raises((EOFError, ConnectionError)):
        while True:
            await first.hear()
    await second.send(CloseRoom(room_id="rom_1"))
    await second.settled()
    await first.close()
    await second.close()


async def test_the_snapshot_is_json_with_ids(process: MediaProcess) -> None:
    link = await process.connect()
    await link.start(WANTED)
    await link.send(GetSnapshot(command_id="cmd_look"))
    answer = await link.until(Snapshot)
    state = json.loads(answer.json)
    assert answer.command_id == "cmd_look"
    assert state["agent"]["existing"] == {"rooms": 1, "transports": 2, "tracks": 2, "subscriptions": 1}
    assert "trn_pub" in state["plane"]["ids"]["transport"].values()
    await link.close()


async def test_a_stranger_is_cut_off_and_nothing_of_him_is_kept(process: MediaProcess) -> None:
    link = await process.connect()
    await link.send(ROOM)
    answer = await link.hear()
    assert isinstance(answer, LinkRefused)
    assert answer.code == "hello_first"
    with pytest.raises(EOFError):
        await link.hear()
    await link.close()


async def test_a_hello_over_the_limit_is_cut_off(process: MediaProcess) -> None:
    link = await process.connect()
    await link.send(make_hello(token="x" * 5000))
    with pytest.raises(EOFError):
        await link.hear()
    await link.close()


async def test_a_frame_that_is_none_ends_the_link_and_media_goes_on(process: MediaProcess) -> None:
    link = await process.connect()
    await link.start(WANTED)
    await link.write(FRAME_BYTES_MAX.to_bytes(4, "big")[:3] + b"\x05" + b"nope!")
    with pytest.raises((EOFError, ConnectionError)):
        while True:
            await link.hear()
    await link.close()
    again = await process.connect()
    _, current = await again.start(WANTED)
    assert current.subscriptions == ("sub_1",)
    await again.close()


async def test_a_large_class_is_opened_whole(process: MediaProcess) -> None:
    """More than one turn of a shard takes: nothing is lost, and all goes at once when it is not wanted."""
    rooms = tuple(SetRoom(room_id=f"rom_{n}", shard=0) for n in range(500))
    transports = tuple(
        msgspec.structs.replace(PUBLISH, transport_id=f"trn_{n}", room_id=f"rom_{n % 500}", ice_ufrag=f"ufrag{n:05}")
        for n in range(3_000)
    )
    link = await process.connect()
    _, current = await link.start(WantedState(rooms=rooms, transports=transports))
    assert (len(current.rooms), len(current.transports)) == (500, 3_000)
    assert not [event for event in await link.settled() if isinstance(event, CommandFailed)]
    link.events.clear()
    await link.send(WantedState())
    current = await link.until(CurrentState)
    assert current.transports == ()
    await link.close()


async def test_what_the_engine_refuses_is_told_with_the_commands_id(process: MediaProcess) -> None:
    link = await process.connect()
    await link.start()
    limit = 1024
    rooms = [SetRoom(room_id=f"rom_{n}", shard=0, command_id=f"cmd_{n}") for n in range(limit + 1)]
    await link.send(*rooms)
    (failed,) = [event for event in await link.settled() if isinstance(event, CommandFailed)]
    assert (failed.command_id, failed.object_id, failed.code) == (f"cmd_{limit}", f"rom_{limit}", "limit_reached")
    await link.send(CloseRoom(room_id="rom_0"), rooms[limit])
    assert len([event for event in await link.settled() if isinstance(event, CommandFailed)]) == 1
    await link.close()


@pytest.mark.parametrize(
    "bad",
    [
        {"ice_pwd": "short"},
        {"ice_ufrag": "with space"},
        {"participant_id": ""},
    ],
)
async def test_malformed_values_are_refused_by_name(process: MediaProcess, bad: dict[str, str]) -> None:
    link = await process.connect()
    await link.start()
    await link.send(ROOM, msgspec.structs.replace(PUBLISH, **bad))
    (failed,) = [event for event in await link.settled() if isinstance(event, CommandFailed)]
    assert failed.code == "refused"
    assert next(iter(bad)) in failed.text
    await link.close()


async def test_everything_again_after_everything(process: MediaProcess) -> None:
    """Open and close the lot many times: no key, id or handshake is left over."""
    link = await process.connect()
    await link.start()
    for _ in range(50):
        await link.send(*ALL, CloseRoom(room_id="rom_1"))
    assert not [event for event in await link.settled() if isinstance(event, CommandFailed)]
    await link.send(GetSnapshot(command_id="cmd_look"))
    state = json.loads((await link.until(Snapshot)).json)
    assert state["plane"]["ids"] == {}
    assert state["agent"]["handshakes"]["transports"] == 0
    await link.close()
