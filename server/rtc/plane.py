"""The link to a media process: control's side.

`LinkPlane` keeps what control wants (`wanted.py`) and an open link. Commands go out at once while the link stands;
when it breaks, nothing is lost: at the next connection the whole wanted state goes first. When the outgoing queue is
full, or media has been silent for too long, the link is cut and filled again, so neither side can fall behind for ever.

A `media_id` that is not the one before means that every transport is gone: the wanted transports are forgotten and the
listener is told. Must not decide anything about people or Rooms.
"""

import asyncio
import contextlib
from typing import Any

import structlog

from media.contract import (
    HEADER_BYTES,
    LINK_VERSION,
    CloseRoom,
    CloseTransport,
    Command,
    CommandFailed,
    Counters,
    CurrentState,
    Event,
    FrameError,
    GetSnapshot,
    LinkHello,
    LinkRefused,
    MediaHello,
    RoomFaulted,
    SetRoom,
    SlotMapped,
    Snapshot,
    Speakers,
    SubscriptionLayer,
    TrackLive,
    TransportState,
    TransportStats,
    decode_event,
    encode_frame,
    frame_length,
)
from server.clock import Clock
from server.errors import Fault, Unavailable
from server.ids import mint
from server.rtc.placement import place
from server.rtc.port import MediaHome, PlaneListener, RoomCommand, RoomEvent
from server.rtc.wanted import Wanted

QUEUE_COMMANDS_MAX = 20_000  # 300 arrivals with 30 Subscriptions each, twice; over it the link is cut and filled again
CONNECT_TIMEOUT_S = 5.0
WRITE_TIMEOUT_S = 5.0
SILENCE_S_MAX = 10.0  # media sends counters every 2 s
SNAPSHOT_TIMEOUT_S = 5.0
SNAPSHOTS_MAX = 16
BACKOFF_S = (0.05, 0.1, 0.2, 0.4, 0.5)  # the last one repeats: a restarted media process is found within half a second
REFUSED_BACKOFF_S = 2.0

_log = structlog.get_logger("rtc")


class _LinkLost(Exception):
    """The link ended; the text says why."""


