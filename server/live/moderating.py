"""Staff guide the class: spotlight, muting, stopping, permissions, roles, sending out, and calls for help.

Orders only; the rules are `classroom/guiding.py` and `classroom/presence.py`.
"""

from dataclasses import replace
from typing import assert_never, cast

from server.classroom import guiding, presence
from server.classroom.events_class import HelpAsked as HelpAskedFact
from server.classroom.events_class import PermissionSet, PersonMuted, TrackStopped
from server.classroom.guiding import help_request, permissions_of
from server.classroom.people import rejected, require
from server.classroom.roster import ChangeRole
from server.live.effects import Effects
from server.live.person import Person
from server.live.ports import Report
from server.live.presence import remove
from server.live.publishing import mute_track, stop_tracks
from server.live.room import Room, announce, record, room_snapshot
from server.live.subscribing import bind_pinned_of_all
from server.live.waiting_room import tell_removed
from signaling.codes import ByeCode, ErrorCode, LeftReason
from signaling.lesson import AskHelp, HelpAsked
from signaling.messages import Ack, Admitted, Role, Track
from signaling.moderation import (
    ActionsChanged,
    AskUnmute,
    ModerationClientMessage,
    MutePerson,
    PermissionsChanged,
    Permit,
    Readmit,
    RemovePerson,
    SetRole,
    Spotlight,
    Spotlighted,
    StopTrack,
    UnmuteAsked,
)

HELP_EVERY_S = 2.0  # of one person; whoever is in trouble presses more than once


def moderate(room: Room, person: Person, message: ModerationClientMessage, now_s: float, out: Effects) -> None:
    """One message of this topic."""
    match message:
        case Spotlight():
            _spotlight(room, person, message, now_s, out)
        case MutePerson():
            _mute(room, person, message, now_s, out)
        case AskUnmute():
            _ask_unmute(room, person, message, out)
        case StopTrack():
            _stop(room, person, message, now_s, out)
        case RemovePerson():
            _remove(room, person, message, now_s, out)
        case Readmit():
            _readmit(room, person, message, now_s, out)
        case Permit():
            _permit(room, person, message, now_s, out)
        case SetRole():
            _set_role(room, person, message, now_s, out)
        case _:
            assert_never(message)


def _spotlight(room: Room, person: Person, message: Spotlight, now_s: float, out: Effects) -> None:
    state, wanted = room.state, message.participant_id
    by, now_ms = person.participant_id, room.now_ms(now_s)
    events = guiding.spotlight(state.guiding, state.presence, state, by, wanted, now_ms)
    out.answer(person.outlet, Ack(re=message.id))
    if record(room, events, out):
        out.tell_all(room.people.values(), Spotlighted(seq=0, participant_id=wanted))


def _mute(room: Room, person: Person, message: MutePerson, now_s: float, out: Effects) -> None:
    """One person's Track, or those of all students. Staff do not mute each other by the button for all."""
    require(room.state, person.participant_id, "mute_others")
    if message.participant_id is None:
        wanted = room.state.student_ids()
    else:
        wanted = (room.state.presence.require(message.participant_id).participant_id,)
    out.answer(person.outlet, Ack(re=message.id))
    for track in tuple(room.roster.tracks):
        if track.participant_id in wanted and track.source == message.source and not track.muted:
            mute_track(room, track, now_s, out)
            by = person.participant_id
            record(room, [PersonMuted(room.now_ms(now_s), track.participant_id, track.track_id, by)], out)


def _ask_unmute(room: Room, person: Person, message: AskUnmute, out: Effects) -> None:
    require(room.state, person.participant_id, "mute_others")
    asked = room.people.get(message.participant_id)
    if asked is None:
        raise rejected(ErrorCode.PERSON_UNKNOWN)
    out.answer(person.outlet, Ack(re=message.id))
    out.tell(asked, UnmuteAsked(seq=0, by_participant_id=person.participant_id, source=message.source))


def _stop(room: Room, person: Person, message: StopTrack, now_s: float, out: Effects) -> None:
    require(room.state, person.participant_id, "stop_tracks")
    track = room.roster.track(message.track_id)
    out.answer(person.outlet, Ack(re=message.id))
    if track is not None:  # else it ended by itself meanwhile: what was wanted is so
        _stop_all(room, [track], person.participant_id, now_s, out)


def _stop_all(room: Room, tracks: list[Track], by: str, now_s: float, out: Effects) -> None:
    now_ms = room.now_ms(now_s)
    for track in tracks:
        record(room, [TrackStopped(now_ms, track.participant_id, track.track_id, track.source, by)], out)
    for participant_id in dict.fromkeys(track.participant_id for track in tracks):
        owner = room.people[participant_id]
        stop_tracks(room, owner, {one.track_id for one in tracks if one.participant_id == participant_id}, now_s, out)


