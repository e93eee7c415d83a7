"""Coming in: with a ticket, again after a lost Connection, or from another device."""

import asyncio
import secrets
from dataclasses import dataclass
from typing import cast

from server.access.views import SeatView
from server.classroom.roster import Admit, ComeBack, Member
from server.errors import Rejected
from server.ids import mint
from server.live.effects import Answer, Effects, Entered, Place, Replay
from server.live.person import Person
from server.live.ports import Outlet
from server.live.presence import remove
from server.live.publishing import close_publish
from server.live.quality import Health
from server.live.room import Room, announce, room_snapshot
from server.live.subscribing import close_subscribe, open_subscribe, tell_offer
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


@dataclass(frozen=True, slots=True)
class Enter:
    """Someone with a redeemed ticket, on a Connection."""

    outlet: Outlet
    hello: Hello
    seat: SeatView
    answer: "asyncio.Future[Place]"


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
    person = room.people.get(parts[1]) if len(parts) == 3 else None
    return person if person is not None and person.log.owns(token) else None


def enter(room: Room, item: Enter, now_s: float, out: Effects) -> None:
    """With a ticket: a new Participant, or the same one on a new page."""
    member = room.roster.member_of_seat(item.seat.seat_id)
    if member is not None and member.role != item.seat.role:
        # Another role is another Participant: what the old one published, it may no longer.
        remove(room, room.people[member.participant_id], LeftReason.REMOVED, ByeCode.MOVED, now_s, out)
        member = None
    if member is None:
        person = _admit(room, item, now_s, out)
    else:
        person = room.people[member.participant_id]
        if person.outlet is not None and not item.hello.takeover:
            raise Rejected(ErrorCode.SEAT_IN_USE.value, ERROR_TEXTS[ErrorCode.SEAT_IN_USE])
        _move(room, person, member, item, now_s, out)
    _welcome(room, person, item.outlet, item.hello, resumed=False, whole=True, out=out)
    out.items.append(Entered(item.answer, Place(room.room_id, person.participant_id)))
    open_subscribe(room, person, out)
    _tell_quality(room, person, out)


def come_back(room: Room, item: Return, now_s: float, out: Effects) -> None:
    """With a resume token: the same page goes on, its transports too."""
    person = owner_of_token(room, item.resume.token)
    if person is None:
        raise Rejected(ErrorCode.RESUME_UNKNOWN.value, ERROR_TEXTS[ErrorCode.RESUME_UNKNOWN])
    _part_with(person, ByeCode.REPLACED, out)
    person.outlet = item.outlet
    missed = person.log.missed(item.resume.seq)
    _welcome(room, person, item.outlet, item.hello, resumed=missed is not None, whole=missed is None, out=out)
    out.items.append(Entered(item.answer, Place(room.room_id, person.participant_id)))
    if missed is not None:
        out.items.append(Replay(item.outlet, missed))
    else:
        _tell_media_again(person, item.resume.seq, out)
    announce(room, room.roster.apply(ComeBack(person.participant_id), now_s), out)
    if person.subscribe is None:
        open_subscribe(room, person, out)
    _tell_quality(room, person, out)


def reset_media(room: Room, person: Person, reason: ResetReason, now_s: float, out: Effects) -> None:
    """Both transports are gone; the client is told to publish again and gets a fresh offer."""
    close_publish(room, person, now_s, out)
    close_subscribe(room, person, out)
    out.tell(person, MediaReset(seq=0, reason=reason.value))
    person.reset_seq = out.seq_after(person)
    open_subscribe(room, person, out)


def _admit(room: Room, item: Enter, now_s: float, out: Effects) -> Person:
    participant_id = mint("par")
    seat = item.seat
    command = Admit(
        participant_id=participant_id,
        seat_id=seat.seat_id,
        person_id=seat.person_id,
        display_name=seat.display_name,
        role=cast(Role, seat.role),
        participants_max=seat.participants_max,
    )
    events = room.roster.apply(command, now_s)
    person = Person(participant_id, seat, item.hello.client.tier, _log(room, participant_id), item.outlet)
    room.people[participant_id] = person
    room.empty_since_s = None
    announce(room, events, out)
    return person


def _move(room: Room, person: Person, member: Member, item: Enter, now_s: float, out: Effects) -> None:
    """The same Participant on another page: the old one is told, its media ends, numbering starts anew."""
    _part_with(person, ByeCode.MOVED, out)
    person.outlet = None
    # What is announced now still goes to the old page's log; the new page's begins below, with its `welcome`.
    close_publish(room, person, now_s, out)
    close_subscribe(room, person, out)
    announce(room, room.roster.apply(ComeBack(member.participant_id), now_s), out)
    person.log = _log(room, person.participant_id)
    person.outlet = item.outlet
    person.seat = item.seat
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
    room: Room, person: Person, outlet: Outlet, hello: Hello, *, resumed: bool, whole: bool, out: Effects
) -> None:
    seat = person.seat
    snapshot = room_snapshot(room, person) if whole else None

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
            actions=tuple(sorted(room.policy.actions(seat.role))),
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
