"""The media process without its sockets to control: the native plane, the handshakes, and what exists."""

import asyncio
import json
import secrets
from typing import Any

import structlog

from media import _native
from media.agent.commands import Commands
from media.agent.events import of_native
from media.agent.existing import CloseCommand, Existing, SetCommand
from media.agent.handshake import Certificate, Handshakes
from media.agent.outbox import EventOutbox
from media.contract import (
    LINK_VERSION,
    Candidate,
    CommandFailed,
    Counters,
    Event,
    MediaHello,
    RoomFaulted,
    ShardAddress,
    SlotMapped,
    SubscriptionLayer,
    TrackLive,
    TransportState,
    WantedState,
)

EVENTS_PER_DRAIN = 1024
"""After so many other callbacks get their turn; the descriptor stays readable while there are more."""

_log = structlog.get_logger("agent")


class Agent:
    """Everything that goes on when control is away."""

    def __init__(self, plane: _native.MediaPlane, node: str, ports: list[int], addresses: tuple[str, ...]) -> None:
        self._plane = plane
        self._node = node
        self._shards = tuple(
            ShardAddress(shard=shard, candidates=tuple(Candidate(address=a, port=port) for a in addresses))
            for shard, port in enumerate(ports)
        )
        self._certificate = Certificate.generateCertificate()
        self.media_id = f"med_{secrets.token_urlsafe(12)}"
        self._existing = Existing()
        self._handshakes = Handshakes(plane, self._certificate, self._handshake_ended)
        self._commands = Commands(plane, self._handshakes, self._existing, self._tell)
        self._outbox: EventOutbox | None = None
        self._build = plane.build_info()["source_digest"][:16]

    def start(self) -> None:
        asyncio.get_running_loop().add_reader(self._plane.event_fd(), self._drain)

    async def stop(self) -> None:
        asyncio.get_running_loop().remove_reader(self._plane.event_fd())
        await self._handshakes.stop()

    # --- what the link asks -----------------------------------------------------------------------------------------

    def hello(self) -> MediaHello:
        return MediaHello(
            version=LINK_VERSION,
            media_id=self.media_id,
            node=self._node,
            fingerprint=self._certificate.fingerprint(),
            shards=self._shards,
            build=self._build,
        )

    async def converge(self, wanted: WantedState, outbox: EventOutbox) -> None:
        self._outbox = outbox
        await self._commands.converge(wanted)
        outbox.put(self._existing.current())
        for event in self._existing.missed():
            outbox.put(event)

    async def apply(self, command: SetCommand | CloseCommand) -> None:
        await self._commands.apply(command)

    async def snapshot(self) -> str:
        native = await asyncio.to_thread(self._plane.snapshot)
        # What the commands before this one led to is told before their state.
        self._drain()
        ours = {
            "media_id": self.media_id,
            "existing": self._existing.counts(),
            "handshakes": self._handshakes.snapshot(),
            "events_waiting": 0 if self._outbox is None else len(self._outbox),
        }
        return f'{{"agent":{json.dumps(ours)},"plane":{native}}}'

    def detach(self, outbox: EventOutbox) -> None:
        if self._outbox is outbox:
            self._outbox = None

    # --- what the native plane tells --------------------------------------------------------------------------------

    def _drain(self) -> None:
        for event in self._plane.drain_events(EVENTS_PER_DRAIN):
            self._take(event)

    def _take(self, event: tuple[Any, ...]) -> None:
        match event:
            case ("handshake", transport_id, datagram):
                self._handshakes.take(transport_id, datagram)
            case ("command_failed", kind, object_id, code):
                self._refused(kind, object_id, code)
            case _:
                self._note(of_native(event))

    def _note(self, event: Event) -> None:
        match event:
            case TransportState():
                _log.info("transport_state", transport_id=event.transport_id, state=event.state, reason=event.reason)
                self._existing.note(event)
            case TrackLive() | SlotMapped() | SubscriptionLayer():
                self._existing.note(event)
            case RoomFaulted():
                _log.error("room_faulted", room_id=event.room_id, reason=event.reason)
                for transport_id in self._existing.fault(event):
                    self._handshakes.close(transport_id)
            case Counters(values=values):
                event = Counters(values={**values, **self._handshakes.counters})
            case _:
                pass
        self._tell(event)

    def _refused(self, kind: str, object_id: str, code: str) -> None:
        _log.warning("command_failed", kind=kind, object_id=object_id, code=code)
        command_id = self._existing.refuse(kind, object_id)
        text = f"the engine refused a {kind}: {code.replace('_', ' ')}"
        self._tell(CommandFailed(command_id=command_id, object_id=object_id, code=code, text=text))

    def _handshake_ended(self, transport_id: str, state: str, reason: str) -> None:
        self._note(
            TransportState(transport_id=transport_id, state="failed" if state == "failed" else "closed", reason=reason)
        )

    def _tell(self, event: Event) -> None:
        if self._outbox is not None:
            self._outbox.put(event)
