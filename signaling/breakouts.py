"""Messages of breakout groups: parts of the same class that hear and see only themselves for a while.

Pure: no aiohttp, asyncio or database.
"""

from typing import Annotated, Literal

from msgspec import Meta

from signaling.base import Id, MessageId, Seconds, Sentence, Struct

BreakoutMode = Literal["assigned", "choice"]
GroupName = Annotated[str, Meta(min_length=1, max_length=60)]


# --- values ---------------------------------------------------------------------------------------------------------


class GroupPlan(Struct, frozen=True):
    """A group as staff plan it."""

    name: GroupName
    participant_ids: Annotated[tuple[Id, ...], Meta(max_length=500)] = ()


class BreakoutGroup(Struct, frozen=True):
    """A group, who belongs to it, who of the staff is there, and whether it called for help."""

    group_id: str
    name: str
    participant_ids: tuple[str, ...]
    visitor_ids: tuple[str, ...]
    called: bool


class BreakoutsSnapshot(Struct, frozen=True):
    """All of it as this viewer may see it. `own_group_id` is where the viewer is now; null: the main room."""

    open: bool = False
    mode: BreakoutMode = "assigned"
    prompt: str = ""
    started_utc: str | None = None
    ends_utc: str | None = None
    own_group_id: str | None = None
    groups: tuple[BreakoutGroup, ...] = ()


# --- client to server -----------------------------------------------------------------------------------------------


class BreakoutOpen(Struct, tag="breakout_open", frozen=True):
    """Staff send the class into groups. Whoever is in no group stays in the main room, or chooses."""

    id: MessageId
    key: Id
    groups: Annotated[tuple[GroupPlan, ...], Meta(min_length=1, max_length=50)]
    mode: BreakoutMode = "assigned"
    seconds: Seconds | None = None
    prompt: Annotated[str, Meta(max_length=2_000)] = ""


class BreakoutMove(Struct, tag="breakout_move", frozen=True):
    """Staff move somebody; null: to the main room."""

    id: MessageId
    participant_id: Id
    group_id: Id | None


class BreakoutChoose(Struct, tag="breakout_choose", frozen=True):
    """A student chooses a group, where that is allowed."""

    id: MessageId
    group_id: Id


class BreakoutVisit(Struct, tag="breakout_visit", frozen=True):
    """Staff hop into a group; null: back to the main room."""

    id: MessageId
    group_id: Id | None


class BreakoutSay(Struct, tag="breakout_say", frozen=True):
    """Staff tell all groups something."""

    id: MessageId
    text: Sentence


class BreakoutHelp(Struct, tag="breakout_help", frozen=True):
    """A group calls for staff; they take the call by coming in."""

    id: MessageId


class BreakoutEnd(Struct, tag="breakout_end", frozen=True):
    """Everyone comes back."""

    id: MessageId


BreakoutsClientMessage = (
    BreakoutOpen | BreakoutMove | BreakoutChoose | BreakoutVisit | BreakoutSay | BreakoutHelp | BreakoutEnd
)


# --- server to client -----------------------------------------------------------------------------------------------


class BreakoutsChanged(Struct, tag="breakouts", frozen=True):
    """The groups as this viewer may see them now."""

    seq: int
    breakouts: BreakoutsSnapshot


class BreakoutSaid(Struct, tag="breakout_said", frozen=True):
    """Staff say something to all groups."""

    seq: int
    by_participant_id: str
    text: str


class BreakoutCalled(Struct, tag="breakout_called", frozen=True):
    """A group calls for help. To staff only."""

    seq: int
    group_id: str
    participant_id: str


BreakoutsServerMessage = BreakoutsChanged | BreakoutSaid | BreakoutCalled
