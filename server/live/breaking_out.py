"""Breakout groups in a live Room: the rule decides, facts are kept, everyone is told, and media follows.

Nobody leaves and nothing is negotiated anew: transports are told their group, so that sound stays in it, and Slots are
bound to what is there to be seen.
"""

from typing import assert_never

from server.classroom import breakouts
from server.classroom.breakouts import BreakoutCommand, GroupWish, snapshot_for
from server.classroom.events_breakouts import BreakoutCalled, BreakoutSaid
from server.ids import mint
from server.live.boarding import tell_board_of_group
from server.live.checking import tell_checks_of_group
from server.live.effects import Effects
from server.live.person import Person
from server.live.regroup import regroup
from server.live.room import Room, record
from signaling.breakouts import BreakoutCalled as CalledMessage
from signaling.breakouts import (
    BreakoutChoose,
    BreakoutEnd,
    BreakoutHelp,
    BreakoutMove,
    BreakoutOpen,
    BreakoutSay,
    BreakoutsChanged,
    BreakoutsClientMessage,
    BreakoutVisit,
)
from signaling.breakouts import BreakoutSaid as SaidMessage
from signaling.messages import Ack


def breakout_message(room: Room, person: Person, message: BreakoutsClientMessage, now_s: float, out: Effects) -> None:
    """One message about breakout groups."""
    command = _command(person.participant_id, message)
    _carry_out(room, command, room.now_ms(now_s), out)
    out.answer(person.outlet, Ack(re=message.id))


def tick_breakouts(room: Room, now_s: float, out: Effects) -> None:
    """Groups that have run their time come back."""
    if room.state.breakouts.open is not None:
        _carry_out(room, breakouts.BreakoutTimePasses(), room.now_ms(now_s), out)


def _command(by: str, message: BreakoutsClientMessage) -> BreakoutCommand:
    match message:
        case BreakoutOpen():
            return breakouts.OpenBreakouts(
                by=by,
                key=message.key,
                breakout_id=mint("brk"),
                groups=tuple(GroupWish(mint("grp"), one.name, one.participant_ids) for one in message.groups),
                mode=message.mode,
                seconds=message.seconds,
                prompt=message.prompt,
            )
        case BreakoutMove(participant_id=participant_id, group_id=group_id):
            return breakouts.MovePerson(by, participant_id, group_id)
        case BreakoutChoose(group_id=group_id):
            return breakouts.ChooseGroup(by, group_id)
        case BreakoutVisit(group_id=group_id):
            return breakouts.VisitGroup(by, group_id)
        case BreakoutSay(text=text):
            return breakouts.SayToGroups(by, text)
        case BreakoutHelp():
            return breakouts.CallForHelp(by)
        case BreakoutEnd():
            return breakouts.EndBreakouts(by)
        case _:
            assert_never(message)


def _carry_out(room: Room, command: BreakoutCommand, now_ms: int, out: Effects) -> None:
    before = {one: room.state.breakouts.group_of(one) for one in room.people}
    events = breakouts.apply(room.state.breakouts, command, room.state, now_ms)
    if not record(room, events, out):
        return
    if any(not isinstance(event, BreakoutSaid) for event in events):
        tell_breakouts(room, out)
    for event in events:
        if isinstance(event, BreakoutSaid):
            out.tell_all(room.people.values(), SaidMessage(seq=0, by_participant_id=event.by, text=event.text))
        elif isinstance(event, BreakoutCalled) and event.calling:
            staff = [person for one, person in room.people.items() if room.state.is_staff(one)]
            message = CalledMessage(seq=0, group_id=event.group_id, participant_id=event.participant_id)
            out.tell_all(staff, message)
    moved = [person for one, person in room.people.items() if room.state.breakouts.group_of(one) != before[one]]
    for person in moved:
        tell_board_of_group(room, person, out)
        tell_checks_of_group(room, person, out)
    regroup(room, moved, out)


def tell_breakouts(room: Room, out: Effects) -> None:
    """The groups, to everyone: one message for all who may see the same."""
    alike: dict[tuple[str | None, bool], list[Person]] = {}
    for one, person in room.people.items():
        key = room.state.breakouts.group_of(one), room.state.is_staff(one)
        alike.setdefault(key, []).append(person)
    for (_, staff), people in alike.items():
        seen = snapshot_for(room.state.breakouts, people[0].participant_id, staff=staff)
        out.tell_all(people, BreakoutsChanged(seq=0, breakouts=seen))
