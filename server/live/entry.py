"""Coming in: with a ticket, again after a lost Connection, or from another device."""

import asyncio
import secrets
from dataclasses import dataclass, replace
from typing import cast

from server.access.views import SeatView
from server.classroom import lifecycle
from server.classroom.board_carrying import carry
from server.classroom.boards import BoardsState
from server.classroom.roster import ComeBack, Member
from server.errors import Rejected
from server.ids import mint
from server.live.checking import tell_standing
from server.live.effects import Answer, Effects, Entered, Place, Replay
from server.live.person import Person
from server.live.ports import Outlet
from server.live.presence import remove
from server.live.publishing import close_publish
from server.live.quality import Health
from server.live.room import Room, announce, record, room_snapshot
from server.live.subscribing import close_subscribe, open_subscribe, tell_offer
from server.live.waiting_room import begin, enter_roster, reason_for, tell_list
from signaling.codes import BYE_TEXTS, ERROR_TEXTS, ByeCode, CloseCode, ErrorCode, LeftReason, ResetReason
from signaling.connection import OutgoingLog
from signaling.messages import (
    PROTOCOL_VERSION,
    Bye,
    Hello,
    MediaReset,
    Quality,
    Resume,
    Role,
    SessionDescription,
    Welcome,
)

TOKEN_BYTES = 24
WAITING_ACTIONS = frozenset({"leave", "ask_help"})  # all that somebody may do who waits


@dataclass(frozen=True, slots=True)
class Enter:
    """Someone with a redeemed ticket, on a Connection."""

    outlet: Outlet
    hello: Hello
    seat: SeatView
    answer: "asyncio.Future[Place]"
    link_id: str = ""


@dataclass(frozen=True, slots=True)
class Return:
    """Someone with a resume token. `seat` is None when it was withdrawn meanwhile."""

    outlet: Outlet
    hello: Hello
    resume: Resume
    answer: "asyncio.Future[Place]"


def room_of_token(token: str) -> str | None:
    """The Room that a resume token names; the Room itself checks the rest of it."""
    parts = token.split(".")
    return parts[0] if len(parts) == 3 else None


def owner_of_token(room: Room, token: str) -> Person | None:
    """Whose token this is, compared in constant time."""
    parts = token.split(".")
    person = room.find(parts[1]) if len(parts) == 3 else None
    return person if person is not None and person.log.owns(token) else None


def enter(room: Room, item: Enter, now_s: float, out: Effects) -> None:
    """With a ticket: a new Participant, or the same one on a new page. Whoever may not come in yet waits."""
    _open_door(room, now_s, out)
    seat = _as_in_class(room, item.seat)
    member = room.roster.member_of_seat(seat.seat_id)
    if member is not None and member.role != seat.role:
        # Another role is another Participant: what the old one published, it may no longer.
        _require_free(room.people.get(member.participant_id), item)
        remove(room, room.people[member.participant_id], LeftReason.REMOVED, ByeCode.MOVED, now_s, out)
        member = None
    if member is not None:
        person = room.people[member.participant_id]
        _require_free(person, item)
        _move(room, person, member, item, seat, now_s, out)
    else:
        person = _come_in(room, item, seat, now_s, out)
    _welcome(room, person, item.outlet, item.hello, resumed=False, whole=True, now_s=now_s, out=out)
    out.items.append(Entered(item.answer, Place(room.room_id, person.participant_id)))
    if person.participant_id in room.people:
        open_subscribe(room, person, out)
        _tell_quality(room, person, out)


def come_back(room: Room, item: Return, now_s: float, out: Effects) -> None:
    """With a resume token: the same page goes on, its transports too."""
    person = owner_of_token(room, item.resume.token)
    if person is None:
        raise Rejected(ErrorCode.RESUME_UNKNOWN.value, ERROR_TEXTS[ErrorCode.RESUME_UNKNOWN])
    _part_with(person, ByeCode.REPLACED, out)
    person.outlet = item.outlet
    resumed = person.log.missed(item.resume.seq) is not None
    _welcome(room, person, item.outlet, item.hello, resumed=resumed, whole=not resumed, now_s=now_s, out=out)
    out.items.append(Entered(item.answer, Place(room.room_id, person.participant_id)))
    if resumed:
        out.items.append(Replay(item.outlet, person.log, item.resume.seq))
    else:
        _tell_media_again(person, item.resume.seq, out)
    if person.participant_id in room.lobby:
        room.people_changed = True  # the way in may be free since they were last here
        return
    announce(room, room.roster.apply(ComeBack(person.participant_id), now_s), now_s, out)
    if person.subscribe is None:
        open_subscribe(room, person, out)
    _tell_quality(room, person, out)
    if resumed:
        tell_standing(room, person, out)


def _open_door(room: Room, now_s: float, out: Effects) -> None:
    """The first one comes. Raises `Rejected` when the class is over."""
    earlier = room.earlier_boards if room.earlier_boards.boards else room.state.boards
    now_ms = room.now_ms(now_s)
    events = lifecycle.open_door(
        room.state.lifecycle,
        room.starts_ms,
        room.ends_ms,
        always_open=room.always_open,
        now_ms=now_ms,
    )
    if record(room, events, out):
        # A sitting begins with nothing but the boards of the one before.
        record(room, carry(earlier, now_ms), out)
        room.earlier_boards = BoardsState()


