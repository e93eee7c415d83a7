"""A media plane without media: for tests of everything above it, and the stand-in that keeps the contract honest.

`FakeMedia` behaves as a media process does at its contract: it keeps objects by id, refuses what hangs on nothing,
closes in cascades, lets generations only grow, and says what happened as events. What a network and a browser would
do, a test does: `connect`, `fail`, `receive`, `speak`. `FakePlane` wraps it as the Rooms see a plane. No sockets, no
time, no tasks. Both pass `tests/contract`, as the real ones do.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from media.contract import (
    LINK_VERSION,
    Candidate,
    CloseRoom,
    CloseSubscription,
    CloseTrack,
    CloseTransport,
    Command,
    CommandFailed,
    CurrentState,
    Event,
    Fingerprint,
    GetSnapshot,
    LinkHello,
    LinkRefused,
    MediaHello,
    RoomFaulted,
    SetRoom,
    SetSubscription,
    SetTrack,
    SetTransport,
    ShardAddress,
    SlotMapped,
    Snapshot,
    Speaker,
    Speakers,
    TrackLive,
    TransportState,
    TransportStateName,
    TransportStats,
    WantedState,
)
from server.errors import Unavailable
from server.rtc.placement import place
from server.rtc.port import MediaHome, PlaneListener, RoomCommand
from server.rtc.wanted import Wanted

FINGERPRINT = Fingerprint(algorithm="sha-256", value=":".join(f"{byte:02X}" for byte in range(32)))
SHARDS = (ShardAddress(shard=0, candidates=(Candidate(address="192.0.2.1", port=40000),)),)


class FakeMedia:
    """A media process at its contract. Every call returns the events that it leads to."""

    def __init__(self, media_id: str = "med_1", token: str = "", shards: tuple[ShardAddress, ...] = SHARDS) -> None:
        self.media_id = media_id
        self._token = token
        self._shards = shards
        self._lease_epoch = 0
        self.rooms: dict[str, SetRoom] = {}
        self.transports: dict[str, SetTransport] = {}
        self.states: dict[str, TransportStateName] = {}
        self.tracks: dict[str, SetTrack] = {}
        self.live: dict[str, set[int]] = {}
        self.subscriptions: dict[str, SetSubscription] = {}
        self.mapped: dict[tuple[str, int], SlotMapped] = {}

    # --- commands ---------------------------------------------------------------------------------------------------

    def handle(self, command: Command) -> list[Event]:
        """Carry out a command. Repeating one changes nothing."""
        match command:
            case LinkHello():
                return [self._greet(command)]
            case WantedState():
                return self._converge(command)
            case GetSnapshot(command_id=command_id):
                return [Snapshot(command_id=command_id, json=json.dumps(self.snapshot()))]
            case SetRoom():
                self.rooms[command.room_id] = command
                return []
            case SetTransport():
                return self._set_transport(command)
            case SetTrack():
                return self._set_track(command)
            case SetSubscription():
                return self._set_subscription(command)
            case CloseRoom(room_id=room_id):
                owned = [t for t, transport in self.transports.items() if transport.room_id == room_id]
                events = [event for transport_id in owned for event in self._close_transport(transport_id)]
                self.rooms.pop(room_id, None)
                return events
            case CloseTransport(transport_id=transport_id):
                return self._close_transport(transport_id)
            case CloseTrack(track_id=track_id):
                return self._close_track(track_id)
            case CloseSubscription(subscription_id=subscription_id):
                return self._close_subscription(subscription_id)

    def _greet(self, hello: LinkHello) -> Event:
        if hello.version != LINK_VERSION:
            return LinkRefused(code="version", text=f"This is link version {LINK_VERSION}.")
        if hello.token != self._token:
            return LinkRefused(code="token", text="Wrong token.")
        if hello.lease_epoch < self._lease_epoch:
            return LinkRefused(code="lease", text="A newer control has taken over.")
        self._lease_epoch = hello.lease_epoch
        return MediaHello(
            version=LINK_VERSION,
            media_id=self.media_id,
            node="fake",
            fingerprint=FINGERPRINT,
            shards=self._shards,
            build="fake",
        )

    def _converge(self, wanted: WantedState) -> list[Event]:
        """Close what is not wanted, carry out what is, say what stands."""
        events: list[Event] = []
        for subscription_id in self.subscriptions.keys() - {s.subscription_id for s in wanted.subscriptions}:
            events += self._close_subscription(subscription_id)
        for track_id in self.tracks.keys() - {t.track_id for t in wanted.tracks}:
            events += self._close_track(track_id)
        for transport_id in self.transports.keys() - {t.transport_id for t in wanted.transports}:
            events += self._close_transport(transport_id)
        for room_id in self.rooms.keys() - {r.room_id for r in wanted.rooms}:
            events += self.handle(CloseRoom(room_id=room_id))
        commands: list[Command] = [*wanted.rooms, *wanted.transports, *wanted.tracks, *wanted.subscriptions]
        for command in commands:
            events += self.handle(command)
        return [*events, self.current()]

    def current(self) -> CurrentState:
        return CurrentState(
            rooms=tuple(self.rooms),
            transports=tuple(self.states.items()),
            tracks=tuple(self.tracks),
            subscriptions=tuple(self.subscriptions),
            mappings=tuple(self.mapped.values()),
        )

    def _set_transport(self, command: SetTransport) -> list[Event]:
        if command.room_id not in self.rooms:
            return [_failed(command.command_id, command.transport_id, "unknown_room")]
        before = self.transports.get(command.transport_id)
        if before is not None:
            # Slots are grow-only: what is left out stays.
            left = tuple(slot for slot in before.slots if slot.slot not in {s.slot for s in command.slots})
            if before.direction != command.direction or left:
                return [_failed(command.command_id, command.transport_id, "wrong_direction" if not left else "slots")]
        self.transports[command.transport_id] = command
        self.states.setdefault(command.transport_id, "new")
        return []

    def _set_track(self, command: SetTrack) -> list[Event]:
        transport = self.transports.get(command.transport_id)
        if transport is None or transport.direction != "publish":
            return [_failed(command.command_id, command.track_id, "unknown_transport")]
        self.tracks[command.track_id] = command
        self.live.setdefault(command.track_id, set())
        return []

    def _set_subscription(self, command: SetSubscription) -> list[Event]:
        transport = self.transports.get(command.transport_id)
        if transport is None or command.track_id not in self.tracks:
            return [_failed(command.command_id, command.subscription_id, "unknown_track")]
        spec = next((slot for slot in transport.slots if slot.slot == command.slot), None)
        if spec is None or spec.mode != "bound":
            return [_failed(command.command_id, command.subscription_id, "unknown_slot")]
        before = self._in_slot(command.transport_id, command.slot)
        if before is not None:
            if before.generation > command.generation:
                return []
            del self.subscriptions[before.subscription_id]
        self.subscriptions[command.subscription_id] = command
        return self._map(command)

    def _in_slot(self, transport_id: str, slot: int) -> SetSubscription | None:
        bound = (s for s in self.subscriptions.values() if s.transport_id == transport_id and s.slot == slot)
        return next(bound, None)

    def _close_transport(self, transport_id: str) -> list[Event]:
        if self.transports.pop(transport_id, None) is None:
            return []
        del self.states[transport_id]
        events: list[Event] = []
        for track in [t for t in self.tracks.values() if t.transport_id == transport_id]:
            events += self._close_track(track.track_id)
        for subscription in [s for s in self.subscriptions.values() if s.transport_id == transport_id]:
            del self.subscriptions[subscription.subscription_id]
        for place_ in [place_ for place_ in self.mapped if place_[0] == transport_id]:
            del self.mapped[place_]
        return events

    def _close_track(self, track_id: str) -> list[Event]:
        if self.tracks.pop(track_id, None) is None:
            return []
        self.live.pop(track_id, None)
        events: list[Event] = []
        for subscription in [s for s in self.subscriptions.values() if s.track_id == track_id]:
            events += self._close_subscription(subscription.subscription_id)
        for (transport_id, slot), mapping in list(self.mapped.items()):
            if mapping.track_id == track_id:
                events.append(self._say_mapped(transport_id, slot, mapping.generation + 1, None))
        return events

    def _close_subscription(self, subscription_id: str) -> list[Event]:
        subscription = self.subscriptions.pop(subscription_id, None)
        if subscription is None:
            return []
        mapping = self.mapped.get((subscription.transport_id, subscription.slot))
        if mapping is None or mapping.track_id is None:
            return []
        return [self._say_mapped(subscription.transport_id, subscription.slot, subscription.generation, None)]

    # --- what browsers and networks do ------------------------------------------------------------------------------

    def connect(self, transport_id: str) -> list[Event]:
        """The browser's checks and handshake succeeded."""
        return [self._state(transport_id, "connected", "")]

    def disconnect(self, transport_id: str) -> list[Event]:
        return [self._state(transport_id, "disconnected", "consent")]

    def fail(self, transport_id: str) -> list[Event]:
        return [self._state(transport_id, "failed", "consent")]

    def receive(self, track_id: str, spatial: int = 0) -> list[Event]:
        """The first packet of a layer arrived: the Track flows to whoever watches it."""
        self.live[track_id].add(spatial)
        events: list[Event] = [TrackLive(track_id=track_id, spatial=spatial, active=True)]
        for subscription in [s for s in self.subscriptions.values() if s.track_id == track_id]:
            events += self._map(subscription)
        return events

    def speak(self, room_id: str, levels: Mapping[str, int]) -> list[Event]:
        """These Tracks are heard, with levels in dBov: loudest slots are filled, nobody hears oneself or a Track
        twice."""
        ranked = sorted(levels, key=lambda track_id: levels[track_id])
        speakers = tuple(Speaker(track_id=track_id, level_dbov=levels[track_id]) for track_id in ranked)
        events: list[Event] = [Speakers(room_id=room_id, speakers=speakers)]
        for transport in self.transports.values():
            if transport.room_id == room_id and transport.direction == "subscribe":
                events += self._fill_loudest(transport, ranked)
        return events

    def fault(self, room_id: str) -> list[Event]:
        """A bug: the Room is dropped."""
        self.handle(CloseRoom(room_id=room_id))
        return [RoomFaulted(room_id=room_id, reason="a test asked for it")]

    def _fill_loudest(self, transport: SetTransport, ranked: Iterable[str]) -> list[Event]:
        bound = {s.track_id for s in self.subscriptions.values() if s.transport_id == transport.transport_id}
        fitting = [
            track_id
            for track_id in ranked
            if (track := self.tracks.get(track_id)) is not None
            and track.audible
            and not track.muted
            and track.participant_id != transport.participant_id
            and track_id not in bound
        ]
        slots = [slot.slot for slot in transport.slots if slot.mode == "loudest"]
        held = {slot: self.mapped.get((transport.transport_id, slot)) for slot in slots}
        kept = {m.track_id for m in held.values() if m is not None and m.track_id in fitting[: len(slots)]}
        coming = [track_id for track_id in fitting[: len(slots)] if track_id not in kept]
        events: list[Event] = []
        for slot in slots:
            mapping = held[slot]
            if coming and (mapping is None or mapping.track_id not in kept):
                generation = 1 if mapping is None else mapping.generation + 1
                events.append(self._say_mapped(transport.transport_id, slot, generation, coming.pop(0)))
        return events

    def _map(self, subscription: SetSubscription) -> list[Event]:
        """A Slot shows a Track once a packet of it can go out."""
        known = self.mapped.get((subscription.transport_id, subscription.slot))
        same = known is not None and (known.generation, known.track_id) == (
            subscription.generation,
            subscription.track_id,
        )
        if not self.live.get(subscription.track_id) or same:
            return []
        return [
            self._say_mapped(
                subscription.transport_id, subscription.slot, subscription.generation, subscription.track_id
            )
        ]

    def _say_mapped(self, transport_id: str, slot: int, generation: int, track_id: str | None) -> SlotMapped:
        mapping = SlotMapped(
            transport_id=transport_id,
            slot=slot,
            generation=generation,
            track_id=track_id,
            rtp_timestamp=generation * 90_000 + slot,
        )
        self.mapped[(transport_id, slot)] = mapping
        return mapping

    def _state(self, transport_id: str, state: TransportStateName, reason: str) -> Event:
        self.states[transport_id] = state
        return TransportState(transport_id=transport_id, state=state, reason=reason)

    def snapshot(self) -> dict[str, Any]:
        return {
            "media_id": self.media_id,
            "rooms": list(self.rooms),
            "transports": self.states,
            "tracks": list(self.tracks),
            "subscriptions": list(self.subscriptions),
        }


