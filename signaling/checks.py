"""Messages of checks (polls, comprehension checks, exercises) and the pulse.

Pure: no aiohttp, asyncio or database.
"""

from typing import Annotated, Literal

from msgspec import Meta

from signaling.base import Id, MessageId, Seconds, Struct, Text

CheckKind = Literal["poll", "single", "multiple", "true_false", "number", "short_text", "exercise"]
PulseValue = Literal["understood", "lost"]
OptionText = Annotated[str, Meta(min_length=1, max_length=300)]
OptionIds = Annotated[tuple[Id, ...], Meta(max_length=12)]


# --- values ---------------------------------------------------------------------------------------------------------


class CheckOption(Struct, frozen=True):
    """One thing to choose. The options of `true_false` have the ids `true` and `false`."""

    option_id: Id
    text: OptionText


class RightAnswer(Struct, frozen=True):
    """What is right: options, a number within a tolerance, or one of some short texts. A poll has none."""

    option_ids: OptionIds = ()
    number: float | None = None
    tolerance: Annotated[float, Meta(ge=0)] = 0
    texts: Annotated[tuple[OptionText, ...], Meta(max_length=10)] = ()


class CheckSpec(Struct, frozen=True):
    """A question as staff write it."""

    kind: CheckKind
    prompt: Text
    options: Annotated[tuple[CheckOption, ...], Meta(max_length=12)] = ()
    right: RightAnswer | None = None
    material_id: Id | None = None


class Answer(Struct, frozen=True):
    """What somebody answers: options, a number, a text, a material, as the kind asks for."""

    option_ids: OptionIds = ()
    number: float | None = None
    text: Annotated[str, Meta(max_length=2_000)] = ""
    material_id: Id | None = None


class Check(Struct, frozen=True):
    """A check as this viewer may see it: `right` only for staff until it is shared. `round` grows when it is opened
    again."""

    check_id: str
    key: str
    kind: CheckKind
    prompt: str
    options: tuple[CheckOption, ...]
    material_id: str | None
    anonymous: bool
    open: bool
    shared: bool
    round: int
    opened_utc: str
    closes_utc: str | None
    right: RightAnswer | None
    group_id: str | None


class GivenAnswer(Struct, frozen=True):
    """An answer that counts. `participant_id` is null for staff if the check is anonymous; `correct` is null for what
    has no right answer, and for students until it is shared."""

    check_id: str
    key: str
    participant_id: str | None
    answer: Answer
    correct: bool | None
    at_utc: str


class OptionCount(Struct, frozen=True):
    option_id: str
    count: int


class CheckTally(Struct, frozen=True):
    """The result of a check. `asked` is how many could have answered; `texts` are answers without names."""

    check_id: str
    asked: int
    answered: int
    correct: int | None
    counts: tuple[OptionCount, ...]
    numbers: tuple[float, ...]
    texts: tuple[str, ...]


class ChecksSnapshot(Struct, frozen=True):
    """All checks of the Session as this viewer may see them: students their own answers, staff all."""

    checks: tuple[Check, ...] = ()
    answers: tuple[GivenAnswer, ...] = ()
    tallies: tuple[CheckTally, ...] = ()


class PulseTally(Struct, frozen=True):
    """How many feel how, of how many students. `lost_ids` is for staff: who needs help."""

    understood: int = 0
    lost: int = 0
    of: int = 0
    lost_ids: tuple[str, ...] = ()


class PulseSnapshot(Struct, frozen=True):
    """One's own pulse; for staff the counts."""

    own: PulseValue | None = None
    tally: PulseTally | None = None


# --- client to server -----------------------------------------------------------------------------------------------


class CheckOpen(Struct, tag="check_open", frozen=True):
    """Staff ask something: a new question or a saved one."""

    id: MessageId
    key: Id
    spec: CheckSpec | None = None
    saved_id: Id | None = None
    seconds: Seconds | None = None
    anonymous: bool = False


class CheckAnswer(Struct, tag="check_answer", frozen=True):
    """Answer a check. Another answer with another key replaces the first while the check is open."""

    id: MessageId
    check_id: Id
    key: Id
    answer: Answer


class CheckClose(Struct, tag="check_close", frozen=True):
    """No more answers."""

    id: MessageId
    check_id: Id


class CheckReopen(Struct, tag="check_reopen", frozen=True):
    """Answers are taken again."""

    id: MessageId
    check_id: Id
    seconds: Seconds | None = None


class CheckShare(Struct, tag="check_share", frozen=True):
    """Show everyone the result and what was right, or no longer."""

    id: MessageId
    check_id: Id
    shared: bool


class SetPulse(Struct, tag="pulse", frozen=True):
    """How one feels about the lesson right now; null: no word."""

    id: MessageId
    value: PulseValue | None


ChecksClientMessage = CheckOpen | CheckAnswer | CheckClose | CheckReopen | CheckShare | SetPulse


# --- server to client -----------------------------------------------------------------------------------------------


class CheckOpened(Struct, tag="check_opened", frozen=True):
    """Something is asked."""

    seq: int
    check: Check


class CheckChanged(Struct, tag="check_changed", frozen=True):
    """Closed, opened again, shared or not."""

    seq: int
    check: Check


class CheckAnswered(Struct, tag="check_answered", frozen=True):
    """An answer counts. To staff, and to whoever answered."""

    seq: int
    answer: GivenAnswer


class CheckResults(Struct, tag="check_results", frozen=True):
    """How a check stands. Latest of each check wins: carries no `seq`. To staff live, to all once it is shared."""

    tally: CheckTally


class PulseCounts(Struct, tag="pulse_counts", frozen=True):
    """How the class feels. Latest wins: carries no `seq`. To staff only."""

    tally: PulseTally


ChecksServerMessage = CheckOpened | CheckChanged | CheckAnswered | CheckResults | PulseCounts