class LinkPlane:
    """One media process behind a Unix socket (`unix:/path`) or TCP (`host:port`)."""

    def __init__(
        self,
        address: str,
        token: str,
        control_id: str,
        lease_epoch: int,
        clock: Clock,
        queue_max: int = QUEUE_COMMANDS_MAX,
    ) -> None:
        self._address = address
        self._token = token
        self._control_id = control_id
        self._lease_epoch = lease_epoch
        self._clock = clock
        self._wanted = Wanted()
        self._hello: MediaHello | None = None
        self._listener: PlaneListener | None = None
        self._task: asyncio.Task[None] | None = None
        self._queue_max = queue_max
        self._queue: asyncio.Queue[Command] | None = None
        self._overflowed = asyncio.Event()
        self._counters: dict[str, int] = {}
        self._snapshots: dict[str, asyncio.Future[str]] = {}
        self._states: dict[str, str] = {}
        self.connects = 0
        self.failures = 0

    # --- life -------------------------------------------------------------------------------------------------------

    async def start(self, listener: PlaneListener) -> None:
        """Begin to connect; returns at once. The listener hears of the first media process by `media_replaced`."""
        if self._task is not None:
            raise Fault("the plane was started twice")
        self._listener = listener
        self._task = asyncio.create_task(self._run(), name="link")

    async def watch(self) -> None:
        """Raises what broke the link's own loop (never a lost link), so that the process ends and is restarted."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        """Connect, serve, and again, for ever."""
        tries = 0
        while True:
            pause_s = BACKOFF_S[min(tries, len(BACKOFF_S) - 1)]
            try:
                before = self.connects
                await self._connect_and_serve()
            except LinkRefusedError as refused:
                _log.error("link_refused", code=refused.code, reason=refused.text)
                pause_s = REFUSED_BACKOFF_S
            except (OSError, EOFError, TimeoutError, FrameError, _LinkLost) as error:
                self.failures += 1
                if self.connects > before:
                    tries = 0
                    _log.warning("link_lost", reason=f"{type(error).__name__}: {error}"[:200])
                elif tries == len(BACKOFF_S):
                    _log.warning("link_unreachable", reason=f"{type(error).__name__}: {error}"[:200])
            except Exception:
                # A bug of ours in one event must not end the link of all Rooms: say so and fill it again.
                self.failures += 1
                _log.exception("link_fault")
            tries += 1
            self._fail_snapshots()
            await asyncio.sleep(pause_s)

    async def _connect_and_serve(self) -> None:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            reader, writer = await self._open()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                hello = await self._greet(reader, writer)
            self.connects += 1
            self._queue = asyncio.Queue(self._queue_max)
            self._overflowed.clear()
            self._welcome(hello)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._read(reader))
                    group.create_task(self._write(writer, self._queue))
                    group.create_task(self._cut_on_overflow())
            except BaseExceptionGroup as several:
                raise _first(several) from several
        finally:
            self._queue = None
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(WRITE_TIMEOUT_S):
                    await writer.wait_closed()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.startswith("unix:"):
            return await asyncio.open_unix_connection(self._address.removeprefix("unix:"))
        host, _, port = self._address.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port))

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> MediaHello:
        hello = LinkHello(
            version=LINK_VERSION, token=self._token, control_id=self._control_id, lease_epoch=self._lease_epoch
        )
        writer.write(encode_frame(hello))
        await writer.drain()
        match await _read_frame(reader):
            case MediaHello() as answer:
                if answer.version != LINK_VERSION:
                    raise LinkRefusedError("version", f"media speaks link version {answer.version}")
                return answer
            case LinkRefused(code=code, text=text):
                raise LinkRefusedError(code, text)
            case other:
                raise _LinkLost(f"the first frame was {type(other).__name__}")

    def _welcome(self, hello: MediaHello) -> None:
        """First on a new link: who is there, then all that we want of it."""
        replaced = self._hello is None or self._hello.media_id != hello.media_id
        if replaced:
            for room_id in self._wanted.rooms:
                self._wanted.forget_media(room_id)
            self._states.clear()
        self._hello = hello
        self._place_all()
        self._send(self._wanted.state())
        _log.info("link_up", media_id=hello.media_id, node=hello.node, replaced=replaced, **self._wanted.counts())
        if replaced and self._listener is not None:
            self._listener.media_replaced()

    # --- both directions --------------------------------------------------------------------------------------------

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            async with asyncio.timeout(SILENCE_S_MAX):
                event = await _read_frame(reader)
            self._take(event)

    async def _write(self, writer: asyncio.StreamWriter, queue: asyncio.Queue[Command]) -> None:
        while True:
            writer.write(encode_frame(await queue.get()))
            while not queue.empty():
                writer.write(encode_frame(queue.get_nowait()))
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await writer.drain()

    async def _cut_on_overflow(self) -> None:
        await self._overflowed.wait()
        raise _LinkLost("the outgoing queue is full")

    def _send(self, command: Command) -> None:
        """Queue a frame if the link stands; if not, the wanted state has it."""
        if self._queue is None:
            return
        try:
            self._queue.put_nowait(command)
        except asyncio.QueueFull:
            self._queue = None
            self._overflowed.set()

    def _take(self, event: Event) -> None:
        match event:
            case Counters(values=values):
                self._counters = values
            case Snapshot(command_id=command_id, json=text):
                waiting = self._snapshots.pop(command_id, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(text)
            case CurrentState():
                self._take_current(event)
            case LinkRefused(code=code, text=text):
                raise LinkRefusedError(code, text)
            case MediaHello():
                raise _LinkLost("a second hello")
            case Speakers(room_id=room_id) | RoomFaulted(room_id=room_id):
                self._tell(room_id, event)
            case TrackLive(track_id=track_id):
                self._tell(track_id, event)
            case CommandFailed():
                _log.warning("command_failed", object=event.object_id, code=event.code, reason=event.text[:200])
                self._tell(event.object_id, event)
            case TransportState():
                self._states[event.transport_id] = event.state
                self._tell(event.transport_id, event)
            case SlotMapped() | SubscriptionLayer() | TransportStats():
                self._tell(event.transport_id, event)

    def _take_current(self, current: CurrentState) -> None:
        """What happened while no link stood: states and mappings are told again; who knows them already ignores
        them."""
        for transport_id, state in current.transports:
            if self._states.get(transport_id) != state:
                self._take(TransportState(transport_id=transport_id, state=state, reason="resync"))
        for mapping in current.mappings:
            self._take(mapping)

    def _tell(self, object_id: str, event: RoomEvent) -> None:
        """To the Room that the object belongs to; news of what we closed meanwhile ends here."""
        room_id = self._wanted.room_of(object_id)
        if room_id is None or self._listener is None:
            return
        if isinstance(event, RoomFaulted):
            self._wanted.forget_media(room_id)
            self._send(self._wanted.rooms[room_id])
        self._listener.media_event(room_id, event)

    # --- what the Rooms ask -----------------------------------------------------------------------------------------

    def open_room(self, room_id: str) -> None:
        if room_id in self._wanted.rooms:
            return
        # No media process yet: no shard either, until `_place_all` finds one.
        shard = -1 if self._hello is None else place(room_id, self._hello.shards, self._placed())
        room = SetRoom(room_id=room_id, shard=shard)
        self._wanted.open_room(room)
        self._send(room)

    def put(self, command: RoomCommand) -> None:
        if self._wanted.put(command):
            self._send(command)
        match command:
            case CloseTransport(transport_id=transport_id):
                self._states.pop(transport_id, None)
            case CloseRoom():
                self._states = {key: state for key, state in self._states.items() if self._wanted.room_of(key)}

    def home(self, room_id: str) -> MediaHome | None:
        room = self._wanted.rooms.get(room_id)
        if self._hello is None or room is None:
            return None
        candidates = next((a.candidates for a in self._hello.shards if a.shard == room.shard), ())
        return MediaHome(self._hello.media_id, self._hello.node, room.shard, self._hello.fingerprint, candidates)

    async def media_snapshot(self) -> str:
        if self._queue is None or len(self._snapshots) >= SNAPSHOTS_MAX:
            raise Unavailable("media_unavailable", "The media process cannot be asked right now.")
        command_id = mint("cmd")
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._snapshots[command_id] = answer
        self._send(GetSnapshot(command_id=command_id))
        try:
            async with asyncio.timeout(SNAPSHOT_TIMEOUT_S):
                return await answer
        except TimeoutError as error:
            raise Unavailable("media_unavailable", "The media process did not answer in time.") from error
        finally:
            self._snapshots.pop(command_id, None)

    def counters(self) -> dict[str, int]:
        return dict(self._counters)

    def snapshot(self) -> dict[str, Any]:
        return {
            "linked": self._queue is not None,
            "media_id": None if self._hello is None else self._hello.media_id,
            "node": None if self._hello is None else self._hello.node,
            "connects": self.connects,
            "failures": self.failures,
            "queued": 0 if self._queue is None else self._queue.qsize(),
            "wanted": self._wanted.counts(),
        }

    @property
    def linked(self) -> bool:
        """Does the link stand?"""
        return self._queue is not None

    def _placed(self) -> dict[str, int]:
        return {room_id: room.shard for room_id, room in self._wanted.rooms.items()}

    def _place_all(self) -> None:
        """Rooms that were opened before media answered, or whose shard no longer exists, get a place."""
        if self._hello is None:
            return
        placed = self._placed()
        for room_id in placed:
            shard = place(room_id, self._hello.shards, placed)
            if shard != placed[room_id]:
                placed[room_id] = shard
                self._wanted.open_room(SetRoom(room_id=room_id, shard=shard))

    def _fail_snapshots(self) -> None:
        for waiting in self._snapshots.values():
            if not waiting.done():
                waiting.set_exception(Unavailable("media_unavailable", "The link to the media process broke."))
        self._snapshots.clear()


class LinkRefusedError(Exception):
    """Media does not want us: wrong token, other version, or a newer control has taken over."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


async def _read_frame(reader: asyncio.StreamReader) -> Event:
    length = frame_length(await reader.readexactly(HEADER_BYTES))
    return decode_event(await reader.readexactly(length))


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """The reason a link ended: of what the tasks raised, the first."""
    first: BaseException = several
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
