"""What a Participant gets: the subscribe transport, its Slots, and what they show."""

import secrets
from collections.abc import Iterable

from media.contract import CloseSubscription, CloseTransport, ExtensionIds, Layer, SetSubscription, SetTransport
from server.errors import Rejected
from server.ids import mint
from server.live.effects import Effects
from server.live.person import Person, SubscribeSide
from server.live.pinned import pinned_sources
from server.live.room import Room, fresh_path, session_number
from server.rtc.constraints import PRIORITY_AUDIO, SlotBindings, apply_layout
from server.rtc.profile import INSTRUCTOR_AUDIO_SLOT, SCREEN_AUDIO_SLOT
from server.rtc.subscribe import plan_slots, read_subscribe_answer, write_subscribe_offer
from signaling.codes import ERROR_TEXTS, ErrorCode
from signaling.messages import Ack, Layout, RestartIce, SubscribeAnswer, SubscribeOffer, Track

_AUDIO_LAYER = Layer(spatial=0, temporal=0)


def open_subscribe(room: Room, person: Person, out: Effects) -> None:
    """A fresh subscribe transport and its offer; nothing while no media process is there, it will be made up for."""
    home = room.home()
    if home is None or not room.roster.allows(person.participant_id, "see_media"):
        return
    transport_id = mint("trn")
    person.generation += 1
    person.subscribe = SubscribeSide(
        transport_id=transport_id,
        local=fresh_path(home),
        slots=plan_slots(person.tier, (), lambda: secrets.randbits(32)),
        bindings=SlotBindings(transport_id, lambda: mint("sub")),
        number=session_number(),
        cname=secrets.token_urlsafe(12),
        generation=person.generation,
    )
    room.transports[transport_id] = person.participant_id
    out.put(_transport(room, person, person.subscribe))
    tell_offer(person, person.subscribe, out)
    bind_pinned(room, person, out)
    _show(room, person, out)


def tell_offer(person: Person, side: SubscribeSide, out: Effects) -> None:
    """The current offer, as it stands."""
    sdp = write_subscribe_offer(side.slots, side.local, cname=side.cname, number=side.number, version=side.version)
    slots = tuple(slot.message() for slot in side.slots)
    out.tell(person, SubscribeOffer(seq=0, generation=side.generation, sdp=sdp, slots=slots, fresh=side.fresh))


def answer(room: Room, person: Person, message: SubscribeAnswer, out: Effects) -> None:
    """The browser's answer: only to the latest offer. The same answer again is acknowledged again."""
    side = person.subscribe
    if side is None or message.generation != side.generation:
        raise Rejected(ErrorCode.STALE_GENERATION.value, ERROR_TEXTS[ErrorCode.STALE_GENERATION])
    side.plan = read_subscribe_answer(message.sdp, side.slots)
    side.answered_generation = message.generation
    side.fresh = False
    out.put(_transport(room, person, side))
    out.answer(person.outlet, Ack(re=message.id))


def restart_ice(room: Room, person: Person, message: RestartIce, out: Effects) -> None:
    """Fresh credentials on the same transport; media flows on the old path until the new one is proven."""
    side, home = person.subscribe, room.home()
    if side is None or home is None:
        raise Rejected(ErrorCode.MEDIA_UNAVAILABLE.value, ERROR_TEXTS[ErrorCode.MEDIA_UNAVAILABLE])
    side.local = fresh_path(home)
    side.version += 1
    person.generation += 1
    side.generation = person.generation
    out.put(_transport(room, person, side))
    out.answer(person.outlet, Ack(re=message.id))
    tell_offer(person, side, out)


def layout(room: Room, person: Person, message: Layout, out: Effects) -> None:
    """What the client wants to see; kept, so that a new transport shows the same."""
    side = person.subscribe
    if side is not None:
        known = {slot.slot for slot in side.slots if slot.kind == "video"}
        if any(wish.slot not in known for wish in message.slots):
            raise Rejected(ErrorCode.SLOT_UNKNOWN.value, ERROR_TEXTS[ErrorCode.SLOT_UNKNOWN])
    person.wishes = message.slots
    _show(room, person, out)
    out.answer(person.outlet, Ack(re=message.id))


def close_subscribe(room: Room, person: Person, out: Effects) -> None:
    """The subscribe transport is gone."""
    side = person.subscribe
    if side is None:
        return
    person.subscribe = None
    person.health.forget_transport("subscribe")
    room.transports.pop(side.transport_id, None)
    out.put(CloseTransport(transport_id=side.transport_id))


def visible_tracks(room: Room, person: Person) -> dict[str, Track]:
    """The Tracks that a Participant may see and hear: all but its own, if its role sees media at all."""
    if not room.roster.allows(person.participant_id, "see_media"):
        return {}
    return {t.track_id: t for t in room.roster.tracks if t.participant_id != person.participant_id}


def forget_tracks(room: Room, track_ids: Iterable[str]) -> None:
    """Tracks were closed: media dropped their Subscriptions, so nobody's Slots hold them."""
    gone = set(track_ids)
    for person in room.people.values() if gone else ():
        if person.subscribe is not None:
            for track_id in gone:
                person.subscribe.bindings.forget_track(track_id)


def bind_pinned_of_all(room: Room, out: Effects) -> None:
    """After Tracks or instructors came or went: does nothing unless that changed what can be pinned."""
    sources = pinned_sources(room.roster.members, room.roster.tracks)
    if sources != room.pinned:
        room.pinned = sources
        for person in room.people.values():
            bind_pinned(room, person, out)


def bind_pinned(room: Room, person: Person, out: Effects) -> None:
    """The instructor's voice in Slot 0, the screen's sound in Slot 1."""
    side = person.subscribe
    if side is None:
        return
    bound = side.bindings.bound.get(INSTRUCTOR_AUDIO_SLOT)
    voice = room.pinned.voice_for(person.participant_id, None if bound is None else bound.track_id)
    sound = room.pinned.sound_for(person.participant_id)
    for slot, track in ((INSTRUCTOR_AUDIO_SLOT, voice), (SCREEN_AUDIO_SLOT, sound)):
        command: SetSubscription | CloseSubscription | None
        if track is None:
            command = side.bindings.unbind(slot)
        else:
            command = side.bindings.bind(slot, track.track_id, _AUDIO_LAYER, PRIORITY_AUDIO)
        if command is not None:
            out.put(command)


def _show(room: Room, person: Person, out: Effects) -> None:
    if person.subscribe is not None:
        side = person.subscribe
        out.put(*apply_layout(person.wishes, side.video_slots, visible_tracks(room, person), side.bindings))


def _transport(room: Room, person: Person, side: SubscribeSide) -> SetTransport:
    """What media is told. While a newer offer is unanswered the browser's end is unknown; codecs stay in force."""
    plan = side.plan
    answered = plan is not None and side.answered_generation == side.generation
    return SetTransport(
        transport_id=side.transport_id,
        room_id=room.room_id,
        participant_id=person.participant_id,
        direction="subscribe",
        ice_ufrag=side.local.ice_ufrag,
        ice_pwd=side.local.ice_pwd,
        remote=plan.remote if plan is not None and answered else None,
        extensions=plan.extensions if plan is not None else ExtensionIds(),
        codecs=plan.codecs if plan is not None else (),
        slots=tuple(slot.spec() for slot in side.slots),
    )
