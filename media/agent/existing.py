"""What exists on this media process, as control asked for it and as the engine told of it since. Pure.

From this a resync finds out what to close and what to open, and a control that comes back learns what it missed.
Closing cascades as in the engine: a Room takes its transports along, a transport its Tracks and Subscriptions, a Track
the Subscriptions to it. A Slot has one Subscription; a higher generation replaces it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from media.contract import (
    CloseRoom,
    CloseSubscription,
    CloseTrack,
    CloseTransport,
    CurrentState,
    RoomFaulted,
    SetRoom,
    SetSubscription,
    SetTrack,
    SetTransport,
    SlotMapped,
    SubscriptionLayer,
    TrackLive,
    TransportState,
    TransportStateName,
    WantedState,
)

SetCommand = SetRoom | SetTransport | SetTrack | SetSubscription
CloseCommand = CloseRoom | CloseTransport | CloseTrack | CloseSubscription


@dataclass(slots=True)
class _OnTransport:
    """What hangs on a transport, and what was told of it."""

    state: TransportStateName = "new"
    tracks: set[str] = field(default_factory=set)
    slots: dict[int, str] = field(default_factory=dict)
    mappings: dict[int, SlotMapped] = field(default_factory=dict)
    layers: dict[int, SubscriptionLayer] = field(default_factory=dict)

    def note(self, event: TransportState | SlotMapped | SubscriptionLayer) -> None:
        match event:
            case TransportState():
                self.state = event.state
            case SlotMapped():
                self.mappings[event.slot] = event
            case SubscriptionLayer():
                self.layers[event.slot] = event


@dataclass(slots=True)
class _OfTrack:
    """The Subscriptions to a Track, and which of its layers flow."""

    subscriptions: set[str] = field(default_factory=set)
    live: dict[int, TrackLive] = field(default_factory=dict)


@dataclass(slots=True)
class Existing:
    """Specs by id, and the latest of what was told about them."""

    rooms: dict[str, SetRoom] = field(default_factory=dict)
    transports: dict[str, SetTransport] = field(default_factory=dict)
    tracks: dict[str, SetTrack] = field(default_factory=dict)
    subscriptions: dict[str, SetSubscription] = field(default_factory=dict)
    _in_room: dict[str, set[str]] = field(default_factory=dict)
    _on_transport: dict[str, _OnTransport] = field(default_factory=dict)
    _of_track: dict[str, _OfTrack] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    """Objects of which the engine refused a command: the next one is passed on even if it says the same."""

    # --- commands ---------------------------------------------------------------------------------------------------

    def is_news(self, command: SetCommand) -> bool:
        """Does this command change anything? Repeats, and a Slot's older generations, do not."""
        match command:
            case SetRoom(room_id=object_id):
                before: SetCommand | None = self.rooms.get(object_id)
            case SetTransport(transport_id=object_id):
                before = self.transports.get(object_id)
            case SetTrack(track_id=object_id):
                before = self.tracks.get(object_id)
            case SetSubscription(subscription_id=object_id):
                before = self.subscriptions.get(object_id)
                on_slot = self._on_slot(command)
                if on_slot is not None and on_slot.generation > command.generation:
                    return False
        return object_id in self.refused or not _same(before, command)

    def lacks(self, command: SetCommand) -> str | None:
        """The kind of object that a command hangs on and that is not there."""
        match command:
            case SetRoom():
                return None
            case SetTransport():
                return None if command.room_id in self.rooms else "room"
            case SetTrack():
                return None if command.transport_id in self.transports else "transport"
            case SetSubscription():
                if command.transport_id not in self.transports:
                    return "transport"
                return None if command.track_id in self.tracks else "track"

    def put(self, command: SetCommand) -> None:
        """The command was passed on."""
        match command:
            case SetRoom(room_id=object_id):
                self.rooms[object_id] = command
                self._in_room.setdefault(object_id, set())
            case SetTransport(transport_id=object_id):
                self.transports[object_id] = command
                self._in_room.setdefault(command.room_id, set()).add(object_id)
                self._on_transport.setdefault(object_id, _OnTransport())
            case SetTrack(track_id=object_id):
                self.tracks[object_id] = command
                self._on_transport[command.transport_id].tracks.add(object_id)
                self._of_track.setdefault(object_id, _OfTrack())
            case SetSubscription(subscription_id=object_id):
                for replaced in (self._on_slot(command), self.subscriptions.get(object_id)):
                    if replaced is not None:
                        self._forget_subscription(replaced.subscription_id)
                self.subscriptions[object_id] = command
                self._on_transport[command.transport_id].slots[command.slot] = object_id
                self._of_track[command.track_id].subscriptions.add(object_id)
        self.refused.discard(object_id)

    def close(self, command: CloseCommand) -> tuple[str, ...]:
        """Forget an object and all in it; the transports among them."""
        match command:
            case CloseRoom(room_id=object_id):
                return self._forget_room(object_id)
            case CloseTransport(transport_id=object_id):
                return self._forget_transport(object_id)
            case CloseTrack(track_id=object_id):
                self._forget_track(object_id)
            case CloseSubscription(subscription_id=object_id):
                self._forget_subscription(object_id)
        return ()

    def _on_slot(self, command: SetSubscription) -> SetSubscription | None:
        """What the command's Slot shows until now."""
        held = self._on_transport.get(command.transport_id)
        return None if held is None else self.subscriptions.get(held.slots.get(command.slot, ""))

    def _forget_room(self, room_id: str) -> tuple[str, ...]:
        gone = tuple(self._in_room.pop(room_id, ()))
        for transport_id in gone:
            self._forget_transport(transport_id)
        self.rooms.pop(room_id, None)
        self.refused.discard(room_id)
        return gone

    def _forget_transport(self, transport_id: str) -> tuple[str, ...]:
        transport = self.transports.pop(transport_id, None)
        if transport is None:
            return ()
        held = self._on_transport.pop(transport_id)
        for track_id in tuple(held.tracks):
            self._forget_track(track_id)
        for subscription_id in tuple(held.slots.values()):
            self._forget_subscription(subscription_id)
        self._in_room.get(transport.room_id, set()).discard(transport_id)
        self.refused.discard(transport_id)
        return (transport_id,)

    def _forget_track(self, track_id: str) -> None:
        track = self.tracks.pop(track_id, None)
        if track is None:
            return
        for subscription_id in tuple(self._of_track.pop(track_id).subscriptions):
            self._forget_subscription(subscription_id)
        if (held := self._on_transport.get(track.transport_id)) is not None:
            held.tracks.discard(track_id)
        self.refused.discard(track_id)

    def _forget_subscription(self, subscription_id: str) -> None:
        gone = self.subscriptions.pop(subscription_id, None)
        if gone is None:
            return
        held = self._on_transport.get(gone.transport_id)
        if held is not None and held.slots.get(gone.slot) == subscription_id:
            del held.slots[gone.slot]
        if (of_track := self._of_track.get(gone.track_id)) is not None:
            of_track.subscriptions.discard(subscription_id)
        self.refused.discard(subscription_id)

    # --- what the engine told ---------------------------------------------------------------------------------------

    def note(self, event: TransportState | TrackLive | SlotMapped | SubscriptionLayer) -> None:
        """Keep the latest of each; what is of a closed object is not kept."""
        match event:
            case TrackLive(track_id=track_id):
                if (of_track := self._of_track.get(track_id)) is not None:
                    of_track.live[event.spatial] = event
            case TransportState() | SlotMapped() | SubscriptionLayer():
                if (held := self._on_transport.get(event.transport_id)) is not None:
                    held.note(event)

    def fault(self, event: RoomFaulted) -> tuple[str, ...]:
        """The Room is gone; its transports."""
        return self._forget_room(event.room_id)

    def refuse(self, kind: str, object_id: str) -> str:
        """The engine refused a command for this object; that command's id."""
        command: SetCommand | None
        match kind:
            case "room":
                command = self.rooms.get(object_id)
            case "transport":
                command = self.transports.get(object_id)
            case "track":
                command = self.tracks.get(object_id)
            case _:
                command = self.subscriptions.get(object_id)
        if command is None:
            return ""
        self.refused.add(object_id)
        return command.command_id

    # --- resync -----------------------------------------------------------------------------------------------------

    def unwanted(self, wanted: WantedState) -> Iterator[CloseCommand]:
        """What to close so that only what is wanted is left: inner things first. An object that is wanted with other
        parents is another object."""
        rooms = {one.room_id: one.shard for one in wanted.rooms}
        transports = {one.transport_id: (one.room_id, one.participant_id, one.direction) for one in wanted.transports}
        tracks = {one.track_id: (one.transport_id, one.participant_id) for one in wanted.tracks}
        subscriptions = {one.subscription_id: one.transport_id for one in wanted.subscriptions}
        for subscription in tuple(self.subscriptions.values()):
            if subscriptions.get(subscription.subscription_id) != subscription.transport_id:
                yield CloseSubscription(subscription_id=subscription.subscription_id)
        for track in tuple(self.tracks.values()):
            if tracks.get(track.track_id) != (track.transport_id, track.participant_id):
                yield CloseTrack(track_id=track.track_id)
        for transport in tuple(self.transports.values()):
            place = (transport.room_id, transport.participant_id, transport.direction)
            if transports.get(transport.transport_id) != place:
                yield CloseTransport(transport_id=transport.transport_id)
        for room in tuple(self.rooms.values()):
            if rooms.get(room.room_id) != room.shard:
                yield CloseRoom(room_id=room.room_id)

    def current(self) -> CurrentState:
        return CurrentState(
            rooms=tuple(self.rooms),
            transports=tuple((transport_id, held.state) for transport_id, held in self._on_transport.items()),
            tracks=tuple(self.tracks),
            subscriptions=tuple(self.subscriptions),
            mappings=tuple(one for held in self._on_transport.values() for one in held.mappings.values()),
        )

    def missed(self) -> Iterator[TrackLive | SubscriptionLayer]:
        """What `CurrentState` has no place for: Tracks that flow, and the layers that flow to Slots."""
        for of_track in self._of_track.values():
            yield from (event for event in of_track.live.values() if event.active)
        for held in self._on_transport.values():
            yield from held.layers.values()

    def counts(self) -> dict[str, int]:
        return {
            "rooms": len(self.rooms),
            "transports": len(self.transports),
            "tracks": len(self.tracks),
            "subscriptions": len(self.subscriptions),
        }


def _same(before: SetCommand | None, after: SetCommand) -> bool:
    """Equal but for the id of the command."""
    if before is None:
        return False
    names = (name for name in before.__struct_fields__ if name != "command_id")
    return all(getattr(before, name) == getattr(after, name) for name in names)
