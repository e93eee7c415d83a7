"""What happened in the breakout groups: the stored facts. Ids only; what someone wrote to all groups is kept too."""

from typing import Literal

import msgspec

BreakoutMode = Literal["assigned", "choice"]
MoveReason = Literal["moved", "chose", "visited"]
BreakoutEnd = Literal["ended", "time"]


class BreakoutGroupMade(msgspec.Struct, frozen=True):
    """One group as it was opened. `number` tells its sound apart from that of the others; 0 is the main room."""

    group_id: str
    number: int
    name: str
    participant_ids: tuple[str, ...]


class BreakoutsOpened(msgspec.Struct, frozen=True, tag="breakouts_opened"):
    at_ms: int
    breakout_id: str
    by: str
    key: str
    mode: BreakoutMode
    prompt: str
    closes_ms: int | None
    groups: tuple[BreakoutGroupMade, ...]


class BreakoutMoved(msgspec.Struct, frozen=True, tag="breakout_moved"):
    """`group_id` null: into the main room."""

    at_ms: int
    breakout_id: str
    participant_id: str
    group_id: str | None
    by: str
    reason: MoveReason


class BreakoutSaid(msgspec.Struct, frozen=True, tag="breakout_said"):
    at_ms: int
    breakout_id: str
    by: str
    text: str


class BreakoutCalled(msgspec.Struct, frozen=True, tag="breakout_called"):
    """A group calls for an instructor, or no longer does: someone came."""

    at_ms: int
    breakout_id: str
    group_id: str
    participant_id: str
    calling: bool


class BreakoutsEnded(msgspec.Struct, frozen=True, tag="breakouts_ended"):
    at_ms: int
    breakout_id: str
    by: str | None
    reason: BreakoutEnd


BreakoutEvent = BreakoutsOpened | BreakoutMoved | BreakoutSaid | BreakoutCalled | BreakoutsEnded
