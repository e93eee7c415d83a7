"""Messages about the class as a whole: its state, the waiting room, help and the end.

Pure: no aiohttp, asyncio or database.
"""

from typing import Literal

from signaling.base import Id, MessageId, People, Role, Struct, Text

ClassPhase = Literal["scheduled", "open", "live", "interrupted", "ended", "closed_out", "cancelled", "not_held"]
# Why somebody waits: nobody is there who may let them in; the class is locked; nobody knows them; children may not be
# alone with each other; or they were removed and may ask again.
WaitReason = Literal["no_instructor", "locked", "unknown", "unsupervised", "removed"]
HelpKind = Literal["technical", "safeguarding"]


# --- values ---------------------------------------------------------------------------------------------------------


class ClassStatus(Struct, frozen=True):
    """What everyone may know of the class. `recorded` and `supervisor_present` are never hidden from anybody."""

    phase: ClassPhase = "open"
    locked: bool = False
    live_since_utc: str | None = None
    interrupted_since_utc: str | None = None
    ends_utc: str = ""
    ends_at_latest_utc: str = ""
    supervisor_present: bool = False
    recorded: bool = False


class WaitingPerson(Struct, frozen=True):
    """Someone in the waiting room, as staff see them."""

    participant_id: str
    display_name: str
    role: Role
    reason: WaitReason
    since_utc: str


class HelpRequest(Struct, frozen=True):
    """A call for technical help, as staff see it. Safeguarding reports never come this way."""

    participant_id: str
    text: str
    at_utc: str


# --- client to server -----------------------------------------------------------------------------------------------


class AdmitPeople(Struct, tag="admit", frozen=True):
    """Staff let people in who wait."""

    id: MessageId
    participant_ids: People


class TurnAway(Struct, tag="turn_away", frozen=True):
    """Staff send people away who wait; they may not ask again in this class."""

    id: MessageId
    participant_ids: People


class Lock(Struct, tag="lock", frozen=True):
    """While locked, newcomers wait. Nobody who was in is ever locked out."""

    id: MessageId
    locked: bool


class AskHelp(Struct, tag="ask_help", frozen=True):
    """Technical: staff in the class are told. Safeguarding: only the safeguarding people of the organisation are."""

    id: MessageId
    key: Id
    kind: HelpKind
    text: Text
    about_participant_id: Id | None = None


class EndClass(Struct, tag="end_class", frozen=True):
    """An instructor ends the class for everybody."""

    id: MessageId


LessonClientMessage = AdmitPeople | TurnAway | Lock | AskHelp | EndClass


# --- server to client -----------------------------------------------------------------------------------------------


class Waiting(Struct, tag="waiting", frozen=True):
    """You wait, and why. `admitted` or `bye` ends it."""

    seq: int
    reason: WaitReason


class WaitingList(Struct, tag="waiting_list", frozen=True):
    """Everyone who waits, in the order in which they came. To staff only."""

    seq: int
    people: tuple[WaitingPerson, ...]


class ClassStateChanged(Struct, tag="class_state", frozen=True):
    """The class as a whole changed."""

    seq: int
    status: ClassStatus


class HelpAsked(Struct, tag="help_asked", frozen=True):
    """Someone has trouble that staff can solve. To staff only."""

    seq: int
    request: HelpRequest


LessonServerMessage = Waiting | WaitingList | ClassStateChanged | HelpAsked
