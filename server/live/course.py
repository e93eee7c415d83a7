"""How the class goes: what follows when people come and go, when time passes, and its end. Orders only; the rules are
`classroom/lifecycle.py` and `classroom/waiting.py`."""

from server.classroom import guiding, hands, lifecycle
from server.classroom.events_class import EndReason, StillHere
from server.classroom.lifecycle import OVER
from server.classroom.views import class_status
from server.live.effects import Effects
from server.live.person import Person
from server.live.presence import dismiss_all
from server.live.room import Room, record
from server.live.talking import tell_hands
from server.live.waiting_room import part_unsupervised, recheck
from signaling.codes import BYE_TEXTS, ByeCode, CloseCode, LeftReason
from signaling.lesson import ClassStateChanged, EndClass
from signaling.messages import Ack, Bye
from signaling.moderation import Spotlighted

STILL_HERE_EVERY_S = 30.0  # after a crash presence is known to that


def follow(room: Room, now_s: float, out: Effects) -> None:
    """After anybody came, went, lost a Connection or became something else."""
    if not room.people_changed:
        return
    room.people_changed = False
    now_ms = room.now_ms(now_s)
    state = room.state
    record(room, lifecycle.follow_instructors(state.lifecycle, state.presence.instructor_ids(), now_ms), out)
    gone = [one for one in state.hands.up if state.role_of(one) is None]
    lowered = [event for one in gone for event in hands.lower_own(state.hands, None, one, now_ms)]
    if record(room, lowered, out):
        tell_hands(room, out)
    light = state.guiding.spotlight
    if light is not None and state.role_of(light) is None:
        record(room, guiding.drop_spotlight(state.guiding, light, now_ms), out)
        out.tell_all(room.people.values(), Spotlighted(seq=0, participant_id=None))
    part_unsupervised(room, now_s, out)
    recheck(room, now_s, out)
    tell_status(room, out)


def tell_status(room: Room, out: Effects) -> None:
    """To everyone, those who wait too, when it changed."""
    status = class_status(room.state, recorded=room.recorded)
    if status != room.status_told:
        room.status_told = status
        out.tell_all(room.everyone(), ClassStateChanged(seq=0, status=status))


def pass_time(room: Room, now_s: float, out: Effects) -> None:
    """Called several times a second."""
    now_ms = room.now_ms(now_s)
    if now_s >= room.still_here_due_s:
        room.still_here_due_s = now_s + STILL_HERE_EVERY_S
        if any(person.outlet is not None for person in room.people.values()):
            record(room, [StillHere(now_ms)], out)
    present = room.state.presence.present()
    record(room, room.unrecorded.look(present, recorded=room.recorded, now_ms=now_ms), out)
    empty_since_ms = None if room.empty_since_s is None else room.now_ms(room.empty_since_s)
    if record(room, lifecycle.pass_time(room.state.lifecycle, empty_since_ms, now_ms), out):
        _dismiss(room, now_s, out)


def end_by(room: Room, person: Person, message: EndClass, now_s: float, out: Effects) -> None:
    """An instructor ends the class."""
    room.roster.require(person.participant_id, "end_class")
    out.answer(person.outlet, Ack(re=message.id))
    end(room, "instructor", person.participant_id, now_s, out)


def end(room: Room, reason: EndReason, by: str | None, now_s: float, out: Effects) -> None:
    """The class is over for everybody."""
    if record(room, lifecycle.end(room.state.lifecycle, reason, by, room.now_ms(now_s)), out):
        _dismiss(room, now_s, out)


def _dismiss(room: Room, now_s: float, out: Effects) -> None:
    """Everybody goes home, and so does the Room."""
    if room.state.lifecycle.phase not in OVER:
        return
    tell_status(room, out)
    bye = ByeCode.ENDED
    for person in room.everyone():
        out.answer(person.outlet, Bye(code=bye.value, text=BYE_TEXTS[bye]))
        out.close(person.outlet, CloseCode.BYE, bye.value)
    dismiss_all(room, LeftReason.ENDED, now_s, out)
    room.ended = True
