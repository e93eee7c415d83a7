"""The list of everything that can happen to a Room, and what is called for it. A plain function: no waiting in here."""

from dataclasses import dataclass
from typing import assert_never, get_args

from server.classroom.events_class import EndReason
from server.errors import Rejected
from server.live import consenting, course, waiting_room
from server.live.boarding import board_message, tick_boards
from server.live.breaking_out import breakout_message, tick_breakouts
from server.live.checking import check_message, tick_checks
from server.live.consenting import ConsentChanged
from server.live.effects import Effects
from server.live.entry import Enter, Return, come_back, enter, reset_media
from server.live.media_news import media_event, media_replaced
from server.live.moderating import ask_help, moderate
from server.live.person import Person
from server.live.pointing import tick_pointers
from server.live.ports import Outlet
from server.live.presence import leave, lost, remove, tick
from server.live.publishing import mute, publish
from server.live.recording import set_recording
from server.live.room import Room, record
from server.live.subscribing import answer, layout, restart_ice
from server.live.talking import talk, tick_hands
from server.rtc.port import RoomEvent
from signaling.boards import (
    BoardClose,
    BoardOpen,
    BoardPageAdd,
    BoardPageShow,
    BoardPointer,
    BoardRead,
    BoardsClientMessage,
    BoardTaskEnd,
    BoardTaskStart,
    BoardUpdate,
)
from signaling.breakouts import (
    BreakoutChoose,
    BreakoutEnd,
    BreakoutHelp,
    BreakoutMove,
    BreakoutOpen,
    BreakoutSay,
    BreakoutVisit,
)
from signaling.checks import (
    CheckAnswer,
    CheckClose,
    CheckOpen,
    CheckReopen,
    ChecksClientMessage,
    CheckShare,
    SetPulse,
)
from signaling.codes import BYE_TEXTS, ERROR_TEXTS, ByeCode, CloseCode, ErrorCode, LeftReason, ResetReason
from signaling.lesson import AdmitPeople, AskHelp, EndClass, Lock, TurnAway
from signaling.messages import (
    Ack,
    Bye,
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
    SetRecording,
    SubscribeAnswer,
)
from signaling.moderation import (
    AskUnmute,
    MutePerson,
    Permit,
    Readmit,
    RemovePerson,
    SetRole,
    Spotlight,
    StopTrack,
)
from signaling.talk import (
    Chat,
    ChatDelete,
    ChatEdit,
    ChatRelease,
    Hand,
    LowerHand,
    React,
    SetChatRules,
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
class End:
    """Somebody outside of the Room ends the class."""

    reason: EndReason
    by: str | None


@dataclass(frozen=True, slots=True)
class Stop:
    """The server stops: Connections close with this code, and come back to the next process."""

    code: int
    reason: str


Item = (
    Enter
    | Return
    | ClientSaid
    | OutletClosed
    | MediaSaid
    | MediaIsNew
    | Tick
    | RemoveSeat
    | ConsentChanged
    | End
    | Stop
)


def apply(room: Room, item: Item, now_s: float, out: Effects) -> None:
    """Change the Room and collect what follows. Raises `Rejected`: then nothing changed and `out` is to be dropped."""
    match item:
        case Enter():
            enter(room, item, now_s, out)
        case Return():
            come_back(room, item, now_s, out)
        case ClientSaid(participant_id=participant_id, outlet=outlet, message=message):
            person = room.find(participant_id)
            # What an older Connection of this Participant still says is not the Participant's word any more.
            if person is not None and person.outlet is outlet:
                said = _client if participant_id in room.people else _waiting_client
                said(room, person, message, now_s, out)
        case OutletClosed(participant_id=participant_id, outlet=outlet):
            _closed(room, participant_id, outlet, now_s, out)
        case MediaSaid(event=event):
            media_event(room, event, now_s, out)
        case MediaIsNew():
            media_replaced(room, ResetReason.MEDIA_REPLACED, now_s, out)
        case Tick():
            tick(room, now_s, out)
            waiting_room.tick(room, now_s, out)
            for pass_time in (tick_breakouts, tick_checks, tick_boards, tick_pointers, tick_hands):
                pass_time(room, now_s, out)
            course.pass_time(room, now_s, out)
        case RemoveSeat(seat_id=seat_id):
            _remove_seat(room, seat_id, now_s, out)
        case ConsentChanged():
            consenting.change(room, item, now_s, out)
        case Stop(code=code, reason=reason):
            _stop(room, code, reason, out)
        case End(reason=reason, by=by):
            course.end(room, reason, by, now_s, out)
        case _:
            assert_never(item)
    consenting.follow(room, now_s, out)
    course.follow(room, now_s, out)
    talked = room.talk.bundle(room.now_ms(now_s), last=room.ended)
    if talked is not None:
        record(room, [talked], out)


def must_be_stored(message: ClientMessage) -> bool:
    """May this not be acknowledged before it is durable? Presence, hands and media go on without the store."""
    return isinstance(message, _MUST_BE_STORED)


_MUST_BE_STORED = (
    AskHelp,
    Chat,
    ChatEdit,
    ChatDelete,
    ChatRelease,
    *(kind for kind in get_args(ChecksClientMessage) if kind is not SetPulse),
    *(kind for kind in get_args(BoardsClientMessage) if kind not in (BoardPointer, BoardRead)),
    BreakoutOpen,
)


def _waiting_client(room: Room, person: Person, message: ClientMessage, now_s: float, out: Effects) -> None:
    """Whoever waits may be there, ask for help and go."""
    match message:
        case Ping(id=message_id, seq=seq):
            person.log.acknowledge(seq)
            out.answer(person.outlet, Ack(re=message_id))
        case AskHelp():
            ask_help(room, person, message, now_s, out)
        case Leave():
            waiting_room.leave(room, person, message, now_s, out)
        case Hello():
            raise _rejected(ErrorCode.HELLO_TWICE)
        case _:
            raise _rejected(ErrorCode.WAITING)


def _closed(room: Room, participant_id: str, outlet: Outlet, now_s: float, out: Effects) -> None:
    waiting = room.lobby.get(participant_id)
    if waiting is not None and waiting.outlet is outlet:
        waiting_room.lost(room, waiting, now_s)
    else:
        lost(room, participant_id, outlet, now_s, out)


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
        case SetRecording():
            set_recording(room, person, message, now_s, out)
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
        case AdmitPeople():
            waiting_room.admit(room, person, message, now_s, out)
        case TurnAway():
            waiting_room.turn_away(room, person, message, now_s, out)
        case Lock():
            waiting_room.lock(room, person, message, now_s, out)
        case AskHelp():
            ask_help(room, person, message, now_s, out)
        case EndClass():
            course.end_by(room, person, message, now_s, out)
        case Hand() | LowerHand() | React() | Chat() | ChatEdit() | ChatDelete() | ChatRelease() | SetChatRules():
            talk(room, person, message, now_s, out)
        case Spotlight() | MutePerson() | AskUnmute() | StopTrack() | RemovePerson() | Readmit() | Permit() | SetRole():
            moderate(room, person, message, now_s, out)
        case CheckOpen() | CheckAnswer() | CheckClose() | CheckReopen() | CheckShare() | SetPulse():
            check_message(room, person, message, now_s, out)
        case BoardOpen() | BoardClose() | BoardPageAdd() | BoardPageShow() | BoardRead() | BoardUpdate():
            board_message(room, person, message, now_s, out)
        case BoardPointer() | BoardTaskStart() | BoardTaskEnd():
            board_message(room, person, message, now_s, out)
        case BreakoutOpen() | BreakoutMove() | BreakoutChoose() | BreakoutVisit() | BreakoutSay():
            breakout_message(room, person, message, now_s, out)
        case BreakoutHelp() | BreakoutEnd():
            breakout_message(room, person, message, now_s, out)
        case _:
            assert_never(message)


def _costly(person: Person, now_s: float) -> None:
    if now_s - person.costly_at_s < COSTLY_EVERY_S:
        raise _rejected(ErrorCode.TOO_FAST)
    person.costly_at_s = now_s


def _rejected(code: ErrorCode) -> Rejected:
    return Rejected(code.value, ERROR_TEXTS[code])


def _remove_seat(room: Room, seat_id: str, now_s: float, out: Effects) -> None:
    waits = next((one for one in room.lobby.values() if one.seat.seat_id == seat_id), None)
    if waits is not None:
        bye = ByeCode.REMOVED
        out.answer(waits.outlet, Bye(code=bye.value, text=BYE_TEXTS[bye]))
        out.close(waits.outlet, CloseCode.BYE, bye.value)
        waiting_room.give_up(room, waits, now_s, out)
    member = room.roster.member_of_seat(seat_id)
    if member is not None:
        remove(room, room.people[member.participant_id], LeftReason.REMOVED, ByeCode.REMOVED, now_s, out)


def _stop(room: Room, code: int, reason: str, out: Effects) -> None:
    room.ended = True
    for person in room.everyone():
        error = ErrorCode.STOPPING
        out.answer(person.outlet, Error(re=0, code=error.value, text=ERROR_TEXTS[error]))
        out.close(person.outlet, code, reason)
