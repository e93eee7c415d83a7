"""All live Rooms of this process: finds or starts the one of a Session, lets people in, passes on what media says."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from server.access.policy import publish_action
from server.access.views import SeatView
from server.clock import Clock
from server.config import LiveConfig
from server.errors import Fault, Rejected, Unavailable
from server.ids import mint
from server.live.actor import STOPPED, RoomActor
from server.live.dispatch import ClientSaid, MediaIsNew, MediaSaid, OutletClosed, RemoveSeat
from server.live.effects import Place
from server.live.entry import Enter, Return, owner_of_token, room_of_token
from server.live.ports import ROOMS_MAX, FactLog, LiveLimits, Outlet, SeatDirectory, TicketVerifier
from server.live.room import new_room
from server.rtc.port import MediaPlane, RoomEvent
from signaling.codes import ERROR_TEXTS, ErrorCode
from signaling.messages import PROTOCOL_VERSION, ClientMessage, Hello, Resume

TICK_S = 0.25  # presence is right to a quarter of a second
ENTER_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 5.0

_log = structlog.get_logger("live")


@dataclass(frozen=True, slots=True)
class _Table:
    """The policy table as the classroom wants it."""

    table: Callable[[str], frozenset[str]]

    def actions(self, role: str) -> frozenset[str]:
        return self.table(role)

    def publish_action(self, source: str) -> str:
        return publish_action(source)


class Registry:
    """`start` before anything else; `stop` ends every Room."""

    def __init__(
        self,
        *,
        plane: MediaPlane,
        seats: SeatDirectory,
        tickets: TicketVerifier,
        facts: FactLog,
        clock: Clock,
        config: LiveConfig,
        actions: Callable[[str], frozenset[str]],
        rooms_max: int = ROOMS_MAX,
    ) -> None:
        self.clock = clock
        self._plane = plane
        self._seats = seats
        self._tickets = tickets
        self._facts = facts
        self._policy = _Table(actions)
        self._limits = _limits(config, rooms_max)
        self._by_session: dict[str, RoomActor] = {}
        self._by_room: dict[str, RoomActor] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._main: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    # --- life -------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the plane and begin to let people in."""
        if self._main is not None:
            raise Fault("the registry was started twice")
        ready = asyncio.Event()
        self._main = asyncio.create_task(self._run(ready), name="registry")
        await ready.wait()
        await self._plane.start(self)

    async def watch(self) -> None:
        """Returns after `stop`; raises what broke the Rooms' common loop, so that the process ends and is restarted."""
        if self._main is not None:
            await asyncio.shield(self._main)

    async def stop(self) -> None:
        """Every Connection is closed so that its client comes back to the next process; Rooms end."""
        self._stopping.set()
        for actor in tuple(self._by_room.values()):
            actor.post(STOPPED)
        if self._main is not None:
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await self._main
        await self._plane.stop()

    async def _run(self, ready: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            ready.set()
            while not self._stopping.is_set():
                self.tick()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(TICK_S):
                        await self._stopping.wait()

    def tick(self) -> None:
        """Let every Room look at the clock. Called several times a second; tests call it themselves."""
        for actor in tuple(self._by_room.values()):
            actor.tick()

    # --- people -----------------------------------------------------------------------------------------------------

    async def enter(self, outlet: Outlet, hello: Hello) -> Place:
        """Let a Connection in. The Room has sent `welcome` when this returns. Raises `Rejected` or `Unavailable`."""
        if hello.version != PROTOCOL_VERSION:
            raise _rejected(ErrorCode.VERSION_UNSUPPORTED)
        if self._stopping.is_set():
            raise _rejected(ErrorCode.STOPPING)
        if hello.resume is not None:
            return await self._resume(outlet, hello, hello.resume)
        if hello.ticket is None:
            raise Rejected(ErrorCode.BAD_MESSAGE.value, "A hello needs a ticket or a resume token.")
        claims = await self._tickets.redeem(hello.ticket)
        seat = await self._seats.seat(claims.session_id, claims.seat_id)
        if seat is None:
            raise _rejected(ErrorCode.SEAT_UNKNOWN)
        answer: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        actor = self._room_for(seat)
        return await self._ask(actor, Enter(outlet, hello, seat, answer), answer)

    async def _resume(self, outlet: Outlet, hello: Hello, resume: Resume) -> Place:
        actor = self._by_room.get(room_of_token(resume.token) or "")
        person = None if actor is None else owner_of_token(actor.room, resume.token)
        if actor is None or person is None:
            raise _rejected(ErrorCode.RESUME_UNKNOWN)
        await self._check_seat(actor, person.seat)
        answer: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        return await self._ask(actor, Return(outlet, hello, resume, answer), answer)

    async def _check_seat(self, actor: RoomActor, seat: SeatView) -> None:
        """A withdrawn Seat may not come back. While the store is out of reach, whoever was in stays in."""
        try:
            found = await self._seats.seat(seat.session_id, seat.seat_id)
        except Unavailable:
            return
        if found is None:
            actor.post(RemoveSeat(seat.seat_id))
            raise _rejected(ErrorCode.SEAT_UNKNOWN)

    async def _ask(self, actor: RoomActor, item: Enter | Return, answer: "asyncio.Future[Place]") -> Place:
        if actor.room.ended or not actor.offer(item):
            raise _rejected(ErrorCode.BUSY)
        try:
            async with asyncio.timeout(ENTER_TIMEOUT_S):
                return await answer
        except TimeoutError:
            raise _rejected(ErrorCode.BUSY) from None

    def say(self, place: Place, outlet: Outlet, message: ClientMessage) -> ErrorCode | None:
        """Pass a message to its Room; a code when it could not be taken."""
        actor = self._by_room.get(place.room_id)
        if actor is None:
            return ErrorCode.RESUME_UNKNOWN
        return None if actor.offer(ClientSaid(place.participant_id, outlet, message)) else ErrorCode.BUSY

    def lost(self, place: Place, outlet: Outlet) -> None:
        """A Connection ended, whoever ended it."""
        actor = self._by_room.get(place.room_id)
        if actor is not None:
            actor.post(OutletClosed(place.participant_id, outlet))

    def seat_in_use(self, session_id: str, seat_id: str) -> bool:
        """Is somebody connected on this Seat now? For the join page; the Room decides by itself."""
        actor = self._by_session.get(session_id)
        member = None if actor is None else actor.room.roster.member_of_seat(seat_id)
        return member is not None and member.away_since_s is None

    def is_live(self, session_id: str) -> bool:
        """Is somebody connected in this Session's Room now? For the join page."""
        actor = self._by_session.get(session_id)
        return actor is not None and any(one.away_since_s is None for one in actor.room.roster.members)

    def remove_seat(self, session_id: str, seat_id: str) -> None:
        """A Seat was withdrawn: whoever sits there is removed."""
        actor = self._by_session.get(session_id)
        if actor is not None:
            actor.post(RemoveSeat(seat_id))

    # --- media ------------------------------------------------------------------------------------------------------

    def media_event(self, room_id: str, event: RoomEvent) -> None:
        actor = self._by_room.get(room_id)
        if actor is not None:
            actor.post(MediaSaid(event))

    def media_replaced(self) -> None:
        for actor in tuple(self._by_room.values()):
            actor.post(MediaIsNew())

    # --- rooms ------------------------------------------------------------------------------------------------------

    def numbers(self) -> dict[str, float]:
        """How much there is of everything, for metrics."""
        rosters = [actor.room.roster for actor in self._by_room.values()]
        members = [member for roster in rosters for member in roster.members]
        return {
            "rooms": len(rosters),
            "participants": len(members),
            "participants_away": sum(member.away_since_s is not None for member in members),
            "tracks": sum(len(roster.tracks) for roster in rosters),
        }

    def snapshot(self) -> dict[str, Any]:
        """Plain state of all Rooms, for people."""
        return {"rooms": [actor.snapshot() for actor in self._by_room.values()]}

    def _room_for(self, seat: SeatView) -> RoomActor:
        actor = self._by_session.get(seat.session_id)
        if actor is not None:
            return actor
        if len(self._by_room) >= self._limits.rooms_max:
            raise _rejected(ErrorCode.SERVER_FULL)
        if self._tasks is None or self._stopping.is_set():
            raise _rejected(ErrorCode.STOPPING)
        room = new_room(
            mint("rom"),
            seat,
            limits=self._limits,
            policy=self._policy,
            plane=self._plane,
            now_s=self.clock.mono_s(),
        )
        actor = RoomActor(room, self._plane, self._facts, self.clock, self._ended)
        self._by_session[seat.session_id] = actor
        self._by_room[room.room_id] = actor
        self._tasks.create_task(actor.run(), name="room")
        return actor

    def _ended(self, actor: RoomActor) -> None:
        """Called by the actor as its Room ends, before anybody else can look."""
        self._by_room.pop(actor.room.room_id, None)
        if self._by_session.get(actor.room.session_id) is actor:
            del self._by_session[actor.room.session_id]


def _limits(config: LiveConfig, rooms_max: int) -> LiveLimits:
    return LiveLimits(
        grace_s=config.grace_s,
        away_after_s=config.away_after_s,
        ping_s=config.ping_s,
        empty_close_s=config.empty_close_s,
        rooms_max=rooms_max,
        video_preference=("h264", "vp8") if config.video_codec == "h264" else ("vp8", "h264"),
    )


def _rejected(code: ErrorCode) -> Rejected:
    return Rejected(code.value, ERROR_TEXTS[code])
