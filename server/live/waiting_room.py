"""The waiting room as pages see it: who waits is told why, staff see a list, who is let in gets the whole class.

Orders only; who may come in is `classroom/waiting.py`.
"""

from typing import cast

from server.classroom import waiting
from server.classroom.events_class import WaitingEnded, WaitOutcome
from server.classroom.people import rejected
from server.classroom.roster import Admit
from server.classroom.views import removed_list, waiting_list
from server.classroom.waiting import Candidate
from server.errors import Rejected
from server.live.effects import Effects
from server.live.person import Person
from server.live.presence import take_out
from server.live.room import Room, announce, record, room_snapshot
from server.live.subscribing import bind_pinned_of_all, open_subscribe
from signaling.codes import BYE_TEXTS, ByeCode, CloseCode, ErrorCode, LeftReason
from signaling.lesson import AdmitPeople, Lock, TurnAway, WaitingList, WaitReason
from signaling.lesson import Waiting as WaitingMessage
from signaling.messages import Ack, Admitted, Bye, Leave, Role
from signaling.moderation import RemovedList


def candidate_of(person: Person) -> Candidate:
    seat = person.seat
    return Candidate(
        person.participant_id, seat.seat_id, seat.person_id, cast(Role, seat.role), seat.is_minor, seat.is_guest
    )


def reason_for(room: Room, person: Person) -> WaitReason | None:
    """Why this person must wait now; None: come in. Raises `Rejected` for somebody who was sent away."""
    state = room.state
    return waiting.reason_to_wait(state.waiting, state.presence, state.lifecycle, candidate_of(person))


def begin(room: Room, person: Person, reason: WaitReason, now_s: float, out: Effects) -> None:
    """Somebody sits down in the waiting room. Raises `Rejected` when it is full."""
    events = waiting.begin(room.state.waiting, candidate_of(person), reason, room.now_ms(now_s))
    room.lobby[person.participant_id] = person
    if record(room, events, out):
        tell_list(room, out)


def let_in(room: Room, person: Person, by: str | None, now_s: float, out: Effects) -> None:
    """From the waiting room into the class. Raises `Rejected` (`room_full`) and changes nothing."""
    enter_roster(room, person, by, now_s, out)
    del room.lobby[person.participant_id]
    room.people[person.participant_id] = person
    actions = tuple(sorted(room.state.actions_of(person.participant_id)))
    out.tell(person, Admitted(seq=0, actions=actions, room=room_snapshot(room, person, now_s)))
    open_subscribe(room, person, out)


def enter_roster(room: Room, person: Person, by: str | None, now_s: float, out: Effects) -> None:
    """One more in the class; the others are told. Raises `Rejected` (`room_full`) and changes nothing."""
    seat = person.seat
    command = Admit(
        participant_id=person.participant_id,
        seat_id=seat.seat_id,
        person_id=seat.person_id,
        display_name=seat.display_name,
        role=cast(Role, seat.role),
        participants_max=seat.participants_max,
        is_minor=seat.is_minor,
    )
    events = room.roster.apply(command, now_s)
    room.empty_since_s = None
    record(room, [WaitingEnded(room.now_ms(now_s), person.participant_id, seat.seat_id, "admitted", by)], out)
    announce(room, events, now_s, out)


def give_up(room: Room, person: Person, now_s: float, out: Effects) -> None:
    """Somebody left the waiting room by themselves."""
    events = waiting.stop(room.state.waiting, person.participant_id, "gone", room.now_ms(now_s))
    room.lobby.pop(person.participant_id, None)
    if record(room, events, out):
        tell_list(room, out)


def recheck(room: Room, now_s: float, out: Effects) -> None:
    """Who may come in now, who waits for another reason?"""
    changed = False
    for person in tuple(room.lobby.values()):
        reason = reason_for(room, person)
        if reason is None:
            # Whoever is not there stays where they are: they come straight in when they are back.
            changed |= person.outlet is not None and _try_to_let_in(room, person, None, now_s, out)
            continue
        events = waiting.begin(room.state.waiting, candidate_of(person), reason, room.now_ms(now_s))
        if record(room, events, out):
            changed = True
            out.tell(person, WaitingMessage(seq=0, reason=reason))
    if changed:
        tell_list(room, out)


def _try_to_let_in(room: Room, person: Person, by: str | None, now_s: float, out: Effects) -> bool:
    try:
        let_in(room, person, by, now_s, out)
    except Rejected as rejected:
        if rejected.code != ErrorCode.ROOM_FULL.value:
            raise
        return False  # they wait until somebody leaves
    return True


