"""Control's commands, carried out on the native plane: the only place that calls its `open_` and `close_`."""

import asyncio
from collections.abc import Callable
from typing import assert_never

import structlog

from media import _native
from media.agent.existing import CloseCommand, Existing, SetCommand
from media.agent.handshake import Handshakes
from media.contract import (
    CloseRoom,
    CloseSubscription,
    CloseTrack,
    CloseTransport,
    Codec,
    CommandFailed,
    SetRoom,
    SetSubscription,
    SetTrack,
    SetTransport,
    WantedState,
)

BUSY_PAUSE_S = 0.005
BUSY_TRIES_MAX = 200
"""A shard empties a full command queue in some 100 ms; one that has not moved for a second is told to control."""

YIELD_AFTER = 64
"""Commands of a resync between which packets' handshakes and events get their turn on this thread."""

_log = structlog.get_logger("commands")


class Commands:
    """Idempotent: a repeat changes nothing, a close of what is gone is no error."""

    def __init__(
        self,
        plane: _native.MediaPlane,
        handshakes: Handshakes,
        existing: Existing,
        tell: Callable[[CommandFailed], None],
    ) -> None:
        self._plane = plane
        self._handshakes = handshakes
        self._existing = existing
        self._tell = tell

    async def apply(self, command: SetCommand | CloseCommand) -> None:
        """Pass one command on; a refusal is told as `CommandFailed`."""
        match command:
            case SetRoom() | SetTransport() | SetTrack() | SetSubscription():
                await self._set(command)
            case CloseRoom() | CloseTransport() | CloseTrack() | CloseSubscription():
                await self._close(command)
            case _:
                assert_never(command)

    async def converge(self, wanted: WantedState) -> None:
        """Close what is not wanted, then open what is."""
        closing = tuple(self._existing.unwanted(wanted))
        for number, command in enumerate((*closing, *wanted.rooms, *wanted.transports, *wanted.tracks)):
            await self.apply(command)
            if number % YIELD_AFTER == YIELD_AFTER - 1:
                await asyncio.sleep(0)
        for number, subscription in enumerate(wanted.subscriptions):
            await self.apply(subscription)
            if number % YIELD_AFTER == YIELD_AFTER - 1:
                await asyncio.sleep(0)
        _log.info("resynced", closed=len(closing), **self._existing.counts())

    async def _set(self, command: SetCommand) -> None:
        if not self._existing.is_news(command):
            return
        if (lacking := self._existing.lacks(command)) is not None:
            self._fail(command, f"unknown_{lacking}", f"there is no such {lacking}")
            return
        if not await self._carry_out(command, lambda: self._open(command)):
            return
        self._existing.put(command)
        if isinstance(command, SetTransport):
            self._begin_handshake(command)

    async def _close(self, command: CloseCommand) -> None:
        if await self._carry_out(command, lambda: self._shut(command)):
            for transport_id in self._existing.close(command):
                self._handshakes.close(transport_id)

    async def _carry_out(self, command: SetCommand | CloseCommand, call: Callable[[], None]) -> bool:
        for _ in range(BUSY_TRIES_MAX):
            try:
                call()
            except BlockingIOError:
                await asyncio.sleep(BUSY_PAUSE_S)
            except (ValueError, OverflowError) as error:
                self._fail(command, "refused", str(error))
                return False
            else:
                return True
        self._fail(command, "busy", "the shard has too much to do")
        return False

    def _begin_handshake(self, command: SetTransport) -> None:
        self._handshakes.open(command.transport_id)
        if command.remote is None:
            return
        if not self._handshakes.set_remote(command.transport_id, command.remote.fingerprints):
            self._fail(command, "fingerprint_changed", "another certificate needs another transport")

    def _fail(self, command: SetCommand | CloseCommand, code: str, text: str) -> None:
        failed = CommandFailed(command_id=command.command_id, object_id=object_id(command), code=code, text=text)
        _log.warning("command_failed", kind=type(command).__name__, object_id=failed.object_id, code=code)
        self._tell(failed)

    def _open(self, command: SetCommand) -> None:
        match command:
            case SetRoom():
                self._plane.open_room(command.room_id, command.shard)
            case SetTransport():
                self._open_transport(command)
            case SetTrack():
                self._plane.open_track(
                    command.track_id,
                    command.transport_id,
                    command.participant_id,
                    command.kind,
                    command.mid,
                    _codec(command.codec),
                    command.rids,
                    [(pair.media, pair.rtx) for pair in command.ssrcs],
                    command.audible,
                    command.muted,
                )
            case SetSubscription():
                self._plane.open_subscription(
                    command.subscription_id,
                    command.transport_id,
                    command.slot,
                    command.track_id,
                    command.generation,
                    (command.layer_max.spatial, command.layer_max.temporal),
                    command.priority,
                    command.paused,
                )

    def _open_transport(self, command: SetTransport) -> None:
        extensions = command.extensions
        ids = {name: getattr(extensions, name) for name in extensions.__struct_fields__}
        self._plane.open_transport(
            command.transport_id,
            command.room_id,
            command.participant_id,
            command.direction,
            command.ice_ufrag,
            command.ice_pwd,
            None if command.remote is None else command.remote.ice_ufrag,
            {name: number for name, number in ids.items() if number is not None},
            [_codec(codec) for codec in command.codecs],
            [
                _native.SlotSpec(slot.slot, slot.mid, slot.kind, slot.mode, slot.ssrc, slot.rtx_ssrc)
                for slot in command.slots
            ],
        )

    def _shut(self, command: CloseCommand) -> None:
        match command:
            case CloseRoom():
                self._plane.close_room(command.room_id)
            case CloseTransport():
                self._plane.close_transport(command.transport_id)
            case CloseTrack():
                self._plane.close_track(command.track_id)
            case CloseSubscription():
                self._plane.close_subscription(command.subscription_id)


def _codec(codec: Codec) -> _native.CodecSpec:
    return _native.CodecSpec(
        codec.name,
        codec.payload_type,
        codec.clock_rate_hz,
        codec.rtx_payload_type,
        codec.red_payload_type,
        codec.nack,
        codec.transport_cc,
    )


def object_id(command: SetCommand | CloseCommand) -> str:
    """The object that a command is about."""
    match command:
        case SetRoom(room_id=name) | CloseRoom(room_id=name):
            return name
        case SetTransport(transport_id=name) | CloseTransport(transport_id=name):
            return name
        case SetTrack(track_id=name) | CloseTrack(track_id=name):
            return name
        case SetSubscription(subscription_id=name) | CloseSubscription(subscription_id=name):
            return name
