"""Engagement: what somebody did, against what they could have done. docs/engagement.md has the formula and examples.

Raw counts first, each with its denominator; then one index out of them, the same for 1:1 and groups. Nothing here looks
at cameras, faces or windows: being there is attendance, not engagement. `None` is "no opportunity", which is not zero.
The counts do not say whether somebody is right: correctness is told beside the index, and does not enter it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from server.classroom.intervals import Span, clipped, overlaps, total_ms

FORMULA_VERSION = 1

# How much each part counts, of those for which there was an opportunity.
WEIGHTS = {"response": 0.4, "voice": 0.3, "activity": 0.3}

# The students' part of the talking that is full marks for all of them together. In a 1:1 that is a fifth of the time;
# in a group everyone's fair part of it: what one more person says is time that the others listen.
STUDENTS_TALK_PART = 0.2

# Presence is looked at in windows of this length: did they do anything at all in it?
ACTIVITY_WINDOW_MS = 300_000

# Who was there for less than this gets no index: too little happened to say anything.
PRESENT_MS_MIN = 300_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A check that this Seat could have answered, and what came of it. `correct` None: nothing is right or wrong."""

    answered_after_ms: int | None
    graded: bool = False
    correct: bool | None = None


@dataclass(frozen=True, slots=True)
class Deeds:
    """Everything one Seat did. `acts_ms` are the instants of hands, chat, reactions, answers, drawing and pulses."""

    asked: tuple[Asked, ...] = ()
    tasks: tuple[bool, ...] = ()  # annotation tasks they were given, and whether they drew on their copy
    talk: tuple[Span, ...] = ()
    hands: int = 0
    chat: int = 0
    reactions: int = 0
    board: int = 0
    pulses: int = 0
    acts_ms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Chance:
    """What they could have done: when they were there, whether they could speak, and with how many other students on
    average."""

    present: tuple[Span, ...]
    could_speak: bool
    students_mean: float
    anyone_talk_ms: int


@dataclass(frozen=True, slots=True)
class Engagement:
    """Counts and, for who was there long enough, the index from 0 to 100 with its parts from 0 to 1."""

    index: int | None
    response: float | None
    voice: float | None
    activity: float | None
    asked: int
    answered: int
    graded: int
    correct: int
    response_ms_median: int | None
    tasks: int
    tasks_done: int
    talk_ms: int
    turns: int
    talk_share: float | None
    could_speak: bool
    hands: int
    chat: int
    reactions: int
    board: int
    pulses: int
    active_windows: int
    windows: int
    longest_inactive_ms: int | None
    taken_part: bool


def engagement(deeds: Deeds, chance: Chance) -> Engagement:
    """One Seat's engagement. Never negative, no part over 1."""
    talk = [part for stay in chance.present for part in clipped(deeds.talk, *stay)]
    talk_ms = total_ms(talk)
    acts = sorted([*deeds.acts_ms, *(start for start, _ in talk)])
    answered = [one for one in deeds.asked if one.answered_after_ms is not None]
    active, windows = _windows(chance.present, talk, acts)
    response = _response(deeds)
    voice = _voice(talk_ms, chance)
    activity = active / windows if windows else None
    times = [one.answered_after_ms for one in answered if one.answered_after_ms is not None]
    return Engagement(
        index=_index(total_ms(chance.present), {"response": response, "voice": voice, "activity": activity}),
        response=response,
        voice=voice,
        activity=activity,
        asked=len(deeds.asked),
        answered=len(answered),
        graded=sum(one.graded for one in answered),
        correct=sum(one.graded and one.correct is True for one in answered),
        response_ms_median=int(median(times)) if times else None,
        tasks=len(deeds.tasks),
        tasks_done=sum(deeds.tasks),
        talk_ms=talk_ms,
        # A turn that a lost connection cut in two is still one.
        turns=sum(overlaps(chance.present, start, end) for start, end in deeds.talk),
        talk_share=min(1.0, talk_ms / chance.anyone_talk_ms) if chance.anyone_talk_ms and chance.could_speak else None,
        could_speak=chance.could_speak,
        hands=deeds.hands,
        chat=deeds.chat,
        reactions=deeds.reactions,
        board=deeds.board,
        pulses=deeds.pulses,
        active_windows=active,
        windows=windows,
        longest_inactive_ms=_longest_inactive(chance.present, talk, acts),
        taken_part=bool(acts),
    )


def _response(deeds: Deeds) -> float | None:
    """Answers and finished tasks, of what was asked."""
    asked = len(deeds.asked) + len(deeds.tasks)
    if not asked:
        return None
    return (sum(one.answered_after_ms is not None for one in deeds.asked) + sum(deeds.tasks)) / asked


def _voice(talk_ms: int, chance: Chance) -> float | None:
    """Talk time against a fair part of the students' part. None for who could not speak, or when nobody was heard at
    all: then it is the measuring that failed, not the class."""
    present_ms = total_ms(chance.present)
    if not chance.could_speak or not chance.anyone_talk_ms or not present_ms:
        return None
    fair_ms = present_ms * STUDENTS_TALK_PART / max(1.0, chance.students_mean)
    return min(1.0, talk_ms / fair_ms)


def _windows(present: Sequence[Span], talk: Sequence[Span], acts: Sequence[int]) -> tuple[int, int]:
    """How many windows of presence held anything at all, of how many. Windows are counted on the person's own time of
    presence, one after the other over gaps; a rest shorter than half a window is dropped."""
    length_ms = total_ms(present)
    windows = length_ms // ACTIVITY_WINDOW_MS + (length_ms % ACTIVITY_WINDOW_MS >= ACTIVITY_WINDOW_MS // 2)
    active: set[int] = set()
    for at_ms in acts:
        place = _own_time(present, at_ms)
        if place is not None:
            active.add(place // ACTIVITY_WINDOW_MS)
    for start, end in talk:
        first, last = _own_time(present, start), _own_time(present, end - 1)
        if first is not None and last is not None:
            active.update(range(first // ACTIVITY_WINDOW_MS, last // ACTIVITY_WINDOW_MS + 1))
    return len({one for one in active if one < windows}), windows


def _own_time(present: Sequence[Span], at_ms: int) -> int | None:
    """How long they had been present at this instant; None when they were not."""
    before = 0
    for start, end in present:
        if at_ms < start:
            return None
        if at_ms < end:
            return before + at_ms - start
        before += end - start
    return None


def _longest_inactive(present: Sequence[Span], talk: Sequence[Span], acts: Sequence[int]) -> int | None:
    """The longest time of one stay without a sign of them. None for who was never there."""
    longest = None
    for start, end in present:
        signs = sorted(
            [(at_ms, at_ms) for at_ms in acts if start <= at_ms < end] + clipped(talk, start, end) + [(end, end)]
        )
        quiet_from = start
        for sign_start, sign_end in signs:
            longest = max(longest or 0, sign_start - quiet_from)
            quiet_from = max(quiet_from, sign_end)
    return longest


def _index(present_ms: int, parts: dict[str, float | None]) -> int | None:
    """The weighted mean of the parts for which there was an opportunity, in percent."""
    known = {name: part for name, part in parts.items() if part is not None}
    if present_ms < PRESENT_MS_MIN or not known:
        return None
    weight = sum(WEIGHTS[name] for name in known)
    return round(100 * sum(WEIGHTS[name] * part for name, part in known.items()) / weight)
