"""What happened with hands, reactions and chat: the stored facts. Ids and texts, never names."""

import msgspec

from signaling.base import Role
from signaling.talk import ChatRules, Reaction


class HandRaised(msgspec.Struct, frozen=True, tag="hand_raised"):
    at_ms: int
    participant_id: str


class HandLowered(msgspec.Struct, frozen=True, tag="hand_lowered"):
    """`by` is the person, somebody of the staff, or null: they left."""

    at_ms: int
    participant_id: str
    by: str | None


class Reacted(msgspec.Struct, frozen=True, tag="reacted"):
    at_ms: int
    participant_id: str
    reaction: Reaction


class ChatPosted(msgspec.Struct, frozen=True, tag="chat_posted"):
    """`to` is `room`, `staff` or a Participant; `role` is its author's; `held`: not shown before staff release it."""

    at_ms: int
    chat_id: str
    key: str
    participant_id: str
    role: Role
    to: str
    group_id: str | None
    text: str
    held: bool


class ChatEdited(msgspec.Struct, frozen=True, tag="chat_edited"):
    """`held`: the new text waits for staff as a new message would."""

    at_ms: int
    chat_id: str
    text: str
    held: bool


class ChatDeleted(msgspec.Struct, frozen=True, tag="chat_deleted"):
    """Nobody in class sees the text any more; the facts before keep it for the safeguarding role."""

    at_ms: int
    chat_id: str
    by: str


class ChatReleased(msgspec.Struct, frozen=True, tag="chat_released"):
    at_ms: int
    chat_id: str
    by: str


class ChatRulesSet(msgspec.Struct, frozen=True, tag="chat_rules_set"):
    at_ms: int
    rules: ChatRules
    by: str


HandEvent = HandRaised | HandLowered
ChatEvent = ChatPosted | ChatEdited | ChatDeleted | ChatReleased | ChatRulesSet
