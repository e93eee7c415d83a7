"""What happened with checks and the pulse: the stored facts. Ids and answers, never names."""

from typing import Literal

import msgspec

from signaling.checks import Answer, CheckSpec, PulseValue

CheckEnd = Literal["closed", "time"]


class CheckOpened(msgspec.Struct, frozen=True, tag="check_opened"):
    """`asked`: who was there to answer at that moment; engagement counts against it."""

    at_ms: int
    check_id: str
    by: str
    key: str
    spec: CheckSpec
    saved_id: str | None
    anonymous: bool
    closes_ms: int | None
    group_id: str | None
    asked: tuple[str, ...]


class CheckAnswered(msgspec.Struct, frozen=True, tag="check_answered"):
    """An answer that counts; a later one of the same person replaces it. `correct` null: nothing is right or wrong.

    It names the person even when the check is anonymous, since nobody may count twice; who may not see the name is
    settled where answers are shown (`check_views`) and exported.
    """

    at_ms: int
    check_id: str
    participant_id: str
    key: str
    answer: Answer
    correct: bool | None
    took_ms: int
    round: int


class CheckClosed(msgspec.Struct, frozen=True, tag="check_closed"):
    at_ms: int
    check_id: str
    by: str | None
    reason: CheckEnd


class CheckReopened(msgspec.Struct, frozen=True, tag="check_reopened"):
    at_ms: int
    check_id: str
    by: str
    closes_ms: int | None
    asked: tuple[str, ...]


class CheckShared(msgspec.Struct, frozen=True, tag="check_shared"):
    at_ms: int
    check_id: str
    by: str
    shared: bool


class PulseSet(msgspec.Struct, frozen=True, tag="pulse_set"):
    at_ms: int
    participant_id: str
    value: PulseValue | None


CheckEvent = CheckOpened | CheckAnswered | CheckClosed | CheckReopened | CheckShared
