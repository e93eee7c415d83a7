"""What the native plane tells, as events of the link contract."""

from typing import Any

from media.contract import (
    CopyProgress,
    CopyState,
    Counters,
    Layer,
    RoomFaulted,
    SlotMapped,
    Speaker,
    Speakers,
    SpoolProgress,
    SubscriptionLayer,
    TapProgress,
    TrackLive,
    TransportState,
    TransportStats,
)

NativeEvent = (
    TransportState
    | TrackLive
    | SlotMapped
    | SubscriptionLayer
    | Speakers
    | TransportStats
    | Counters
    | RoomFaulted
    | SpoolProgress
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
        case ("speakers", room_id, group, speakers):
            loudest = tuple(Speaker(track_id=track_id, level_dbov=level) for track_id, level in speakers)
            return Speakers(room_id=room_id, group=group, speakers=loudest)
        case ("transport_stats", transport_id, values):
            return TransportStats(transport_id=transport_id, **values)
        case ("counters", values):
            return Counters(values=values)
        case ("room_faulted", room_id, reason):
            return RoomFaulted(room_id=room_id, reason=reason)
        case ("spool_progress", *_):
            return _spool_progress(event)
    raise AssertionError(f"the native plane told something unknown: {event[0]}")


def _spool_progress(event: tuple[Any, ...]) -> SpoolProgress:
    _, recording_id, at_utc_us, taps, copies, settled = event
    return SpoolProgress(
        recording_id=recording_id,
        at_utc_us=at_utc_us,
        taps=tuple(
            TapProgress(
                tap_id=tap_id,
                track_id=track_id,
                forwarded=forwarded,
                forwarded_utc_us=forwarded_utc_us,
                a=CopyProgress(*a),
                b=CopyProgress(*b),
                open=is_open,
            )
            for tap_id, track_id, (forwarded, forwarded_utc_us), (a, b), is_open in taps
        ),
        copies=tuple(
            CopyState(
                copy=copy,
                state=state,
                code=code,
                text=text,
                since_utc_us=since_utc_us,
                waiting_bytes=waiting_bytes,
                oldest_waiting_utc_us=oldest_utc_us,
            )
            for (copy, state), (code, text), since_utc_us, (waiting_bytes, oldest_utc_us) in copies
        ),
        settled=settled,
    )
