"""One task per Room. It takes what waits in order, changes the Room, carries out what follows, and does nothing
else."""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from media.contract import CloseRoom
from server.clock import Clock
from server.errors import Fault, Rejected
from server.live.dispatch import ClientSaid, Item, OutletClosed, Stop, Tick, apply
from server.live.effects import EffectRunner, Effects
from server.live.entry import Enter, Return
from server.live.facts import FactKeeper
from server.live.inbox import Inbox
from server.live.ports import FactLog
from server.live.room import Room
from server.rtc.port import MediaPlane
from signaling.codec import encode
from signaling.codes import ERROR_TEXTS, CloseCode, ErrorCode
from signaling.messages import Error

DRAIN_S = 3.0
_INTERNAL_ERROR = 1011  # RFC 6455 section 7.4.1

_log = structlog.get_logger("live")


class RoomActor:
    """The only one who changes its Room."""

    def __init__(
        self, room: Room, plane: MediaPlane, facts: FactLog, clock: Clock, on_end: Callable[["RoomActor"], None]
    ) -> None:
        self.room = room
        self._plane = plane
        self._clock = clock
        self._keeper = FactKeeper(facts, room.org_id, room.session_id)
        self._runner = EffectRunner(plane, self._keeper, room.session_id, room.room_id)
        self._inbox = Inbox()
        self._on_end = on_end
        self._tick_waits = False
        self._broken: Fault | None = None

    # --- doors ------------------------------------------------------------------------------------------------------

    def offer(self, item: Enter | Return | ClientSaid) -> bool:
        """A client's wish; False when the Room is too busy."""
        return self._inbox.offer(item)

    def post(self, item: Item) -> None:
        """What must arrive."""
        try:
            self._inbox.put(item)
        except Fault as fault:
            # The loop ends the Room as soon as it comes round; until then nothing more is taken.
            self._broken = fault

    def tick(self) -> None:
        """Time has passed. At most one tick waits."""
        if not self._tick_waits:
            self._tick_waits = True
            self.post(Tick())

    def snapshot(self) -> dict[str, Any]:
        """Plain state for people."""
        return self.room.snapshot() | {
            "inbox": len(self._inbox),
            "refused_busy": self._inbox.refused,
            "facts_lost": self._keeper.lost,
        }

    # --- the loop ---------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until the Room ends; a bug ends this Room and no other."""
        self._plane.open_room(self.room.room_id)
        _log.info("room_opened", session=self.room.session_id, room=self.room.room_id)
        async with asyncio.TaskGroup() as group:
            storing = group.create_task(self._keeper.run())
            try:
                while not self.room.ended:
                    await self._step(await self._inbox.get())
            except Exception as error:
                _log.exception("room_fault", session=self.room.session_id, room=self.room.room_id)
                self._break_off(error)
            finally:
                self.room.ended = True
                self._on_end(self)
                self._plane.put(CloseRoom(room_id=self.room.room_id))
                self._refuse_rest()
                await self._keeper.drain(DRAIN_S)
                storing.cancel()
        _log.info("room_closed", session=self.room.session_id, room=self.room.room_id)

    async def _step(self, item: Item) -> None:
        """One item: apply, then its effects."""
        if self._broken is not None:
            raise self._broken
        if isinstance(item, Tick):
            self._tick_waits = False
        effects = Effects()
        try:
            apply(self.room, item, self._clock.mono_s(), effects)
        except Rejected as rejected:
            _refuse(item, rejected)
            return
        await self._runner.run(effects)

    def _break_off(self, error: Exception) -> None:
        """Everyone is told, and may come back: into a new Room."""
        code = ErrorCode.INTERNAL
        message = encode(Error(re=0, code=code.value, text=ERROR_TEXTS[code]))
        for person in self.room.people.values():
            if person.outlet is not None:
                person.outlet.send(message)
                person.outlet.close(_INTERNAL_ERROR, type(error).__name__)

    def _refuse_rest(self) -> None:
        busy = Rejected(ErrorCode.BUSY.value, ERROR_TEXTS[ErrorCode.BUSY])
        for item in self._inbox.drain():
            _refuse(item, busy)


def _refuse(item: Item, rejected: Rejected) -> None:
    """Tell whoever asked; nobody asked for the rest."""
    match item:
        case Enter(answer=answer) | Return(answer=answer):
            if not answer.done():
                answer.set_exception(rejected)
        case ClientSaid(outlet=outlet, message=message):
            outlet.send(encode(Error(re=message.id, code=rejected.code, text=rejected.text)))
        case OutletClosed() | Stop() | Tick():
            pass
        case other:
            _log.warning("item_refused", item=type(other).__name__, code=rejected.code)


STOPPED = Stop(CloseCode.SERVICE_RESTART, "restart")
