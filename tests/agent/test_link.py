"""The link's listening side with a made-up process behind it: limits, strangers, slow controls."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from media.agent import link
from media.agent.existing import CloseCommand, SetCommand
from media.agent.link import GREETING_MAX, LinkServer
from media.agent.outbox import MUST_ARRIVE_MAX, EventOutbox
from media.contract import (
    LINK_VERSION,
    CloseRoom,
    CommandFailed,
    CurrentState,
    Fingerprint,
    GetSnapshot,
    LinkRefused,
    MediaHello,
    Snapshot,
    TrackLive,
    WantedState,
)
from tests.contract.sides import TOKEN, Conversation, SocketLink, make_hello


class Desk:
    """Says yes to everything and keeps what it heard."""

    def __init__(self) -> None:
        self.outbox: EventOutbox | None = None
        self.applied: list[SetCommand | CloseCommand] = []
        self.asked = asyncio.Event()
        self.answer = asyncio.Event()

    def hello(self) -> MediaHello:
        fingerprint = Fingerprint(algorithm="sha-256", value="00")
        return MediaHello(
            version=LINK_VERSION, media_id="med_1", node="here", fingerprint=fingerprint, shards=(), build="test"
        )

    async def converge(self, wanted: WantedState, outbox: EventOutbox) -> None:
        self.outbox = outbox
        outbox.put(CurrentState(rooms=(), transports=(), tracks=(), subscriptions=()))

    async def apply(self, command: SetCommand | CloseCommand) -> None:
        self.applied.append(command)

    async def snapshot(self) -> str:
        self.asked.set()
        await self.answer.wait()
        return "{}"

    def detach(self, outbox: EventOutbox) -> None:
        if self.outbox is outbox:
            self.outbox = None


class House:
    """A listening link and the controls of a test."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.server = LinkServer("127.0.0.1:0", TOKEN, self.desk)
        self.port = 0
        self.controls: list[Conversation] = []

    async def control(self) -> Conversation:
        streams = await asyncio.open_connection("127.0.0.1", self.port)
        self.controls.append(Conversation(SocketLink(*streams)))
        return self.controls[-1]


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    address = await house.server.start()
    house.port = int(address.rpartition(":")[2])
    yield house
    for control in house.controls:
        await control.close()
    await house.server.stop()


async def test_over_tcp_as_over_a_socket(house: House) -> None:
    control = await house.control()
    hello, _ = await control.start()
    assert hello.media_id == "med_1"


async def test_a_control_that_does_not_read_is_cut_off_and_may_come_back(house: House) -> None:
    control = await house.control()
    await control.start()
    assert house.desk.outbox is not None
    for number in range(MUST_ARRIVE_MAX + 1):
        house.desk.outbox.put(TrackLive(track_id=f"trk_{number}", spatial=0, active=True))
    with pytest.raises((EOFError, ConnectionError)):
        while True:
            await control.hear()
    assert house.server.counters["links_overflowed"] == 1
    assert house.desk.outbox is None
    await (await house.control()).start()


async def test_one_stranger_over_the_limit_is_sent_away(house: House) -> None:
    strangers = [await house.control() for _ in range(GREETING_MAX)]
    # Connections are accepted in the order in which they were made.
    last = await house.control()
    answer = await last.hear()
    assert isinstance(answer, LinkRefused)
    assert answer.code == "busy"
    await strangers[0].start()


async def test_who_says_nothing_is_cut_off(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "HELLO_TIMEOUT_S", 0.05)
    silent = await house.control()
    with pytest.raises(EOFError):
        await silent.hear()


async def test_commands_wait_for_the_wanted_state(house: House) -> None:
    control = await house.control()
    await control.send(make_hello(), CloseRoom(room_id="rom_1"))
    with pytest.raises(EOFError):
        while True:
            await control.hear()
    assert house.desk.applied == []


async def test_a_second_hello_ends_the_link(house: House) -> None:
    control = await house.control()
    await control.start()
    await control.send(make_hello())
    with pytest.raises(EOFError):
        await control.hear()


async def test_one_snapshot_at_a_time(house: House) -> None:
    control = await house.control()
    await control.start()
    await control.send(GetSnapshot(command_id="cmd_1"))
    await house.desk.asked.wait()
    await control.send(GetSnapshot(command_id="cmd_2"), CloseRoom(room_id="rom_1"))
    refused = await control.until(CommandFailed)
    assert (refused.command_id, refused.code) == ("cmd_2", "busy")
    house.desk.answer.set()
    assert (await control.until(Snapshot)).command_id == "cmd_1"
    # The link went on while the snapshot was made.
    assert house.desk.applied == [CloseRoom(room_id="rom_1")]
