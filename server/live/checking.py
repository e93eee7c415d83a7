"""Checks and the pulse in a live Room: the rule decides, facts are kept, each viewer is told what they may see.

Answers are told to staff one by one, results at most with every tick: 500 answers in two seconds are eight results.
"""

from collections.abc import Iterable
from typing import assert_never

from server.classroom import checks, pulse
from server.classroom.check_views import answer_for_self, answer_for_staff, check_for, tally
from server.classroom.checks import Asked, CheckCommand
from server.classroom.events_checks import CheckAnswered as AnsweredFact
from server.classroom.events_checks import CheckEvent
from server.classroom.events_checks import CheckOpened as OpenedFact
from server.classroom.people import rejected
from server.ids import mint
from server.live.effects import Effects
from server.live.person import Person
from server.live.room import Room, record
from signaling.checks import (
    CheckAnswer,
    CheckAnswered,
    CheckChanged,
    CheckClose,
    CheckOpen,
    CheckOpened,
    CheckReopen,
    CheckResults,
    ChecksClientMessage,
    CheckShare,
    PulseCounts,
    SetPulse,
)
from signaling.codes import ErrorCode
from signaling.messages import Ack


def check_message(room: Room, person: Person, message: ChecksClientMessage, now_s: float, out: Effects) -> None:
    """One message about checks or the pulse."""
    now_ms = room.now_ms(now_s)
    if isinstance(message, SetPulse):
        word = pulse.SetOwnPulse(person.participant_id, message.value)
        record(room, pulse.apply(room.state.pulse, word, room.state, now_ms), out)
    else:
        _carry_out(room, _command(room, person, message), now_ms, out)
    out.answer(person.outlet, Ack(re=message.id))


def _command(
    room: Room, person: Person, message: CheckOpen | CheckAnswer | CheckClose | CheckReopen | CheckShare
) -> CheckCommand:
    by = person.participant_id
    group_id = room.state.breakouts.group_of(by)
    match message:
        case CheckOpen():
            if message.spec is None:
                # A saved question is read over HTTP and sent along: a Room does not wait for the database.
                raise rejected(ErrorCode.BAD_CHECK)
            return checks.OpenCheck(
                by=by,
                key=message.key,
                check_id=mint("chk"),
                spec=message.spec,
                saved_id=message.saved_id,
                seconds=message.seconds,
                anonymous=message.anonymous,
                group_id=group_id,
                asked=_students_in(room, group_id),
            )
        case CheckAnswer():
            return checks.AnswerCheck(by, message.check_id, message.key, message.answer, group_id)
        case CheckClose():
            return checks.CloseCheck(by, message.check_id)
        case CheckReopen():
            known = room.state.checks.checks.get(message.check_id)
            asked = _students_in(room, None if known is None else known.group_id)
            return checks.ReopenCheck(by, message.check_id, message.seconds, asked)
        case CheckShare():
            return checks.ShareCheck(by, message.check_id, message.shared)
        case _:
            assert_never(message)


def _students_in(room: Room, group_id: str | None) -> tuple[str, ...]:
    """Who is asked: the whole class, or the group."""
    students = room.state.student_ids()
    return tuple(one for one in students if group_id in (None, room.state.breakouts.group_of(one)))


def _carry_out(room: Room, command: CheckCommand, now_ms: int, out: Effects) -> None:
    for event in checks.apply(room.state.checks, command, room.state, now_ms):
        told_before = _is_told(room, event)
        record(room, (event,), out)
        check = room.state.checks.checks[event.check_id]
        room.tools.results_due.add(check.check_id)
        if isinstance(event, AnsweredFact):
            _tell_answer(room, check, event.participant_id, out)
            continue
        _tell_check(room, check, audience(room, check), out, opened=isinstance(event, OpenedFact))
        if _is_told(room, event) != told_before:
            _tell_own_answers(room, check, out)


def _is_told(room: Room, event: CheckEvent) -> bool:
    check = room.state.checks.checks.get(event.check_id)
    return check is not None and check.shared and not check.open


