"""A Room gets its memory back: the class from its facts, and everybody who was in it as away.

Called once, before the Room takes anything from anybody. Whoever comes back, with the resume token of a Room that is
gone or rather with a ticket, is the same Participant as before; whoever does not has left after the grace period.
"""

import secrets
from dataclasses import replace
from typing import cast, get_args

import structlog

from server.access.views import SeatView
from server.classroom import boards
from server.classroom.events import Event, read_fact
from server.classroom.events_boards import BoardEvent
from server.classroom.events_class import PersonLeft, RoomRebuilt
from server.classroom.presence import Known
from server.classroom.roster import Admit, Restore
from server.classroom.times import utc_ms
from server.live.effects import Effects
from server.live.person import Person
from server.live.ports import Memory
from server.live.room import Room, record
from signaling.base import Role
from signaling.connection import OutgoingLog

BOARD_EVENTS = get_args(BoardEvent)

_log = structlog.get_logger("live")


def restore(room: Room, memory: Memory, now_s: float, out: Effects) -> None:
    """Everything of the latest sitting. A class that was never opened begins with nothing."""
    room.starts_ms, room.ends_ms = utc_ms(memory.starts_utc), utc_ms(memory.ends_utc)
    room.always_open = memory.always_open
    read = [read_fact(fact.kind, fact.body, utc_ms(fact.at_utc)) for fact in memory.facts]
    events: list[Event] = [event for event in read if event is not None]
    for event in events:
        room.state.evolve(event)
    if not events:
        _earlier_boards(room, memory)
        return
    seats = {seat.seat_id: seat for seat in memory.seats}
    for known in room.state.presence.known.values():
        seat = seats.get(known.seat_id)
        if seat is not None:
            room.names[known.participant_id] = seat.display_name
    state = room.state
    if state.presence.inside or state.waiting.waiting:
        now_ms = room.now_ms(now_s)
        record(room, [RoomRebuilt(now_ms)], out)
        if not state.lifecycle.is_over:
            _bring_back(room, seats, now_s, out)
    room.people_changed = True
    _log.info("room_rebuilt", session=room.session_id, room=room.room_id, facts=len(events), people=len(room.people))


def _earlier_boards(room: Room, memory: Memory) -> None:
    """What was drawn in the class before this one, to go on with it."""
    for fact in memory.boards:
        event = read_fact(fact.kind, fact.body, utc_ms(fact.at_utc))
        if isinstance(event, BOARD_EVENTS):
            boards.evolve(room.earlier_boards, event)


def _bring_back(room: Room, seats: dict[str, SeatView], now_s: float, out: Effects) -> None:
    """Everyone who was in is in, away, until they are back or their grace is over."""
    for known in tuple(room.state.presence.present()):
        seat = seats.get(known.seat_id)
        if seat is None or seat.person_id != known.person_id:
            # The Seat was withdrawn meanwhile.
            now_ms = room.now_ms(now_s)
            record(room, [PersonLeft(now_ms, known.participant_id, known.seat_id, "removed")], out)
            continue
        _seat_again(room, known, seat, now_s)


def _seat_again(room: Room, known: Known, seat: SeatView, now_s: float) -> None:
    as_in_class = replace(seat, role=known.role)
    admit = Admit(
        participant_id=known.participant_id,
        seat_id=known.seat_id,
        person_id=known.person_id,
        display_name=seat.display_name,
        role=known.role,
        participants_max=seat.participants_max,
        is_minor=known.is_minor,
    )
    room.roster.apply(Restore(admit), now_s)
    # Nobody knows this token: the page had another one, of the Room that is gone. It enters anew with a ticket.
    token = f"{room.room_id}.{known.participant_id}.{secrets.token_urlsafe(24)}"
    person = Person(known.participant_id, as_in_class, "desktop", OutgoingLog(token), None)
    person.seat_role = cast(Role, seat.role)
    room.people[known.participant_id] = person
    room.empty_since_s = None
