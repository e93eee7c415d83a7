"""All that control wants to exist on a media process: the memory from which a link is filled again. Pure.

Closing is cascading, as on media: a Room takes its transports along, a transport its Tracks and Subscriptions, a
Track the Subscriptions to it. A Slot has at most one Subscription: a newer one replaces it.
"""

from media.contract import (
    CloseRoom,
    CloseSubscription,
    CloseTrack,
    CloseTransport,
    SetRoom,
    SetSubscription,
    SetTrack,
    SetTransport,
    WantedState,
)
from server.rtc.port import RoomCommand


class Wanted:
    """Rooms, transports, Tracks and Subscriptions by id, each knowing where it hangs."""

    def __init__(self) -> None:
        self.rooms: dict[str, SetRoom] = {}
        self._transports: dict[str, SetTransport] = {}
        self._tracks: dict[str, SetTrack] = {}
        self._subscriptions: dict[str, SetSubscription] = {}
        self._transports_of: dict[str, set[str]] = {}
        self._tracks_of: dict[str, set[str]] = {}
        self._watchers_of: dict[str, set[str]] = {}
        self._slots_of: dict[str, dict[int, str]] = {}

    def open_room(self, room: SetRoom) -> None:
        self.rooms[room.room_id] = room
        self._transports_of.setdefault(room.room_id, set())

    def put(self, command: RoomCommand) -> bool:
        """Remember a command. False when what it hangs on is gone: it then means nothing and must not be sent."""
        match command:
            case SetTransport():
                return self._set_transport(command)
            case SetTrack():
                return self._set_track(command)
            case SetSubscription():
                return self._set_subscription(command)
            case CloseTransport(transport_id=transport_id):
                return self._close_transport(transport_id)
            case CloseTrack(track_id=track_id):
                return self._close_track(track_id)
            case CloseSubscription(subscription_id=subscription_id):
                return self._close_subscription(subscription_id)
            case CloseRoom(room_id=room_id):
                return self._close_room(room_id)

    def room_of(self, object_id: str) -> str | None:
        """The Room of a Room, transport, Track or Subscription that is still wanted."""
        if object_id in self.rooms:
            return object_id
        if (subscription := self._subscriptions.get(object_id)) is not None:
            object_id = subscription.transport_id
        if (track := self._tracks.get(object_id)) is not None:
            object_id = track.transport_id
        transport = self._transports.get(object_id)
        return None if transport is None else transport.room_id

    def state(self) -> WantedState:
        """Everything, for the first frame on a link."""
        return WantedState(
            rooms=tuple(self.rooms.values()),
            transports=tuple(self._transports.values()),
            tracks=tuple(self._tracks.values()),
            subscriptions=tuple(self._subscriptions.values()),
        )

    def forget_media(self, room_id: str) -> None:
        """The Room stays, all in it is gone: its media process was replaced or dropped it."""
        for transport_id in tuple(self._transports_of.get(room_id, ())):
            self._close_transport(transport_id)

    def counts(self) -> dict[str, int]:
        return {
            "rooms": len(self.rooms),
            "transports": len(self._transports),
            "tracks": len(self._tracks),
            "subscriptions": len(self._subscriptions),
        }

    def _set_transport(self, command: SetTransport) -> bool:
        if command.room_id not in self.rooms:
            return False
        self._transports[command.transport_id] = command
        self._transports_of[command.room_id].add(command.transport_id)
        self._tracks_of.setdefault(command.transport_id, set())
        self._slots_of.setdefault(command.transport_id, {})
        return True

    def _set_track(self, command: SetTrack) -> bool:
        if command.transport_id not in self._transports:
            return False
        self._tracks[command.track_id] = command
        self._tracks_of[command.transport_id].add(command.track_id)
        self._watchers_of.setdefault(command.track_id, set())
        return True

    def _set_subscription(self, command: SetSubscription) -> bool:
        if command.transport_id not in self._transports or command.track_id not in self._tracks:
            return False
        slots = self._slots_of[command.transport_id]
        before = slots.get(command.slot)
        if before is not None:
            if self._subscriptions[before].generation > command.generation:
                return False
            self._close_subscription(before)
        self._subscriptions[command.subscription_id] = command
        slots[command.slot] = command.subscription_id
        self._watchers_of[command.track_id].add(command.subscription_id)
        return True

    def _close_room(self, room_id: str) -> bool:
        if self.rooms.pop(room_id, None) is None:
            return False
        self.forget_media(room_id)
        del self._transports_of[room_id]
        return True

    def _close_transport(self, transport_id: str) -> bool:
        transport = self._transports.pop(transport_id, None)
        if transport is None:
            return False
        for track_id in tuple(self._tracks_of.pop(transport_id)):
            self._close_track(track_id)
        for subscription_id in tuple(self._slots_of[transport_id].values()):
            self._close_subscription(subscription_id)
        del self._slots_of[transport_id]
        self._transports_of[transport.room_id].discard(transport_id)
        return True

    def _close_track(self, track_id: str) -> bool:
        track = self._tracks.pop(track_id, None)
        if track is None:
            return False
        for subscription_id in tuple(self._watchers_of.pop(track_id)):
            self._close_subscription(subscription_id)
        if track.transport_id in self._tracks_of:
            self._tracks_of[track.transport_id].discard(track_id)
        return True

    def _close_subscription(self, subscription_id: str) -> bool:
        subscription = self._subscriptions.pop(subscription_id, None)
        if subscription is None:
            return False
        slots = self._slots_of[subscription.transport_id]
        if slots.get(subscription.slot) == subscription.subscription_id:
            del slots[subscription.slot]
        if subscription.track_id in self._watchers_of:
            self._watchers_of[subscription.track_id].discard(subscription_id)
        return True
