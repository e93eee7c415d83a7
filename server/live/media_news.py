"""What media says, in the clients' terms."""

from typing import assert_never

import structlog

from media.contract import (
    CommandFailed,
    RoomFaulted,
    SlotMapped,
    Speakers,
    SubscriptionLayer,
    TrackLive,
    TransportState,
    TransportStats,
)
from server.live.effects import Effects
from server.live.entry import reset_media
from server.live.person import Person
from server.live.publishing import close_publish
from server.live.room import Room, slot_mapping
from server.live.subscribing import close_subscribe, open_subscribe
from server.rtc.port import RoomEvent
from signaling.codes import ERROR_TEXTS, ErrorCode, ResetReason
from signaling.messages import Direction, Error, SpeakerLevel, SpeakersChanged, TransportChanged
from signaling.messages import SlotMapped as SlotMappedMessage

# A Room whose media faults three times in a minute would fault a fourth time: the class goes on without media, and
# says so.
FAULTS_MAX = 3
FAULT_WINDOW_S = 60.0

_log = structlog.get_logger("live")


def media_event(room: Room, event: RoomEvent, now_s: float, out: Effects) -> None:
    """One event of the Room's media. News of what is closed already means nothing."""
    match event:
        case TransportState():
            _transport_state(room, event, out)
        case SlotMapped():
            _slot_mapped(room, event, out)
        case Speakers():
            _speakers(room, event, out)
        case TransportStats():
            person = room.person_of_transport(event.transport_id)
            if person is not None:
                person.health.take_stats(_direction(person, event.transport_id), event)
        case CommandFailed():
            _command_failed(room, event, out)
        case RoomFaulted():
            _faulted(room, event, now_s, out)
        case TrackLive() | SubscriptionLayer():
            pass  # nobody is told of these yet: the client sees them in its own statistics
        case _:
            assert_never(event)


def media_replaced(room: Room, reason: ResetReason, now_s: float, out: Effects) -> None:
    """All transports are gone: everyone starts media anew, on the same page. Who had none yet gets a first offer."""
    affected = [p for p in room.people.values() if p.publish is not None or p.subscribe is not None]
    untouched = [p for p in room.people.values() if p.publish is None and p.subscribe is None]
    # First everything is closed, then opened: no Slot is bound to what the next moment closes.
    for person in affected:
        close_subscribe(room, person, out)
    for person in affected:
        close_publish(room, person, now_s, out)
    for person in affected:
        reset_media(room, person, reason, now_s, out)
    for person in untouched:
        open_subscribe(room, person, out)


def _direction(person: Person, transport_id: str) -> Direction:
    publishes = person.publish is not None and person.publish.transport_id == transport_id
    return "publish" if publishes else "subscribe"


def _transport_state(room: Room, event: TransportState, out: Effects) -> None:
    person = room.person_of_transport(event.transport_id)
    if person is None:
        return
    direction = _direction(person, event.transport_id)
    side = person.publish if direction == "publish" else person.subscribe
    if side is not None:
        side.state = event.state
    person.health.states[direction] = event.state
    if event.state in ("disconnected", "failed"):
        _log.info(
            "transport_" + event.state,
            session=room.session_id,
            room=room.room_id,
            participant=person.participant_id,
            direction=direction,
            reason=event.reason,
        )
    # The client decides: restart ICE, or ask for new transports; it sees its own network, we do not.
    out.latest((person,), f"transport {direction}", TransportChanged(direction=direction, state=event.state))


def _slot_mapped(room: Room, event: SlotMapped, out: Effects) -> None:
    person = room.person_of_transport(event.transport_id)
    if person is None or person.subscribe is None:
        return
    known = person.subscribe.mappings.get(event.slot)
    if known is not None and (event.generation < known.generation or event == known):
        return
    person.subscribe.mappings[event.slot] = event
    out.tell(person, SlotMappedMessage(seq=0, mapping=slot_mapping(room, event)))


def _speakers(room: Room, event: Speakers, out: Effects) -> None:
    speakers: list[SpeakerLevel] = []
    for speaker in event.speakers:
        track = room.roster.track(speaker.track_id)
        if track is not None:
            speakers.append(
                SpeakerLevel(
                    participant_id=track.participant_id, track_id=track.track_id, level_dbov=speaker.level_dbov
                )
            )
    out.latest(room.people.values(), "speakers", SpeakersChanged(speakers=tuple(speakers)))


def _command_failed(room: Room, event: CommandFailed, out: Effects) -> None:
    """Media refused a transport: its owner is told, since nothing will come of it."""
    person = room.person_of_transport(event.object_id)
    if person is not None:
        code = ErrorCode.MEDIA_UNAVAILABLE
        out.answer(person.outlet, Error(re=0, code=code.value, text=ERROR_TEXTS[code]))


def _faulted(room: Room, event: RoomFaulted, now_s: float, out: Effects) -> None:
    room.faulted_s = [at_s for at_s in room.faulted_s if now_s - at_s < FAULT_WINDOW_S] + [now_s]
    _log.error("room_faulted", session=room.session_id, room=room.room_id, reason=event.reason[:200])
    room.media_given_up = len(room.faulted_s) > FAULTS_MAX
    media_replaced(room, ResetReason.ROOM_FAULTED, now_s, out)
    if room.media_given_up:
        code = ErrorCode.MEDIA_UNAVAILABLE
        for person in room.people.values():
            out.answer(person.outlet, Error(re=0, code=code.value, text=ERROR_TEXTS[code]))
