"""The chat: who may say what to whom, and who may read it. Commands in, events out.

Private messages go to the staff; between students they are off unless staff allow them, and links too. What is deleted
is gone from the class and stays in the facts for the safeguarding role. Pure; `evolve` alone changes the state.
"""

import re
from dataclasses import dataclass, field, replace
from typing import assert_never

from server.classroom.events_talk import ChatDeleted, ChatEdited, ChatEvent, ChatPosted, ChatReleased, ChatRulesSet
from server.classroom.people import People, rejected, require
from server.classroom.presence import STAFF
from server.classroom.times import utc_text
from signaling.base import Role
from signaling.codes import ErrorCode
from signaling.talk import ChatMessage, ChatRules

MESSAGES_MAX = 5_000  # of one sitting; one over is refused, nothing said is lost
OF_ONE_MAX = 500  # of one student: nobody fills the class's chat alone
EDITS_MAX = 20  # of one message
SNAPSHOT_MAX = 500  # what a newcomer is shown, the latest ones
EDIT_MS = 15 * 60 * 1000  # how long one's own words can be changed
TO_ROOM = "room"
TO_STAFF = "staff"

# What a browser or a messenger would make a link of: a scheme, `www.`, or a name that ends like a domain with a path or
# at a border. Wrong about a rare word is better than a link in front of children.
_LINK = re.compile(
    r"(?:[a-z][a-z0-9+.\-]{1,20}://|www\.|\b(?:[a-z0-9\-]+\.)+(?:com|net|org|info|io|gg|me|tv|app|dev|xyz|ly|be|co|edu|gov|ru|de|at|ch"
    r"|fr|it|es|pl|nl|eu|uk|us|cn|tk|link|site|online|live|chat|shop|top)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """One message as it stands now. `role` is what its author was when it was said."""

    chat_id: str
    key: str
    participant_id: str
    role: Role
    to: str
    group_id: str | None
    text: str
    at_ms: int
    held: bool
    edits: int = 0
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """`group_id`: the breakout group in whose room it is said."""

    by: str
    key: str
    chat_id: str
    to: str
    text: str
    group_id: str | None


@dataclass(frozen=True, slots=True)
class Edit:
    by: str
    chat_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Delete:
    by: str
    chat_id: str


@dataclass(frozen=True, slots=True)
class Release:
    by: str
    chat_id: str


@dataclass(frozen=True, slots=True)
class SetRules:
    by: str
    rules: ChatRules


ChatCommand = Post | Edit | Delete | Release | SetRules


@dataclass(slots=True)
class ChatState:
    """`keys`: by person and key, what was already said. Only `evolve` changes it."""

    rules: ChatRules = field(default_factory=ChatRules)
    said: dict[str, Said] = field(default_factory=dict)
    keys: dict[tuple[str, str], str] = field(default_factory=dict)
    last_ms: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def require(self, chat_id: str) -> Said:
        """Raises `Rejected` (`chat_unknown`)."""
        said = self.said.get(chat_id)
        if said is None or said.deleted:
            raise rejected(ErrorCode.CHAT_UNKNOWN)
        return said


def apply(state: ChatState, command: ChatCommand, people: People, now_ms: int) -> list[ChatEvent]:
    """What the command leads to; nothing is changed yet. Raises `Rejected`. A repeat leads to nothing."""
    match command:
        case Post():
            return _post(state, command, people, now_ms)
        case Edit():
            return _edit(state, command, people, now_ms)
        case Delete(by=by, chat_id=chat_id):
            said = state.said.get(chat_id)
            if said is not None and said.deleted:
                return []
            said = _readable(state, chat_id, by, people)
            if said.participant_id != by:
                require(people, by, "moderate_chat")
            return [ChatDeleted(now_ms, chat_id, by)]
        case Release(by=by, chat_id=chat_id):
            require(people, by, "moderate_chat")
            return [ChatReleased(now_ms, chat_id, by)] if state.require(chat_id).held else []
        case SetRules(by=by, rules=rules):
            require(people, by, "moderate_chat")
            return [] if rules == state.rules else [ChatRulesSet(now_ms, rules, by)]
        case _:
            assert_never(command)


def _post(state: ChatState, command: Post, people: People, now_ms: int) -> list[ChatEvent]:
    if (command.by, command.key) in state.keys:
        return []
    role = people.role_of(command.by)
    if role is None:
        raise rejected(ErrorCode.NOT_ALLOWED)
    is_staff = role in STAFF
    if not (is_staff and people.allows(command.by, "moderate_chat")):
        _check_student(state, command, people, now_ms)
    else:
        require(people, command.by, "chat")
    if command.to not in (TO_ROOM, TO_STAFF) and people.role_of(command.to) is None:
        raise rejected(ErrorCode.PERSON_UNKNOWN)
    if len(state.said) >= MESSAGES_MAX or (not is_staff and state.counts.get(command.by, 0) >= OF_ONE_MAX):
        raise rejected(ErrorCode.TOO_MANY)
    # What goes to the staff alone never waits for them.
    held = state.rules.moderated and not is_staff and command.to not in (TO_STAFF,) and not _to_staff(command, people)
    return [
        ChatPosted(
            now_ms, command.chat_id, command.key, command.by, role, command.to, command.group_id, command.text, held
        )
    ]


def _to_staff(command: Post, people: People) -> bool:
    return command.to == TO_STAFF or people.role_of(command.to) in STAFF


def _check_student(state: ChatState, command: Post, people: People, now_ms: int) -> None:
    """What students may not, in the order in which a person would want to hear it."""
    rules = state.rules
    to_staff = _to_staff(command, people)
    if not to_staff:
        # A word to the staff is possible even where the chat is switched off for the room.
        require(people, command.by, "chat")
        if not rules.enabled:
            raise rejected(ErrorCode.CHAT_OFF)
    elif not rules.private_to_staff:
        raise rejected(ErrorCode.CHAT_PRIVATE)
    if not to_staff and command.to != TO_ROOM and not rules.private_between_students:
        raise rejected(ErrorCode.CHAT_PRIVATE)
    _check_words(rules, command.text)
    last_ms = state.last_ms.get(command.by)
    if rules.slow_s and last_ms is not None and now_ms - last_ms < rules.slow_s * 1000:
        raise rejected(ErrorCode.CHAT_SLOW)


def _check_words(rules: ChatRules, text: str) -> None:
    if not text.strip():
        raise rejected(ErrorCode.BAD_MESSAGE)
    if not rules.links and _LINK.search(text):
        raise rejected(ErrorCode.CHAT_LINKS)


def _edit(state: ChatState, command: Edit, people: People, now_ms: int) -> list[ChatEvent]:
    said = state.require(command.chat_id)
    if said.participant_id != command.by:
        raise rejected(ErrorCode.CHAT_UNKNOWN if not may_read(said, command.by, people) else ErrorCode.NOT_ALLOWED)
    if said.text == command.text:
        return []
    if now_ms - said.at_ms > EDIT_MS:
        raise rejected(ErrorCode.NOT_ALLOWED)
    if said.edits >= EDITS_MAX:
        raise rejected(ErrorCode.TOO_MANY)
    is_staff = people.role_of(command.by) in STAFF
    if not is_staff:
        if not state.rules.enabled and said.to != TO_STAFF:
            raise rejected(ErrorCode.CHAT_OFF)
        if said.to == TO_ROOM:
            require(people, command.by, "chat")
        _check_words(state.rules, command.text)
    held = said.held or (state.rules.moderated and not is_staff and said.to != TO_STAFF)
    return [ChatEdited(now_ms, command.chat_id, command.text, held)]


def _readable(state: ChatState, chat_id: str, viewer_id: str, people: People) -> Said:
    said = state.require(chat_id)
    if not may_read(said, viewer_id, people):
        raise rejected(ErrorCode.CHAT_UNKNOWN)
    return said


def evolve(state: ChatState, event: ChatEvent) -> None:
    match event:
        case ChatPosted():
            state.said[event.chat_id] = Said(
                event.chat_id,
                event.key,
                event.participant_id,
                event.role,
                event.to,
                event.group_id,
                event.text,
                event.at_ms,
                event.held,
            )
            state.keys[(event.participant_id, event.key)] = event.chat_id
            state.last_ms[event.participant_id] = event.at_ms
            state.counts[event.participant_id] = state.counts.get(event.participant_id, 0) + 1
        case ChatRulesSet(rules=rules):
            state.rules = rules
        case ChatEdited() | ChatDeleted() | ChatReleased():
            said = state.said.get(event.chat_id)
            if said is not None:
                state.said[event.chat_id] = _changed(said, event)
        case _:
            assert_never(event)


def _changed(said: Said, event: ChatEdited | ChatDeleted | ChatReleased) -> Said:
    match event:
        case ChatEdited(text=text, held=held):
            return replace(said, text=text, held=held, edits=said.edits + 1)
        case ChatDeleted():
            return without_text(said)
        case ChatReleased():
            return replace(said, held=False)
        case _:
            assert_never(event)


def without_text(said: Said) -> Said:
    """As somebody sees it who may not read it any more."""
    return replace(said, text="", deleted=True)


def may_read(said: Said, viewer_id: str, people: People, group_id: str | None = None) -> bool:
    """Nobody reads what was said to somebody else, or in a group where they are not; staff read what students say to
    each other, since children are in the room. `group_id`: where the viewer is."""
    role = people.role_of(viewer_id)
    if said.participant_id == viewer_id:
        return True
    if said.held:
        return role in STAFF
    if said.to == TO_ROOM:
        return role in STAFF or said.group_id in (None, group_id)
    if said.to == TO_STAFF:
        return role in STAFF
    return said.to == viewer_id or (role in STAFF and said.role not in STAFF)


def message_of(said: Said, name: str) -> ChatMessage:
    """As it goes to whoever may read it."""
    return ChatMessage(
        chat_id=said.chat_id,
        key=said.key,
        from_id=said.participant_id,
        from_name=name,
        from_role=said.role,
        to=said.to,
        group_id=said.group_id,
        text=said.text,
        at_utc=utc_text(said.at_ms),
        edited=said.edits > 0,
        deleted=said.deleted,
        held=said.held,
    )
