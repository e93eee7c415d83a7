"""Stable codes of the protocol, each with a sentence for a person.

A program decides by the code, a person reads the sentence. A code is never renamed and never gets another meaning; a
client treats one it does not know as `internal`. Where the server knows more ("the field `mid` is missing") it sends
that instead of the sentence here. Pure: no aiohttp, asyncio or database.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class ErrorCode(StrEnum):
    """Why one message, or the whole Connection (`re` 0), was refused."""

    # The bytes and their order.
    BAD_MESSAGE = "bad_message"
    TOO_LARGE = "too_large"
    TOO_FAST = "too_fast"
    BUSY = "busy"
    HELLO_FIRST = "hello_first"
    HELLO_LATE = "hello_late"
    HELLO_TWICE = "hello_twice"
    VERSION_UNSUPPORTED = "version_unsupported"
    # Who may come in.
    TICKET_INVALID = "ticket_invalid"
    TICKET_EXPIRED = "ticket_expired"
    TICKET_USED = "ticket_used"
    TICKET_FOREIGN = "ticket_foreign"
    LINK_REVOKED = "link_revoked"
    SEAT_UNKNOWN = "seat_unknown"
    SEAT_IN_USE = "seat_in_use"
    SESSION_NOT_OPEN = "session_not_open"
    SESSION_ENDED = "session_ended"
    ROOM_FULL = "room_full"
    SERVER_FULL = "server_full"
    RESUME_UNKNOWN = "resume_unknown"
    # What one asks for inside.
    NOT_ALLOWED = "not_allowed"
    TRACK_UNKNOWN = "track_unknown"
    SLOT_UNKNOWN = "slot_unknown"
    BAD_SDP = "bad_sdp"
    NO_COMMON_CODEC = "no_common_codec"
    STALE_GENERATION = "stale_generation"
    # The server's own troubles.
    MEDIA_UNAVAILABLE = "media_unavailable"
    STOPPING = "stopping"
    INTERNAL = "internal"


class ByeCode(StrEnum):
    """Why the server closes a Connection for good."""

    LEFT = "left"
    MOVED = "moved"
    REMOVED = "removed"
    ENDED = "ended"
    REPLACED = "replaced"


class LeftReason(StrEnum):
    """Why a Participant is gone, in `participant_left`."""

    LEFT = "left"
    TIMEOUT = "timeout"
    REMOVED = "removed"
    ENDED = "ended"


class ResetReason(StrEnum):
    """Why all media of a client starts again, in `media_reset`."""

    MEDIA_REPLACED = "media_replaced"
    CLIENT_ASKED = "client_asked"
    ROOM_FAULTED = "room_faulted"
    MOVED = "moved"


class CloseCode:
    """WebSocket close codes (RFC 6455 section 7.4): after 1xxx a client may come back, after 4xxx not by itself."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    TOO_LARGE = 1009
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BYE = 4000
    REFUSED = 4001
    TOO_FAST = 4002


ERROR_TEXTS: Mapping[ErrorCode, str] = MappingProxyType(
    {
        ErrorCode.BAD_MESSAGE: "The message is not one of the protocol.",
        ErrorCode.TOO_LARGE: "The message is larger than the server takes.",
        ErrorCode.TOO_FAST: "Too many messages in a short time.",
        ErrorCode.BUSY: "The room has more to do than it can take right now. Try again in a moment.",
        ErrorCode.HELLO_FIRST: "The first message must be hello.",
        ErrorCode.HELLO_LATE: "No hello came in time.",
        ErrorCode.HELLO_TWICE: "This connection has already joined.",
        ErrorCode.VERSION_UNSUPPORTED: "This page is out of date. Reload it.",
        ErrorCode.TICKET_INVALID: "This join ticket is not valid. Open your link again.",
        ErrorCode.TICKET_EXPIRED: "This join ticket has expired. Open your link again.",
        ErrorCode.TICKET_USED: "This join ticket was already used. Open your link again.",
        ErrorCode.TICKET_FOREIGN: "This join ticket is for another class.",
        ErrorCode.LINK_REVOKED: "This link is no longer valid. Ask for a new one.",
        ErrorCode.SEAT_UNKNOWN: "There is no place for you in this class. Ask for a new link.",
        ErrorCode.SEAT_IN_USE: "You are already in this class on another device.",
        ErrorCode.SESSION_NOT_OPEN: "This class is not open yet.",
        ErrorCode.SESSION_ENDED: "This class is over.",
        ErrorCode.ROOM_FULL: "This class is full.",
        ErrorCode.SERVER_FULL: "The server has no room for another class right now.",
        ErrorCode.RESUME_UNKNOWN: "Your place was not kept. Join again.",
        ErrorCode.NOT_ALLOWED: "Your role does not allow this.",
        ErrorCode.TRACK_UNKNOWN: "There is no such track of yours.",
        ErrorCode.SLOT_UNKNOWN: "There is no such video slot.",
        ErrorCode.BAD_SDP: "The session description cannot be used.",
        ErrorCode.NO_COMMON_CODEC: "Your browser offers no sound or picture format that this class can carry.",
        ErrorCode.STALE_GENERATION: "This answers an offer that was replaced by a newer one.",
        ErrorCode.MEDIA_UNAVAILABLE: "Sound and picture are not available right now. They come back by themselves.",
        ErrorCode.STOPPING: "The server is restarting. You will be reconnected.",
        ErrorCode.INTERNAL: "Something went wrong on the server.",
    }
)

BYE_TEXTS: Mapping[ByeCode, str] = MappingProxyType(
    {
        ByeCode.LEFT: "You left the class.",
        ByeCode.MOVED: "You joined on another device.",
        ByeCode.REMOVED: "You were removed from the class.",
        ByeCode.ENDED: "The class is over.",
        ByeCode.REPLACED: "This page was connected a second time; the newer connection goes on.",
    }
)


def sentence(code: str) -> str:
    """The sentence of an error code; that of `internal` for one that is not listed."""
    try:
        return ERROR_TEXTS[ErrorCode(code)]
    except ValueError:
        return ERROR_TEXTS[ErrorCode.INTERNAL]
