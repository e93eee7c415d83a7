"""What the native plane tells, as events of the link contract."""

from typing import Any

from media.contract import (
    Counters,
    Layer,
    RoomFaulted,
    SlotMapped,
    Speaker,
    Speakers,
    SubscriptionLayer,
    TrackLive,
    TransportState,
    TransportStats,
)

NativeEvent = (
    TransportState | TrackLive | SlotMapped | SubscriptionLayer | Speakers | TransportStats | Counters | RoomFaulted
)


def of_native(event: tuple[Any, ...]) -> NativeEvent:
    """All but `handshake` and `command_failed`, which do not cross the link as they are."""
    match event:
        case ("transport_state", transport_id, state, reason):
            return TransportState(transport_id=transport_id, state=state, reason=reason)
        case ("track_live", track_id, spatial, active):
            return TrackLive(track_id=track_id, spatial=spatial, active=active)
        case ("slot_mapped", transport_id, slot, generation, track_id, rtp_timestamp):
            return SlotMapped(
                transport_id=transport_id,
                slot=slot,
                generation=generation,
                track_id=track_id,
                rtp_timestamp=rtp_timestamp,
            )
        case ("subscription_layer", transport_id, slot, track_id, layer):
            flowing = None if layer is None else Layer(spatial=layer[0], temporal=layer[1])
            return SubscriptionLayer(transport_id=transport_id, slot=slot, track_id=track_id, layer=flowing)
        case ("speakers", room_id, speakers):
            loudest = tuple(Speaker(track_id=track_id, level_dbov=level) for track_id, level in speakers)
            return Speakers(room_id=room_id, speakers=loudest)
        case ("transport_stats", transport_id, values):
            return TransportStats(transport_id=transport_id, **values)
        case ("counters", values):
            return Counters(values=values)
        case ("room_faulted", room_id, reason):
            return RoomFaulted(room_id=room_id, reason=reason)
    raise AssertionError(f"the native plane told something unknown: {event[0]}")
