"""What happened to the class as a whole and to the people in it: the stored facts. Ids only, never names.

The tag is the fact's kind. A field is never renamed and never gets another meaning; new ones have defaults, so that
facts of years ago are still read. `at_ms` is UTC in milliseconds on the Room's clock, which never jumps; `by` is the
Participant who did it, null: the server.
"""

from typing import Literal

import msgspec

from signaling.base import Role
from signaling.lesson import WaitReason
from signaling.moderation import Permission

EndReason = Literal["instructor", "coordinator", "empty", "limit"]
WaitOutcome = Literal["admitted", "turned_away", "gone"]
GoneReason = Literal["left", "timeout", "removed", "ended", "unsupervised"]


# --- the class ------------------------------------------------------------------------------------------------------


class ClassOpened(msgspec.Struct, frozen=True, tag="class_opened"):
    """The door opened. It begins a sitting: nothing before it counts for a standing room that was used earlier."""

    at_ms: int
    starts_ms: int
    ends_ms: int
    always_open: bool


class ClassLive(msgspec.Struct, frozen=True, tag="class_live"):
    """The first instructor is there."""

    at_ms: int
    by: str


class ClassInterrupted(msgspec.Struct, frozen=True, tag="class_interrupted"):
    """The last instructor is gone."""

    at_ms: int


class ClassResumed(msgspec.Struct, frozen=True, tag="class_resumed"):
    """An instructor is there again."""

    at_ms: int
    by: str


class ClassEnded(msgspec.Struct, frozen=True, tag="class_ended"):
    at_ms: int
    reason: EndReason
    by: str | None


class ClassNotHeld(msgspec.Struct, frozen=True, tag="class_not_held"):
    """Its time is over and no instructor ever came."""

    at_ms: int


class ClassLocked(msgspec.Struct, frozen=True, tag="class_locked"):
    at_ms: int
    locked: bool
    by: str


class RoomRebuilt(msgspec.Struct, frozen=True, tag="room_rebuilt"):
    """The server had been gone: everyone was away from the last proof of presence until they came back."""

    at_ms: int


class StillHere(msgspec.Struct, frozen=True, tag="still_here"):
    """Whoever is connected was heard of now. Stored regularly, so that a crash loses no more than that of presence."""

    at_ms: int


# --- people ---------------------------------------------------------------------------------------------------------


class PersonJoined(msgspec.Struct, frozen=True, tag="joined"):
    at_ms: int
    participant_id: str
    seat_id: str
    person_id: str
    role: Role
    is_minor: bool = False


class PersonAway(msgspec.Struct, frozen=True, tag="away"):
    """`proof_ms`: when they were last heard of."""

    at_ms: int
    participant_id: str
    seat_id: str
    proof_ms: int


class PersonBack(msgspec.Struct, frozen=True, tag="back"):
    at_ms: int
    participant_id: str
    seat_id: str
    away_s: float


class PersonLeft(msgspec.Struct, frozen=True, tag="left"):
    at_ms: int
    participant_id: str
    seat_id: str
    reason: GoneReason


class RoleChanged(msgspec.Struct, frozen=True, tag="role_changed"):
    """For the rest of the sitting. `seat_role` is what the Seat says: if that changes, it counts again."""

    at_ms: int
    participant_id: str
    seat_id: str
    seat_role: Role
    role: Role
    by: str


class WaitingBegan(msgspec.Struct, frozen=True, tag="waiting_began"):
    at_ms: int
    participant_id: str
    seat_id: str
    person_id: str
    role: Role
    reason: WaitReason


class WaitingEnded(msgspec.Struct, frozen=True, tag="waiting_ended"):
    at_ms: int
    participant_id: str
    seat_id: str
    outcome: WaitOutcome
    by: str | None


# --- guiding --------------------------------------------------------------------------------------------------------


class PersonRemoved(msgspec.Struct, frozen=True, tag="person_removed"):
    """`may_ask`: they may ask to come in again."""

    at_ms: int
    participant_id: str
    seat_id: str
    may_ask: bool
    by: str


class PersonReadmitted(msgspec.Struct, frozen=True, tag="person_readmitted"):
    at_ms: int
    participant_id: str
    seat_id: str
    by: str


class SpotlightMoved(msgspec.Struct, frozen=True, tag="spotlight_moved"):
    at_ms: int
    participant_id: str | None
    by: str | None


class PermissionSet(msgspec.Struct, frozen=True, tag="permission_set"):
    """`participant_id` null: all students, and what was said of single ones for this action is forgotten."""

    at_ms: int
    participant_id: str | None
    action: Permission
    allowed: bool
    by: str


class TrackStopped(msgspec.Struct, frozen=True, tag="track_stopped"):
    """Staff ended a Track, or a permission did."""

    at_ms: int
    participant_id: str
    track_id: str
    source: str
    by: str


class PersonMuted(msgspec.Struct, frozen=True, tag="person_muted"):
    at_ms: int
    participant_id: str
    track_id: str
    by: str


class HelpAsked(msgspec.Struct, frozen=True, tag="help_asked"):
    """Technical help. What is reported to the safeguarding people is never a fact: staff may export facts."""

    at_ms: int
    participant_id: str
    key: str
    text: str


ClassEvent = (
    ClassOpened
    | ClassLive
    | ClassInterrupted
    | ClassResumed
    | ClassEnded
    | ClassNotHeld
    | ClassLocked
    | RoomRebuilt
    | StillHere
)
PresenceEvent = PersonJoined | PersonAway | PersonBack | PersonLeft | RoleChanged
WaitingEvent = WaitingBegan | WaitingEnded
GuidingEvent = (
    PersonRemoved | PersonReadmitted | SpotlightMoved | PermissionSet | TrackStopped | PersonMuted | HelpAsked
)
