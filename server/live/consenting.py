"""Consent in the live class: noted before anything of a person is recorded, and followed at once when it changes.

The note is a fact that is stored before the class is told that the person is there, so what a recording was allowed to
hold can be shown for every moment of it. Whoever taps Tracks asks `allows`, each time `Room.consents` changes.
"""

from dataclasses import dataclass, replace

import structlog

from server.classroom.events_consent import ConsentNoted
from server.live.effects import Effects
from server.live.recording import follow_consent
from server.live.room import Room, record

_log = structlog.get_logger("live")


@dataclass(frozen=True, slots=True)
class ConsentChanged:
    """A person, or their guardian, decided something while the class runs. `granted` is all that counts now."""

    person_id: str
    granted: tuple[str, ...]


def allowed(room: Room, participant_id: str) -> tuple[str, ...]:
    """What may be done with them now. Without a note it is nothing, so of nothing there is no note."""
    return room.consents.get(participant_id, ())


def allows(room: Room, participant_id: str, purpose: str) -> bool:
    """May this be done with them now?"""
    return purpose in allowed(room, participant_id)


def change(room: Room, item: ConsentChanged, now_s: float, out: Effects) -> None:
    """Whoever waits will come in with what counts by then."""
    for person in room.everyone():
        if person.seat.person_id != item.person_id or person.seat.consents == item.granted:
            continue
        person.seat = replace(person.seat, consents=item.granted)
        if person.participant_id in room.people:
            _note(room, person.participant_id, person.seat.seat_id, item.granted, now_s, out)


def follow(room: Room, now_s: float, out: Effects) -> None:
    """After anybody came: note what they allow. Before the class goes live by it."""
    if not room.people_changed:
        return
    for participant_id, person in room.people.items():
        if allowed(room, participant_id) != person.seat.consents:
            _note(room, participant_id, person.seat.seat_id, person.seat.consents, now_s, out)
    for participant_id in room.consents.keys() - room.people.keys():
        del room.consents[participant_id]


def _note(room: Room, participant_id: str, seat_id: str, granted: tuple[str, ...], now_s: float, out: Effects) -> None:
    room.consents[participant_id] = granted
    record(room, [ConsentNoted(room.now_ms(now_s), participant_id, seat_id, granted)], out)
    follow_consent(room, participant_id, now_s, out)
    _log.info("consent_noted", session=room.session_id, participant=participant_id, purposes=len(granted))