def audience(room: Room, check: Asked) -> list[Person]:
    """Who may see a check: staff, and those whom it is for."""
    state = room.state
    return [
        person
        for one, person in room.people.items()
        if state.is_staff(one) or check.is_for(one, state.breakouts.group_of(one))
    ]


def _tell_check(room: Room, check: Asked, people: Iterable[Person], out: Effects, *, opened: bool) -> None:
    staff, others = _split(room, people)
    kind = CheckOpened if opened else CheckChanged
    if staff:
        out.tell_all(staff, kind(seq=0, check=check_for(check, staff=True)))
    if others:
        out.tell_all(others, kind(seq=0, check=check_for(check, staff=False)))


def _tell_answer(room: Room, check: Asked, participant_id: str, out: Effects) -> None:
    given = check.answers[participant_id]
    staff, _ = _split(room, room.people.values())
    out.tell_all(staff, CheckAnswered(seq=0, answer=answer_for_staff(check, participant_id, given)))
    person = room.people.get(participant_id)
    if person is not None and person not in staff:
        out.tell(person, CheckAnswered(seq=0, answer=answer_for_self(check, participant_id, given)))


def _tell_own_answers(room: Room, check: Asked, out: Effects) -> None:
    """What is right is told now, or no longer: so each sees its own answer anew."""
    for participant_id, given in check.answers.items():
        person = room.people.get(participant_id)
        if person is not None and not room.state.is_staff(participant_id):
            out.tell(person, CheckAnswered(seq=0, answer=answer_for_self(check, participant_id, given)))


def _split(room: Room, people: Iterable[Person]) -> tuple[list[Person], list[Person]]:
    """Staff, and everyone else."""
    staff: list[Person] = []
    others: list[Person] = []
    for person in people:
        (staff if room.state.is_staff(person.participant_id) else others).append(person)
    return staff, others


def tell_checks_of_group(room: Room, person: Person, out: Effects) -> None:
    """Somebody came into another group: what is asked there."""
    group_id = room.state.breakouts.group_of(person.participant_id)
    if group_id is not None and not room.state.is_staff(person.participant_id):
        for check in room.state.checks.open:
            if check.group_id == group_id:
                _tell_check(room, check, (person,), out, opened=True)


def tick_checks(room: Room, now_s: float, out: Effects) -> None:
    """What has run its time closes; results that changed are told."""
    now_ms = room.now_ms(now_s)
    if room.state.checks.checks:
        _carry_out(room, checks.CheckTimePasses(), now_ms, out)
    for check_id in room.tools.results_due:
        check = room.state.checks.checks.get(check_id)
        if check is not None:
            _tell_results(room, check, audience(room, check), out)
    room.tools.results_due.clear()
    _tell_pulse(room, now_ms, out)


def _tell_results(room: Room, check: Asked, people: Iterable[Person], out: Effects) -> None:
    staff, others = _split(room, people)
    key = f"check {check.check_id}"
    if staff:
        out.latest(staff, key, CheckResults(tally=tally(check, staff=True)))
    if check.shared and others:
        out.latest(others, key, CheckResults(tally=tally(check, staff=False)))


def _tell_pulse(room: Room, now_ms: int, out: Effects) -> None:
    if not room.state.pulse.said:
        return
    counted = pulse.tally(room.state.pulse, room.state.student_ids(), now_ms)
    if counted != room.tools.pulse_told:
        room.tools.pulse_told = counted
        staff, _ = _split(room, room.people.values())
        out.latest(staff, "pulse", PulseCounts(tally=counted))


def tell_standing(room: Room, person: Person, out: Effects) -> None:
    """To somebody whose Connection is back: the latest results, which no log keeps."""
    for check in room.state.checks.checks.values():
        if person in audience(room, check):
            _tell_results(room, check, (person,), out)
    if room.tools.pulse_told is not None and room.state.is_staff(person.participant_id):
        out.latest((person,), "pulse", PulseCounts(tally=room.tools.pulse_told))
