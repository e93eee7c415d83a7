"""Messages of hands, reactions and chat.

Pure: no aiohttp, asyncio or database.
"""

from typing import Annotated, Literal

from msgspec import Meta

from signaling.base import Id, MessageId, Role, Struct, Text

Reaction = Literal["thumbs_up", "clap", "heart", "laugh", "surprised", "celebrate", "yes", "no", "slower", "faster"]


# --- values ---------------------------------------------------------------------------------------------------------


class RaisedHand(Struct, frozen=True):
    """A hand that is up, and since when."""

    participant_id: str
    since_utc: str


class ChatMessage(Struct, frozen=True):
    """One chat message as this viewer may see it. `to` is `room`, `staff` or a participant; `group_id` is the breakout
    group whose room it was said in. `held`: waits for staff to release it. A deleted one has no text."""

    chat_id: str
    key: str
    from_id: str
    from_name: str
    from_role: Role
    to: str
    group_id: str | None
    text: str
    at_utc: str
    edited: bool
    deleted: bool
    held: bool


class ChatRules(Struct, frozen=True):
    """What is allowed in the chat. `slow_s`: students wait this long between two messages."""

    enabled: bool = True
    slow_s: Annotated[int, Meta(ge=0, le=600)] = 0
    links: bool = False
    private_to_staff: bool = True
    private_between_students: bool = False
    moderated: bool = False


# --- client to server -----------------------------------------------------------------------------------------------


class Hand(Struct, tag="hand", frozen=True):
    """One's own hand goes up or down."""

    id: MessageId
    raised: bool


class LowerHand(Struct, tag="lower_hand", frozen=True):
    """Staff lower somebody's hand; null: all hands."""

    id: MessageId
    participant_id: Id | None = None


class React(Struct, tag="react", frozen=True):
    """A reaction that is shown for a moment."""

    id: MessageId
    reaction: Reaction


class Chat(Struct, tag="chat", frozen=True):
    """Say something. `key` is the client's own id of this text: a repeat is answered, not said twice."""

    id: MessageId
    key: Id
    to: Id
    text: Text


class ChatEdit(Struct, tag="chat_edit", frozen=True):
    """Change one's own message."""

    id: MessageId
    chat_id: Id
    text: Text


class ChatDelete(Struct, tag="chat_delete", frozen=True):
    """Take back one's own message; staff any."""

    id: MessageId
    chat_id: Id


class ChatRelease(Struct, tag="chat_release", frozen=True):
    """Staff show a message that was held."""

    id: MessageId
    chat_id: Id


class SetChatRules(Struct, tag="chat_rules", frozen=True):
    """Staff set what is allowed in the chat, all of it at once."""

    id: MessageId
    rules: ChatRules


TalkClientMessage = Hand | LowerHand | React | Chat | ChatEdit | ChatDelete | ChatRelease | SetChatRules


# --- server to client -----------------------------------------------------------------------------------------------


class HandsChanged(Struct, tag="hands", frozen=True):
    """All raised hands, first raised first."""

    seq: int
    order: tuple[RaisedHand, ...]


class Reacted(Struct, tag="reaction", frozen=True):
    """Somebody reacted. Latest of each person wins: carries no `seq`."""

    participant_id: str
    reaction: Reaction


class ChatPosted(Struct, tag="chat_posted", frozen=True):
    """A new message that you may see."""

    seq: int
    message: ChatMessage


class ChatChanged(Struct, tag="chat_changed", frozen=True):
    """Edited, deleted or released."""

    seq: int
    message: ChatMessage


class ChatRulesChanged(Struct, tag="chat_rules_changed", frozen=True):
    """What is allowed in the chat changed."""

    seq: int
    rules: ChatRules


TalkServerMessage = HandsChanged | Reacted | ChatPosted | ChatChanged | ChatRulesChanged
