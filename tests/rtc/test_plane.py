"""Control's side of the link over a real socket: resync, replaced media, refusals, overflow, silence. Media is the
fake one."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from media.contract import (
    HEADER_BYTES,
    CloseTransport,
    Codec,
    Counters,
    Event,
    LinkHello,
    SetRoom,
    SetTrack,
    SetTransport,
    TransportState,
    WantedState,
    decode_command,
    encode_frame,
    frame_length,
)
from server.clock import SystemClock
from server.errors import Unavailable
from server.rtc.fake_plane import FakeMedia
from server.rtc.plane import LinkPlane
from server.rtc.port import RoomEvent

TOKEN = "token"


class MediaServer:
    """A `FakeMedia` behind a Unix socket."""

    def __init__(self, path: Path, media: FakeMedia) -> None:
        self.path = path
        self.media = media
        self.links = 0
        self.wanted: list[WantedState] = []
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.deaf = False

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, str(self.path))

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self.cut()
            await self._server.wait_closed()
        self.path.unlink(missing_ok=True)

    def cut(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def say(self, *events: Event) -> None:
        for writer in self._writers:
            for event in events:
                writer.write(encode_frame(event))
            await writer.drain()

    async def say_bytes(self, data: bytes) -> None:
        for writer in self._writers:
            writer.write(data)
            await writer.drain()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.links += 1
        self._writers.add(writer)
        with contextlib.suppress(OSError, EOFError):
            while True:
                length = frame_length(await reader.readexactly(HEADER_BYTES))
                command = decode_command(await reader.readexactly(length))
                if self.deaf:
                    continue
                if isinstance(command, WantedState):
                    self.wanted.append(command)
                for event in self.media.handle(command):
                    writer.write(encode_frame(event))
                await writer.drain()
        self._writers.discard(writer)
        writer.close()


class Listener:
    """What the rooms are told; a test waits for it."""

    def __init__(self) -> None:
        self.events: list[tuple[str, RoomEvent]] = []
        self.replaced = 0
        self._changed = asyncio.Event()

    def media_event(self, room_id: str, event: RoomEvent) -> None:
        self.events.append((room_id, event))
        self._changed.set()

    def media_replaced(self) -> None:
        self.replaced += 1
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for news until the condition holds; other news is what makes it look again."""
        async with asyncio.timeout(10):
            while not condition():
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await self._changed.wait()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[MediaServer]:
    server = MediaServer(tmp_path / "media.sock", FakeMedia("med_1", TOKEN))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def plane(server: MediaServer) -> AsyncIterator[LinkPlane]:
    plane = LinkPlane(f"unix:{server.path}", TOKEN, "ctl_1", 1, SystemClock())
    yield plane
    await plane.stop()


def transport(name: str = "trn_1", ufrag: str = "aaaa") -> SetTransport:
    return SetTransport(
        transport_id=name,
        room_id="rom_1",
        participant_id="par_1",
        direction="publish",
        ice_ufrag=ufrag,
        ice_pwd="p" * 24,
    )


TRACK = SetTrack(
    track_id="trk_1",
    transport_id="trn_1",
    participant_id="par_1",
    kind="audio",
    mid="0",
    codec=Codec(name="opus", payload_type=111, clock_rate_hz=48000),
)


async def started(plane: LinkPlane) -> Listener:
    listener = Listener()
    await plane.start(listener)
    await listener.until(lambda: listener.replaced == 1)
    return listener


async def test_rooms_opened_before_media_answers_get_a_place(server: MediaServer, plane: LinkPlane) -> None:
    plane.open_room("rom_1")
    assert plane.home("rom_1") is None
    plane.put(transport())
    listener = await started(plane)
    home = plane.home("rom_1")
    assert home is not None and (home.media_id, home.shard) == ("med_1", 0) and home.candidates
    await listener.until(lambda: bool(server.wanted))
    assert server.wanted[0].rooms == (SetRoom(room_id="rom_1", shard=0),)
    assert not server.wanted[0].transports, "what was promised to no media process is promised anew by the room"