def _failed(command_id: str, object_id: str, code: str) -> CommandFailed:
    return CommandFailed(command_id=command_id, object_id=object_id, code=code, text=code.replace("_", " "))


class FakePlane:
    """A `MediaPlane` on a `FakeMedia` in the same process. `media` None: no media process has answered yet."""

    def __init__(self, media: FakeMedia | None = None) -> None:
        self._media = media
        self._wanted = Wanted()
        self._listener: PlaneListener | None = None
        self.commands: list[RoomCommand] = []

    @property
    def media(self) -> FakeMedia:
        """What plays the media process."""
        if self._media is None:
            raise Unavailable("media_unavailable", "There is no media process.")
        return self._media

    async def start(self, listener: PlaneListener) -> None:
        self._listener = listener
        if self._media is not None:
            listener.media_replaced()

    async def stop(self) -> None:
        self._listener = None

    def replace_media(self, media: FakeMedia) -> None:
        """The process died and another one answers."""
        self._media = media
        for room_id in self._wanted.rooms:
            self._wanted.forget_media(room_id)
        media.handle(self._wanted.state())
        if self._listener is not None:
            self._listener.media_replaced()

    def happen(self, events: Iterable[Event]) -> None:
        """Tell the listener of events that a test made media say."""
        for event in events:
            match event:
                case TransportState() | SlotMapped() | TransportStats():
                    self._tell(event.transport_id, event)
                case TrackLive(track_id=object_id):
                    self._tell(object_id, event)
                case CommandFailed(object_id=object_id):
                    self._tell(object_id, event)
                case Speakers(room_id=object_id):
                    self._tell(object_id, event)
                case RoomFaulted(room_id=object_id):
                    self._wanted.forget_media(object_id)
                    self.media.handle(self._wanted.rooms[object_id])
                    self._tell(object_id, event)
                case _:
                    pass

    def _tell(self, object_id: str, event: Any) -> None:
        room_id = self._wanted.room_of(object_id)
        if room_id is not None and self._listener is not None:
            self._listener.media_event(room_id, event)

    def open_room(self, room_id: str) -> None:
        placed = {known: room.shard for known, room in self._wanted.rooms.items()}
        room = SetRoom(room_id=room_id, shard=place(room_id, SHARDS, placed))
        self._wanted.open_room(room)
        if self._media is not None:
            self._media.handle(room)

    def put(self, command: RoomCommand) -> None:
        self.commands.append(command)
        if self._wanted.put(command) and self._media is not None:
            self.happen(self._media.handle(command))

    def home(self, room_id: str) -> MediaHome | None:
        room = self._wanted.rooms.get(room_id)
        if self._media is None or room is None:
            return None
        return MediaHome(self._media.media_id, "fake", room.shard, FINGERPRINT, SHARDS[room.shard].candidates)

    async def media_snapshot(self) -> str:
        return json.dumps(self.media.snapshot())

    def counters(self) -> dict[str, int]:
        return {}

    def snapshot(self) -> dict[str, Any]:
        return {"linked": self._media is not None, "wanted": self._wanted.counts()}
