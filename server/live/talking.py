"""Hands, reactions and chat as pages see them. Orders only; the rules are `classroom/hands.py` and
`classroom/chat.py`."""

from typing import assert_never

from server.classroom import chat, hands
from server.classroom.chat import ChatCommand, Delete, Edit, Post, Release, SetRules
from server.classroom.events_talk import Reacted as ReactedFact
from server.classroom.people import rejected, require
from server.classroom.presence import STAFF
from server.classroom.views import chat_message, may_read
from server.ids import mint
from server.live.effects import Effects
from server.live.person import Person
from server.live.room import Room, record
from signaling.codes import ErrorCode
from signaling.messages import Ack
from signaling.talk import (
    Chat,
    ChatChanged,
    ChatDelete,
    ChatEdit,
    ChatPosted,
    ChatRelease,
    ChatRulesChanged,
    Hand,
    HandsChanged,
    LowerHand,
    React,
    Reacted,
    SetChatRules,
    TalkClientMessage,
)

REACTION_EVERY_S = 0.5  # of one person; more is flicker
HANDS_TOGETHER_FROM = 50  # people; below, every hand is told at once


def talk(room: Room, person: Person, message: TalkClientMessage, now_s: float, out: Effects) -> None:
    """One message of these topics."""
    if person.seat.role not in STAFF and not person.words.take(now_s):
        raise rejected(ErrorCode.TOO_FAST)
    by, now_ms = person.participant_id, room.now_ms(now_s)
    match message:
        case Hand() | LowerHand():
            _hand(room, person, message, now_ms, out)
        case React():
            _react(room, person, message, now_s, out)
        case Chat(key=key, to=to, text=text):
            group_id = room.state.breakouts.group_of(by) if to == chat.TO_ROOM else None
            _chat(room, person, message.id, Post(by, key, mint("cht"), to, text, group_id), now_ms, out)
        case ChatEdit(chat_id=chat_id, text=text):
            _chat(room, person, message.id, Edit(by, chat_id, text), now_ms, out)
        case ChatDelete(chat_id=chat_id):
            _chat(room, person, message.id, Delete(by, chat_id), now_ms, out)
        case ChatRelease(chat_id=chat_id):
            _chat(room, person, message.id, Release(by, chat_id), now_ms, out)
        case SetChatRules(rules=rules):
            _chat(room, person, message.id, SetRules(by, rules), now_ms, out)
        case _:
            assert_never(message)


def tell_hands(room: Room, out: Effects) -> None:
    """Everyone sees all hands, in their order. In a large class together with those that follow at once: each message
    holds all hands and goes to all people."""
    if len(room.people) >= HANDS_TOGETHER_FROM:
        room.tools.hands_due = True
    else:
        _tell_hands(room, out)


def tick_hands(room: Room, _now_s: float, out: Effects) -> None:
    """What was held back."""
    if room.tools.hands_due:
        room.tools.hands_due = False
        _tell_hands(room, out)


def _tell_hands(room: Room, out: Effects) -> None:
    out.tell_all(room.people.values(), HandsChanged(seq=0, order=hands.order_of(room.state.hands)))


def _hand(room: Room, person: Person, message: Hand | LowerHand, now_ms: int, out: Effects) -> None:
    state, by = room.state, person.participant_id
    if isinstance(message, LowerHand):
        events = hands.lower_others(state.hands, state, by, message.participant_id, now_ms)
    elif message.raised:
        events = hands.raise_hand(state.hands, state, by, now_ms)
    else:
        events = hands.lower_own(state.hands, by, by, now_ms)
    out.answer(person.outlet, Ack(re=message.id))
    if record(room, events, out):
        tell_hands(room, out)


def _react(room: Room, person: Person, message: React, now_s: float, out: Effects) -> None:
    require(room.state, person.participant_id, "react")
    if now_s - person.reacted_s < REACTION_EVERY_S:
        raise rejected(ErrorCode.TOO_FAST)
    person.reacted_s = now_s
    out.answer(person.outlet, Ack(re=message.id))
    record(room, [ReactedFact(room.now_ms(now_s), person.participant_id, message.reaction)], out)
    told = Reacted(participant_id=person.participant_id, reaction=message.reaction)
    groups = room.state.breakouts
    together = [one for one in room.people.values() if groups.together(one.participant_id, person.participant_id)]
    out.latest(together, f"reaction {person.participant_id}", told)


def _chat(room: Room, person: Person, message_id: int, command: ChatCommand, now_ms: int, out: Effects) -> None:
    before = dict[str, bool]()
    if not isinstance(command, Post | SetRules):
        said = room.state.chat.said.get(command.chat_id)
        if said is not None:
            before = {one: may_read(room.state, said, one) for one in room.people}
    events = chat.apply(room.state.chat, command, room.state, now_ms)
    out.answer(person.outlet, Ack(re=message_id))
    if not record(room, events, out):
        return
    if isinstance(command, SetRules):
        out.tell_all(room.people.values(), ChatRulesChanged(seq=0, rules=command.rules))
        return
    said = room.state.chat.said[command.chat_id]
    message = chat_message(said, room.names)
    readers = [one for one in room.people.values() if may_read(room.state, said, one.participant_id)]
    if isinstance(command, Post):
        out.tell_all(readers, ChatPosted(seq=0, message=message))
        return
    known = [one for one in readers if before.get(one.participant_id, False)]
    new = [one for one in readers if not before.get(one.participant_id, False)]
    out.tell_all(known, ChatChanged(seq=0, message=message))
    out.tell_all(new, ChatPosted(seq=0, message=message))
    # Words that went back into waiting (edited where messages are moderated) leave the pages of those who had them.
    gone = [one for one in room.people.values() if one not in readers and before.get(one.participant_id, False)]
    if gone:
        out.tell_all(gone, ChatChanged(seq=0, message=chat_message(chat.without_text(said), room.names)))
