"""What a Participant sends: the publish transport, its Tracks, mute."""

from msgspec.structs import replace

from media.contract import CloseTrack, CloseTransport, SetTrack, SetTransport
from server.classroom.roster import SetMuted, SetTracks
from server.errors import Rejected
from server.ids import mint
from server.live.effects import Effects
from server.live.person import Person, PublishSide
from server.live.room import Room, announce, fresh_path, session_number
from server.live.subscribing import bind_pinned_of_all, forget_tracks
from server.rtc.negotiate import (
    PublishPlan,
    TrackPlan,
    is_ice_restart,
    is_new_transport,
    read_publish,
    write_publish_answer,
)
from signaling.codes import ERROR_TEXTS, ErrorCode
from signaling.messages import Ack, Mute, Publish, Published, Track, TrackAnswer


def publish(room: Room, person: Person, message: Publish, now_s: float, out: Effects) -> None:
    """An offer for the publish transport: the first one opens it, later ones change it."""
    for track in message.tracks:
        room.roster.require(person.participant_id, room.policy.publish_action(track.source))
    home = room.home()
    if home is None:
        raise Rejected(ErrorCode.MEDIA_UNAVAILABLE.value, ERROR_TEXTS[ErrorCode.MEDIA_UNAVAILABLE])
    plan = read_publish(message.sdp, message.tracks, room.limits.video_preference)
    # Nothing below refuses.
    side = person.publish
    if side is not None and is_new_transport(side.remote, plan.remote):
        close_publish(room, person, now_s, out)
        side = None
    if side is None:
        side = PublishSide(mint("trn"), fresh_path(home), plan.remote, session_number())
        person.publish = side
        room.transports[side.transport_id] = person.participant_id
    else:
        side.version += 1
        if is_ice_restart(side.remote, plan.remote):
            side.local = fresh_path(home)
        side.remote = plan.remote
    out.put(_transport(room, person, side, plan))
    specs = {track.mid: _track_spec(person, side, track) for track in plan.tracks}
    kept = {spec.track_id for spec in specs.values()}
    gone = [spec for spec in side.tracks.values() if spec.track_id not in kept]
    out.put(*(CloseTrack(track_id=spec.track_id) for spec in gone))
    side.tracks = specs
    out.put(*specs.values())
    answer = write_publish_answer(plan, side.local, number=side.number, version=side.version)
    answers = tuple(TrackAnswer(mid=mid, track_id=spec.track_id) for mid, spec in specs.items())
    out.answer(person.outlet, Published(re=message.id, sdp=answer, tracks=answers))
    tracks = tuple(_track(person, specs[track.mid], track) for track in plan.tracks)
    _set_tracks(room, person, tracks, now_s, out)


def mute(room: Room, person: Person, message: Mute, now_s: float, out: Effects) -> None:
    """Mute or unmute one's own Track; media drops what still arrives."""
    events = room.roster.apply(SetMuted(person.participant_id, message.track_id, message.muted), now_s)
    side = person.publish
    mid = None if side is None else side.mid_of(message.track_id)
    if events and side is not None and mid is not None:
        side.tracks[mid] = replace(side.tracks[mid], muted=message.muted)
        out.put(side.tracks[mid])
    out.answer(person.outlet, Ack(re=message.id))
    announce(room, events, out)


def close_publish(room: Room, person: Person, now_s: float, out: Effects) -> None:
    """The publish transport is gone, with its Tracks; everyone is told."""
    side = person.publish
    if side is None:
        return
    person.publish = None
    person.health.forget_transport("publish")
    room.transports.pop(side.transport_id, None)
    out.put(CloseTransport(transport_id=side.transport_id))
    _set_tracks(room, person, (), now_s, out)


def _set_tracks(room: Room, person: Person, tracks: tuple[Track, ...], now_s: float, out: Effects) -> None:
    before = {track.track_id for track in room.roster.tracks_of(person.participant_id)}
    events = room.roster.apply(SetTracks(person.participant_id, tracks), now_s)
    forget_tracks(room, before - {track.track_id for track in tracks})
    announce(room, events, out)
    if events:
        bind_pinned_of_all(room, out)


def _transport(room: Room, person: Person, side: PublishSide, plan: PublishPlan) -> SetTransport:
    return SetTransport(
        transport_id=side.transport_id,
        room_id=room.room_id,
        participant_id=person.participant_id,
        direction="publish",
        ice_ufrag=side.local.ice_ufrag,
        ice_pwd=side.local.ice_pwd,
        remote=plan.remote,
        extensions=plan.extensions,
    )


def _track_spec(person: Person, side: PublishSide, plan: TrackPlan) -> SetTrack:
    """What media is told. An m-line that goes on with the same kind of source keeps its Track id; another codec, or
    another set of layers, is another Track: subscribers must start at a key frame of it."""
    before = side.tracks.get(plan.mid)
    same = (
        before is not None
        and before.kind == plan.kind
        and before.codec == plan.codec
        and before.rids == plan.rids
        and before.audible == (plan.source == "mic")
    )
    return SetTrack(
        track_id=before.track_id if before is not None and same else mint("trk"),
        transport_id=side.transport_id,
        participant_id=person.participant_id,
        kind=plan.kind,
        mid=plan.mid,
        codec=plan.codec,
        rids=plan.rids,
        ssrcs=plan.ssrcs,
        audible=plan.source == "mic",
        muted=plan.muted,
    )


def _track(person: Person, spec: SetTrack, plan: TrackPlan) -> Track:
    return Track(
        track_id=spec.track_id,
        participant_id=person.participant_id,
        source=plan.source,
        kind=plan.kind,
        muted=plan.muted,
        layers=plan.layers,
        content_hint=plan.content_hint,
    )