def _remove(room: Room, person: Person, message: RemovePerson, now_s: float, out: Effects) -> None:
    state, by = room.state, person.participant_id
    events = guiding.remove(
        state.presence, state, by, message.participant_id, may_ask=message.readmit, now_ms=room.now_ms(now_s)
    )
    out.answer(person.outlet, Ack(re=message.id))
    record(room, events, out)
    remove(room, room.people[message.participant_id], LeftReason.REMOVED, ByeCode.REMOVED, now_s, out)
    tell_removed(room, out)


def _readmit(room: Room, person: Person, message: Readmit, now_s: float, out: Effects) -> None:
    state, by = room.state, person.participant_id
    events = guiding.readmit(state.waiting, state, by, message.participant_id, room.now_ms(now_s))
    out.answer(person.outlet, Ack(re=message.id))
    if record(room, events, out):
        room.people_changed = True  # they may wait at the door already
        tell_removed(room, out)


def _permit(room: Room, person: Person, message: Permit, now_s: float, out: Effects) -> None:
    state, by = room.state, person.participant_id
    before = {one: state.actions_of(one) for one in room.people}
    events = guiding.permit(
        state.guiding,
        state.presence,
        state,
        by,
        message.participant_id,
        message.action,
        message.allowed,
        room.now_ms(now_s),
    )
    out.answer(person.outlet, Ack(re=message.id))
    if not record(room, events, out):
        return
    for one in tuple(room.people.values()):
        if before[one.participant_id] != state.actions_of(one.participant_id):
            rights_changed(room, one, by, now_s, out)
    staff = room.staff()
    if any(isinstance(event, PermissionSet) for event in events):
        out.tell_all(staff, PermissionsChanged(seq=0, permissions=permissions_of(state.guiding)))


def rights_changed(room: Room, person: Person, by: str, now_s: float, out: Effects) -> None:
    """Somebody may do more or less than before: what they may not publish any more ends at once."""
    participant_id = person.participant_id
    allowed = room.state.actions_of(participant_id)
    forbidden = [
        track
        for track in room.roster.tracks_of(participant_id)
        if room.policy.publish_action(track.source) not in allowed
    ]
    _stop_all(room, forbidden, by, now_s, out)
    role = cast(Role, person.seat.role)
    out.tell(person, ActionsChanged(seq=0, role=role, actions=tuple(sorted(allowed))))


def _set_role(room: Room, person: Person, message: SetRole, now_s: float, out: Effects) -> None:
    """Co-instructors, hand-over, assistants. What the Seat says comes back with the next sitting."""
    state, by = room.state, person.participant_id
    require(state, by, "set_role")
    target = room.people.get(message.participant_id)
    if target is None:
        raise rejected(ErrorCode.PERSON_UNKNOWN)
    events = presence.set_role(
        state.presence, by, target.participant_id, message.role, target.seat_role, room.now_ms(now_s)
    )
    out.answer(person.outlet, Ack(re=message.id))
    if not record(room, events, out):
        return
    target.seat = replace(target.seat, role=message.role)
    announce(room, room.roster.apply(ChangeRole(target.participant_id, message.role), now_s), now_s, out)
    rights_changed(room, target, by, now_s, out)
    bind_pinned_of_all(room, out)
    # What staff see is theirs now, or is taken away: they get the whole class anew.
    actions = tuple(sorted(state.actions_of(target.participant_id)))
    out.tell(target, Admitted(seq=0, actions=actions, room=room_snapshot(room, target, now_s)))


def ask_help(room: Room, person: Person, message: AskHelp, now_s: float, out: Effects) -> None:
    """Technical trouble goes to the staff here, or to an operator while there are none. A report goes to the
    safeguarding people and to nobody in this class."""
    if now_s - person.helped_s < HELP_EVERY_S and message.key != person.help_key:
        raise rejected(ErrorCode.TOO_FAST)
    state, by = room.state, person.participant_id
    if message.kind == "technical":
        events = guiding.ask_help(state.guiding, by, message.key, message.text, room.now_ms(now_s))
        record(room, events, out)
        staff = [one for one in room.staff() if one is not person]
        for event in events:
            if isinstance(event, HelpAskedFact):
                out.tell_all(staff, HelpAsked(seq=0, request=help_request(event)))
        if not any(one.outlet is not None for one in staff):
            out.report(_report(room, person, message))
    else:
        out.report(_report(room, person, message))
    person.helped_s, person.help_key = now_s, message.key
    out.answer(person.outlet, Ack(re=message.id))


def _report(room: Room, person: Person, message: AskHelp) -> Report:
    about = room.state.presence.known.get(message.about_participant_id or "")
    return Report(
        kind="safeguarding" if message.kind == "safeguarding" else "technical_help",
        org_id=room.org_id,
        session_id=room.session_id,
        key=message.key,
        by_person_id=person.seat.person_id,
        about_person_id=None if about is None else about.person_id,
        text=message.text,
    )