def admit(room: Room, person: Person, message: AdmitPeople, now_s: float, out: Effects) -> None:
    """Staff let people in. If the class fills up on the way, the rest waits on."""
    events = _settle(room, person, message, now_s)
    seat = person.seat
    if events and len(room.roster.members) >= seat.participants_max:
        raise rejected(ErrorCode.ROOM_FULL)
    out.answer(person.outlet, Ack(re=message.id))
    for event in events:
        one = room.lobby.get(event.participant_id)
        if one is None or one.outlet is None:
            # Not there just now: the way in is free when they come back.
            room.lobby.pop(event.participant_id, None)
            record(room, [event], out)
        elif not _try_to_let_in(room, one, person.participant_id, now_s, out):
            break
    if events:
        tell_list(room, out)


def turn_away(room: Room, person: Person, message: TurnAway, now_s: float, out: Effects) -> None:
    """Staff send people away; they cannot ask again before staff say so."""
    events = _settle(room, person, message, now_s)
    out.answer(person.outlet, Ack(re=message.id))
    bye = ByeCode.TURNED_AWAY
    for event in events:
        record(room, [event], out)
        one = room.lobby.pop(event.participant_id, None)
        if one is not None:
            out.answer(one.outlet, Bye(code=bye.value, text=BYE_TEXTS[bye]))
            out.close(one.outlet, CloseCode.BYE, bye.value)
    if events:
        tell_list(room, out)
        tell_removed(room, out)


def _settle(room: Room, person: Person, message: AdmitPeople | TurnAway, now_s: float) -> list[WaitingEnded]:
    outcome: WaitOutcome = "admitted" if isinstance(message, AdmitPeople) else "turned_away"
    state = room.state
    by, ids = person.participant_id, message.participant_ids
    events = waiting.settle(state.waiting, state, by, ids, outcome, room.now_ms(now_s))
    return [event for event in events if isinstance(event, WaitingEnded)]


def lock(room: Room, person: Person, message: Lock, now_s: float, out: Effects) -> None:
    """Newcomers wait from now on, or no longer."""
    events = waiting.lock(room.state.lifecycle, room.state, person.participant_id, message.locked, room.now_ms(now_s))
    out.answer(person.outlet, Ack(re=message.id))
    if record(room, events, out):
        room.people_changed = True


def part_unsupervised(room: Room, now_s: float, out: Effects) -> None:
    """No grown-up is left: children go back to the waiting room, each alone, until one is there again."""
    if room.state.presence.is_supervised():
        return
    for member in tuple(room.roster.members):
        if not member.is_minor:
            continue
        person = room.people[member.participant_id]
        take_out(room, person, LeftReason.UNSUPERVISED, now_s, out)
        begin(room, person, "unsupervised", now_s, out)
        out.tell(person, WaitingMessage(seq=0, reason="unsupervised"))
    bind_pinned_of_all(room, out)


def tick(room: Room, now_s: float, out: Effects) -> None:
    """Who fell silent in the waiting room, and who has not come back for the grace period."""
    changed = False
    for person in tuple(room.lobby.values()):
        outlet = person.outlet
        if outlet is not None and now_s - max(outlet.heard_s, room.deaf_until_s) >= room.limits.away_after_s:
            out.close(outlet, CloseCode.GOING_AWAY, "silent")
            lost(room, person, now_s)
        elif outlet is None and now_s - person.lost_s >= room.limits.grace_s:
            changed = True
            give_up(room, person, now_s, out)
    if changed:
        tell_list(room, out)


def lost(room: Room, person: Person, now_s: float) -> None:
    """The Connection of somebody who waits ended."""
    person.outlet = None
    person.lost_s = now_s


def leave(room: Room, person: Person, message: Leave, now_s: float, out: Effects) -> None:
    """Somebody who waits presses leave."""
    outlet, bye = person.outlet, ByeCode.LEFT
    give_up(room, person, now_s, out)
    out.answer(outlet, Ack(re=message.id))
    out.answer(outlet, Bye(code=bye.value, text=BYE_TEXTS[bye]))
    out.close(outlet, CloseCode.BYE, bye.value)


def tell_removed(room: Room, out: Effects) -> None:
    """Staff see who was sent out."""
    staff = room.staff()
    if staff:
        out.tell_all(staff, RemovedList(seq=0, people=removed_list(room.state, room.names)))


def tell_list(room: Room, out: Effects) -> None:
    """Staff see who waits."""
    staff = room.staff()
    if staff:
        out.tell_all(staff, WaitingList(seq=0, people=waiting_list(room.state, room.names)))