def _as_in_class(room: Room, seat: SeatView) -> SeatView:
    """The Seat with the role that staff gave it in this class, if they did."""
    return replace(seat, role=room.state.presence.role_for(seat.seat_id, cast(Role, seat.role)))


def _require_free(person: Person | None, item: Enter) -> None:
    if person is not None and person.outlet is not None and not item.hello.takeover:
        raise Rejected(ErrorCode.SEAT_IN_USE.value, ERROR_TEXTS[ErrorCode.SEAT_IN_USE])


def _come_in(room: Room, item: Enter, seat: SeatView, now_s: float, out: Effects) -> Person:
    """Somebody who is not in the class: new, or waiting since before on another page."""
    before = next((one for one in room.lobby.values() if one.seat.seat_id == seat.seat_id), None)
    _require_free(before, item)
    participant_id = mint("par") if before is None else before.participant_id
    tier = item.hello.client.tier
    person = Person(participant_id, seat, tier, _log(room, participant_id), item.outlet)
    person.seat_role = cast(Role, item.seat.role)
    person.link_id = item.link_id
    room.names[participant_id] = seat.display_name
    reason = reason_for(room, person)
    if reason is None:
        enter_roster(room, person, None, now_s, out)
        room.people[participant_id] = person
    else:
        begin(room, person, reason, now_s, out)
    if before is not None:
        _part_with(before, ByeCode.MOVED, out)
        if reason is None:
            del room.lobby[participant_id]
            tell_list(room, out)
    return person


def reset_media(room: Room, person: Person, reason: ResetReason, now_s: float, out: Effects) -> None:
    """Both transports are gone; the client is told to publish again and gets a fresh offer."""
    close_publish(room, person, now_s, out)
    close_subscribe(room, person, out)
    out.tell(person, MediaReset(seq=0, reason=reason.value))
    person.reset_seq = out.seq_after(person)
    open_subscribe(room, person, out)


def _move(room: Room, person: Person, member: Member, item: Enter, seat: SeatView, now_s: float, out: Effects) -> None:
    """The same Participant on another page: the old one is told, its media ends, numbering starts anew."""
    _part_with(person, ByeCode.MOVED, out)
    person.outlet = None
    # What is announced now still goes to the old page's log; the new page's begins below, with its `welcome`.
    close_publish(room, person, now_s, out)
    close_subscribe(room, person, out)
    announce(room, room.roster.apply(ComeBack(member.participant_id), now_s), now_s, out)
    person.log = _log(room, person.participant_id)
    person.outlet = item.outlet
    person.seat = seat
    person.seat_role = cast(Role, item.seat.role)
    person.link_id = item.link_id
    person.tier = item.hello.client.tier
    person.wishes = ()
    person.generation = 0
    person.reset_seq = 0
    person.health = Health()


def _log(room: Room, participant_id: str) -> OutgoingLog:
    return OutgoingLog(f"{room.room_id}.{participant_id}.{secrets.token_urlsafe(TOKEN_BYTES)}")


def _part_with(person: Person, code: ByeCode, out: Effects) -> None:
    """Whoever is still connected is told that another Connection goes on."""
    if person.outlet is not None:
        out.answer(person.outlet, Bye(code=code.value, text=BYE_TEXTS[code]))
        out.close(person.outlet, CloseCode.BYE, code.value)


def _welcome(
    room: Room,
    person: Person,
    outlet: Outlet,
    hello: Hello,
    *,
    resumed: bool,
    whole: bool,
    now_s: float,
    out: Effects,
) -> None:
    seat = person.seat
    person.welcomed_s = now_s
    snapshot = room_snapshot(room, person, now_s) if whole else None
    waits = person.participant_id in room.lobby
    actions = WAITING_ACTIONS if waits else room.state.actions_of(person.participant_id)

    def make() -> Welcome:
        return Welcome(
            re=hello.id,
            version=PROTOCOL_VERSION,
            seq=person.log.seq,
            participant_id=person.participant_id,
            role=cast(Role, seat.role),
            display_name=seat.display_name,
            session=SessionDescription(
                session_id=seat.session_id,
                title=seat.title,
                starts_utc=seat.starts_utc.isoformat(),
                ends_utc=seat.ends_utc.isoformat(),
            ),
            resume_token=person.log.token,
            resumed=resumed,
            actions=tuple(sorted(actions)),
            ping_s=room.limits.ping_s,
            room=snapshot,
        )

    out.items.append(Answer(outlet, make))


def _tell_media_again(person: Person, seen_seq: int, out: Effects) -> None:
    """After a snapshot: what the lost messages said of this client's own transports."""
    if person.reset_seq > seen_seq:
        out.tell(person, MediaReset(seq=0, reason=ResetReason.MEDIA_REPLACED.value))
    side = person.subscribe
    if side is not None and side.answered_generation != side.generation:
        tell_offer(person, side, out)


def _tell_quality(room: Room, person: Person, out: Effects) -> None:
    """What was told last to the others."""
    if room.quality_told:
        out.latest((person,), "quality", Quality(levels=room.quality_told))