async def test_commands_and_events(server: MediaServer, plane: LinkPlane) -> None:
    listener = await started(plane)
    plane.open_room("rom_1")
    plane.put(transport())
    plane.put(TRACK)
    await listener.until(lambda: "trk_1" in server.media.tracks)
    await server.say(*server.media.connect("trn_1"), *server.media.receive("trk_1"), Counters(values={"drops": 3}))
    await listener.until(lambda: bool(plane.counters()))
    assert [room for room, _ in listener.events] == ["rom_1", "rom_1"]
    assert plane.counters() == {"drops": 3}
    plane.put(CloseTransport(transport_id="trn_1"))
    await listener.until(lambda: not server.media.tracks)
    await server.say(TransportState(transport_id="trn_1", state="closed"), Counters(values={}))
    await listener.until(lambda: not plane.counters())
    assert len(listener.events) == 2, "news of what was closed meanwhile ends at the plane"
    assert "med_1" in await plane.media_snapshot()


async def test_a_lost_link_is_filled_again_and_tells_what_was_missed(server: MediaServer, plane: LinkPlane) -> None:
    listener = await started(plane)
    plane.open_room("rom_1")
    plane.put(transport())
    plane.put(TRACK)
    await listener.until(lambda: "trk_1" in server.media.tracks)
    server.cut()
    server.media.connect("trn_1")  # while nobody listens
    plane.put(transport("trn_2"))
    await listener.until(lambda: server.links == 2 and "trn_2" in server.media.transports)
    await listener.until(lambda: bool(listener.events))
    assert listener.replaced == 1, "it is the same media process"
    missed = next(event for _, event in listener.events if isinstance(event, TransportState))
    assert (missed.transport_id, missed.state) == ("trn_1", "connected")
    assert {t.transport_id for t in server.wanted[-1].transports} == {"trn_1", "trn_2"}


async def test_another_media_process_means_that_everything_is_gone(server: MediaServer, plane: LinkPlane) -> None:
    listener = await started(plane)
    plane.open_room("rom_1")
    plane.put(transport())
    await listener.until(lambda: bool(server.media.transports))
    server.media = FakeMedia("med_2", TOKEN)
    server.cut()
    await listener.until(lambda: listener.replaced == 2)
    await listener.until(lambda: len(server.wanted) == 2)
    assert server.wanted[-1].rooms and not server.wanted[-1].transports
    home = plane.home("rom_1")
    assert home is not None and home.media_id == "med_2"


async def test_a_wrong_token_is_not_tried_all_the_time(server: MediaServer) -> None:
    plane = LinkPlane(f"unix:{server.path}", "wrong", "ctl_1", 1, SystemClock())
    listener = Listener()
    await plane.start(listener)
    await listener.until(lambda: server.links == 1)
    for _ in range(20):
        await asyncio.sleep(0)
    assert server.links == 1 and not plane.linked and listener.replaced == 0
    await plane.stop()


async def test_nonsense_from_media_cuts_the_link_and_no_more(server: MediaServer, plane: LinkPlane) -> None:
    listener = await started(plane)
    for nonsense in (
        b"\x00\x00\x00\x03abc",
        b"\xff\xff\xff\xff",
        encode_frame(server.media.handle(LinkHello(1, TOKEN, "c", 1))[0]),
    ):
        links = server.links
        await server.say_bytes(nonsense)
        await listener.until(lambda links=links: server.links == links + 1 and plane.linked)  # type: ignore[misc]
    assert listener.replaced == 1


async def test_a_full_queue_cuts_the_link_and_fills_it_again(server: MediaServer) -> None:
    plane = LinkPlane(f"unix:{server.path}", TOKEN, "ctl_1", 1, SystemClock(), queue_max=50)
    listener = await started(plane)
    plane.open_room("rom_1")
    for number in range(200):
        plane.put(transport(f"trn_{number}"))
    await listener.until(lambda: server.links == 2 and len(server.media.transports) == 200)
    assert plane.snapshot()["queued"] == 0
    await plane.stop()


async def test_without_media_nothing_can_be_asked(tmp_path: Path) -> None:
    plane = LinkPlane(f"unix:{tmp_path / 'none.sock'}", TOKEN, "ctl_1", 1, SystemClock())
    await plane.start(Listener())
    with pytest.raises(Unavailable):
        await plane.media_snapshot()
    assert not plane.linked and plane.snapshot()["media_id"] is None
    await plane.stop()
