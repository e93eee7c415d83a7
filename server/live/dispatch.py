"""The list of everything that can happen to a Room, and what is called for it. A plain function: no waiting in here."""

from dataclasses import dataclass
from typing import assert_never

from server.errors import Rejected
from server.live.effects import Effects
from server.live.entry import Enter, Return, come_back, enter, reset_media
from server.live.media_news import media_event, media_replaced
from server.live.person import Person
from server.live.ports import Outlet
from server.live.presence import leave, lost, remove, tick
from server.live.publishing import mute, publish
from server.live.room import Room
from server.live.subscribing import answer, layout, restart_ice
from server.rtc.port import RoomEvent
from signaling.codes import ERROR_TEXTS, ByeCode, ErrorCode, LeftReason, ResetReason
from signaling.messages import (
    Ack,
    ClientMessage,
    Error,
    Hello,
    Layout,
    Leave,
    Mute,
    Ping,
    Publish,
    ReceiveStats,
    ReplaceTransports,
    RestartIce,
    SubscribeAnswer,
)

# New credentials, or new transports, no more often: each costs media and the browser real work.
COSTLY_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class ClientSaid:
    """A message on a Connection that has come in."""

    participant_id: str
    outlet: Outlet
    message: ClientMessage


@dataclass(frozen=True, slots=True)
class OutletClosed:
    """A Connection ended, whoever ended it."""

    participant_id: str
    outlet: Outlet


@dataclass(frozen=True, slots=True)
class MediaSaid:
    event: RoomEvent


@dataclass(frozen=True, slots=True)
class MediaIsNew:
    """The media process is another one, or the first."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class RemoveSeat:
    """A Seat was withdrawn."""

    seat_id: str


@dataclass(frozen=True, slots=True)
class Stop:
    """The server stops: Connections close with this code, and come back to the next process."""

    code: int
    reason: str


Item = Enter | Return | ClientSaid | OutletClosed | MediaSaid | MediaIsNew | Tick | RemoveSeat | Stop


def apply(room: Room, item: Item, now_s: float, out: Effects) -> None:
    """Change the Room and collect what follows. Raises `Rejected`: then nothing changed and `out` is to be dropped."""
    match item:
        case Enter():
            enter(room, item, now_s, out)
        case Return():
            come_back(room, item, now_s, out)
        case ClientSaid(participant_id=participant_id, outlet=outlet, message=message):
            person = room.people.get(participant_id)
            # What an older Connection of this Participant still says is not the Participant's word any more.
            if person is not None and person.outlet is outlet:
                _client(room, person, message, now_s, out)
        case OutletClosed(participant_id=participant_id, outlet=outlet):
            lost(room, participant_id, outlet, now_s, out)
        case MediaSaid(event=event):
            media_event(room, event, now_s, out)
        case MediaIsNew():
            media_replaced(room, ResetReason.MEDIA_REPLACED, now_s, out)
        case Tick():
            tick(room, now_s, out)
        case RemoveSeat(seat_id=seat_id):
            _remove_seat(room, seat_id, now_s, out)
        case Stop(code=code, reason=reason):
            _stop(room, code, reason, out)
        case _:
            assert_never(item)


def _client(room: Room, person: Person, message: ClientMessage, now_s: float, out: Effects) -> None:
    match message:
        case Ping(id=message_id, seq=seq):
            person.log.acknowledge(seq)
            out.answer(person.outlet, Ack(re=message_id))
        case Publish():
            publish(room, person, message, now_s, out)
        case SubscribeAnswer():
            answer(room, person, message, out)
        case Layout():
            layout(room, person, message, out)
        case Mute():
            mute(room, person, message, now_s, out)
        case RestartIce():
            _costly(person, now_s)
            restart_ice(room, person, message, out)
        case ReplaceTransports(id=message_id):
            _costly(person, now_s)
            out.answer(person.outlet, Ack(re=message_id))
            reset_media(room, person, ResetReason.CLIENT_ASKED, now_s, out)
        case ReceiveStats(id=message_id):
            room.roster.require(person.participant_id, "report_stats")
            person.health.take_report(message)
            out.answer(person.outlet, Ack(re=message_id))
        case Leave():
            leave(room, person, message, now_s, out)
        case Hello():
            raise _rejected(ErrorCode.HELLO_TWICE)
        case _:
            assert_never(message)


def _costly(person: Person, now_s: float) -> None:
    if now_s - person.costly_at_s < COSTLY_EVERY_S:
        raise _rejected(ErrorCode.TOO_FAST)
    person.costly_at_s = now_s


def _rejected(code: ErrorCode) -> Rejected:
    return Rejected(code.value, ERROR_TEXTS[code])


def _remove_seat(room: Room, seat_id: str, now_s: float, out: Effects) -> None:
    member = room.roster.member_of_seat(seat_id)
    if member is not None:
        remove(room, room.people[member.participant_id], LeftReason.REMOVED, ByeCode.REMOVED, now_s, out)


def _stop(room: Room, code: int, reason: str, out: Effects) -> None:
    room.ended = True
    for person in room.people.values():
        error = ErrorCode.STOPPING
        out.answer(person.outlet, Error(re=0, code=error.value, text=ERROR_TEXTS[error]))
        out.close(person.outlet, code, reason)
