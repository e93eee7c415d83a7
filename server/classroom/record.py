"""The record of one Session: events in, in their order, and everything that attendance and engagement ask, out.

One pass, and it can go on: whoever keeps a Record hands it the events that came since. Ids only. Nothing here decides
what a number means; that is `attendance` and `engagement`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from server.classroom.engagement import Asked, Deeds
from server.classroom.events import Event
from server.classroom.events_boards import BoardDrawn, BoardTaskEnded, BoardTaskStarted
from server.classroom.events_breakouts import BreakoutsEnded, BreakoutsOpened
from server.classroom.events_checks import CheckAnswered, CheckClosed, CheckOpened, CheckReopened, PulseSet
from server.classroom.events_class import (
    ClassEnded,
    ClassInterrupted,
    ClassLive,
    ClassNotHeld,
    ClassOpened,
    ClassResumed,
    PermissionSet,
    PersonAway,
    PersonBack,
    PersonJoined,
    PersonLeft,
    PersonRemoved,
    RoleChanged,
    RoomRebuilt,
    StillHere,
    WaitingBegan,
    WaitingEnded,
)
from server.classroom.events_sound import Talked
from server.classroom.events_talk import ChatPosted, HandRaised, Reacted
from server.classroom.intervals import Span, as_spans, bridged
from server.classroom.presence_fold import Broke, Came, Lost, Over, PresenceFold, Proof, Waits

TIMELINE_MAX = 2_000
ACTS_KEPT_MAX = 5_000  # of one Seat: some thirty an hour would be a lot
TALK_SPANS_MAX = 20_000  # of one Seat

# A pause of this length belongs to the turn; what is shorter than a second is a cough or a yes.
TURN_PAUSE_MS = 2_000
TURN_MS_MIN = 1_000
# Strokes that follow each other within this are one act of drawing.
DRAWING_PAUSE_MS = 10_000


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline."""

    at_ms: int
    kind: str
    seat_id: str | None = None
    text: str | None = None


@dataclass(slots=True)
class CheckRecord:
    """One check and who answered. By Participant: the time of the first answer, and whether the latest is right."""

    check_id: str
    prompt: str
    kind: str
    graded: bool
    anonymous: bool
    opened_ms: int
    closed_ms: int | None
    asked: set[str]
    answered: dict[str, tuple[int, bool | None]] = field(default_factory=dict)


@dataclass(slots=True)
class _Doing:
    """What one Seat did so far."""

    acts_ms: list[int] = field(default_factory=list)
    talk: list[Span] = field(default_factory=list)
    hands: int = 0
    chat: int = 0
    reactions: int = 0
    board: int = 0
    pulses: int = 0
    drew_ms: int | None = None


class Record:
    """Take events in order; ask at any time."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._begin()
        for event in events:
            self.take(event)

    def _begin(self) -> None:
        self.presence = PresenceFold()
        self.opened_ms: int | None = None
        self.live_ms: int | None = None
        self.ended_ms: int | None = None
        self.ended_by_staff = False
        self.not_held = False
        self.interrupted = False
        self.seat_of: dict[str, str] = {}
        self.role_of: dict[str, str] = {}
        self.gone: set[str] = set()  # Seats whose people left, and are not only away
        self.could_speak: set[str] = set()
        self.checks: dict[str, CheckRecord] = {}
        self.tasks: dict[str, tuple[set[str], set[str]]] = {}  # by task: who had it, who drew
        self.timeline: list[Moment] = []
        self._doing: dict[str, _Doing] = {}
        self._mic_denied_all = False
        self._mic: dict[str, bool] = {}

    def take(self, event: Event) -> None:
        """It happened. Kinds that no number is made of are passed over."""
        if isinstance(event, ClassOpened) and event.always_open:
            self._begin()  # a standing room's sittings are separate classes
        change = _CHANGES.get(type(event))
        if change is not None:
            change(self, event)

    # --- questions --------------------------------------------------------------------------------------------------

    def deeds(self, seat_id: str) -> Deeds:
        """Everything that one Seat did."""
        doing = self._doing.get(seat_id, _Doing())
        own = {participant for participant, seat in self.seat_of.items() if seat == seat_id}
        return Deeds(
            asked=tuple(_asked(check, own) for check in self.checks.values() if own & check.asked),
            tasks=tuple(bool(own & drew) for had, drew in self.tasks.values() if own & had),
            talk=tuple(self.turns(seat_id)),
            hands=doing.hands,
            chat=doing.chat,
            reactions=doing.reactions,
            board=doing.board,
            pulses=doing.pulses,
            acts_ms=tuple(doing.acts_ms),
        )

    def turns(self, seat_id: str) -> list[Span]:
        """When they spoke: pauses bridged, coughs left out."""
        doing = self._doing.get(seat_id)
        if doing is None:
            return []
        return [span for span in as_spans(bridged(doing.talk, TURN_PAUSE_MS)) if span[1] - span[0] >= TURN_MS_MIN]

    def has_taken_part(self, seat_id: str) -> bool:
        """Has there been any sign of them?"""
        doing = self._doing.get(seat_id)
        return doing is not None and bool(doing.acts_ms or self.turns(seat_id))

    @property
    def is_over(self) -> bool:
        return self.ended_ms is not None or self.not_held

    # --- for the changes below --------------------------------------------------------------------------------------

    def note(self, at_ms: int, kind: str, seat_id: str | None = None, text: str | None = None) -> None:
        """A line for people. A class of thousands of lines keeps its beginning."""
        if len(self.timeline) < TIMELINE_MAX:
            self.timeline.append(Moment(at_ms, kind, seat_id, text))

    def act(self, participant_id: str, at_ms: int) -> _Doing:
        """They gave a sign."""
        doing = self._doing.setdefault(self.seat_of.get(participant_id, ""), _Doing())
        if len(doing.acts_ms) < ACTS_KEPT_MAX:
            doing.acts_ms.append(at_ms)
        return doing

    def speak(self, participant_id: str, span: Span) -> None:
        doing = self._doing.setdefault(self.seat_of.get(participant_id, ""), _Doing())
        if len(doing.talk) < TALK_SPANS_MAX:
            doing.talk.append(span)

    def joined(self, event: PersonJoined) -> None:
        first = self.presence.arrived_ms(event.seat_id) is None or not self.presence.spans(event.seat_id, event.at_ms)
        if first and not self.presence.is_here(event.seat_id):
            self.note(event.at_ms, "arrived", event.seat_id)
        self.seat_of[event.participant_id] = event.seat_id
        self.role_of[event.seat_id] = event.role
        self.gone.discard(event.seat_id)
        self.presence.take(Came(event.at_ms, event.seat_id, event.participant_id))
        self.look_at_mic(event.participant_id)

    def look_at_mic(self, participant_id: str) -> None:
        """Whoever may speak at any time of the class could speak."""
        seat_id = self.seat_of[participant_id]
        role = self.role_of.get(seat_id)
        denied = role == "student" and self._mic_denied_all
        if role != "observer" and self._mic.get(participant_id, not denied):
            self.could_speak.add(seat_id)

    def permit_mic(self, event: PermissionSet) -> None:
        if event.action != "publish_mic":
            return
        if event.participant_id is not None:
            self._mic[event.participant_id] = event.allowed
        else:
            self._mic_denied_all = not event.allowed
            self._mic.clear()
        for participant_id in tuple(self.seat_of):
            self.look_at_mic(participant_id)


def _asked(check: CheckRecord, own: set[str]) -> Asked:
    found = [check.answered[participant] for participant in own if participant in check.answered]
    if not found:
        return Asked(None)
    # What is anonymous counts as an answer, and nobody learns whether it was right.
    graded = check.graded and not check.anonymous
    return Asked(min(after_ms for after_ms, _ in found), graded, found[-1][1] if graded else None)


# --- what each kind of event changes --------------------------------------------------------------------------------


def _live(record: Record, event: ClassLive) -> None:
    record.live_ms = event.at_ms if record.live_ms is None else record.live_ms
    record.note(event.at_ms, "live")


def _resumed(record: Record, event: ClassResumed) -> None:
    record.interrupted = False
    record.note(event.at_ms, "live")


def _interrupted(record: Record, event: ClassInterrupted) -> None:
    record.interrupted = True
    record.note(event.at_ms, "interrupted")


def _opened(record: Record, event: ClassOpened) -> None:
    record.opened_ms = event.at_ms


def _ended(record: Record, event: ClassEnded) -> None:
    record.ended_ms = event.at_ms
    record.ended_by_staff = event.reason in ("instructor", "coordinator")
    record.interrupted = False
    record.presence.take(Over(event.at_ms))
    record.note(event.at_ms, "ended")


def _not_held(record: Record, event: ClassNotHeld) -> None:
    record.not_held = True
    record.presence.take(Over(event.at_ms))
    record.note(event.at_ms, "ended")


def _left(record: Record, event: PersonLeft) -> None:
    if event.seat_id not in record.gone:
        record.note(event.at_ms, "left", event.seat_id)
    record.presence.take(Lost(event.at_ms, event.seat_id, event.participant_id, event.at_ms))
    if not record.presence.is_here(event.seat_id):
        record.gone.add(event.seat_id)


def _waits(record: Record, event: WaitingBegan) -> None:
    record.seat_of[event.participant_id] = event.seat_id
    record.role_of.setdefault(event.seat_id, event.role)
    record.presence.take(Waits(event.at_ms, event.seat_id))


def _waits_no_more(record: Record, event: WaitingEnded) -> None:
    if event.outcome != "admitted":
        record.presence.take(Lost(event.at_ms, event.seat_id, event.participant_id, event.at_ms))


def _role(record: Record, event: RoleChanged) -> None:
    record.role_of[event.seat_id] = event.role
    if event.participant_id in record.seat_of:
        record.look_at_mic(event.participant_id)


def _talked(record: Record, event: Talked) -> None:
    for span in event.spans:
        record.speak(span.participant_id, (span.from_ms, span.to_ms))


def _hand(record: Record, event: HandRaised) -> None:
    record.act(event.participant_id, event.at_ms).hands += 1
    record.note(event.at_ms, "hand_raised", record.seat_of.get(event.participant_id))


def _chat(record: Record, event: ChatPosted) -> None:
    record.act(event.participant_id, event.at_ms).chat += 1


def _reacted(record: Record, event: Reacted) -> None:
    record.act(event.participant_id, event.at_ms).reactions += 1


def _pulse(record: Record, event: PulseSet) -> None:
    if event.value is not None:
        record.act(event.participant_id, event.at_ms).pulses += 1


def _drawn(record: Record, event: BoardDrawn) -> None:
    for task_id, (_had, drew) in record.tasks.items():
        if event.page_id == f"{task_id}-{event.by}":
            drew.add(event.by)
    doing = record.act(event.by, event.at_ms)
    if doing.drew_ms is None or event.at_ms - doing.drew_ms > DRAWING_PAUSE_MS:
        doing.board += 1
    doing.drew_ms = event.at_ms


def _task(record: Record, event: BoardTaskStarted) -> None:
    record.tasks[event.task_id] = (set(event.asked), set())
    record.note(event.at_ms, "board_task_started", record.seat_of.get(event.by), event.prompt)


def _check(record: Record, event: CheckOpened) -> None:
    spec = event.spec
    record.checks[event.check_id] = CheckRecord(
        check_id=event.check_id,
        prompt=spec.prompt,
        kind=spec.kind,
        graded=spec.right is not None,
        anonymous=event.anonymous,
        opened_ms=event.at_ms,
        closed_ms=None,
        asked=set(event.asked),
    )
    record.note(event.at_ms, "check_opened", record.seat_of.get(event.by), spec.prompt)


def _check_again(record: Record, event: CheckReopened) -> None:
    check = record.checks.get(event.check_id)
    if check is not None:
        check.closed_ms = None
        check.asked |= set(event.asked)
        record.note(event.at_ms, "check_opened", record.seat_of.get(event.by), check.prompt)


def _check_closed(record: Record, event: CheckClosed) -> None:
    check = record.checks.get(event.check_id)
    if check is not None:
        check.closed_ms = event.at_ms
        record.note(event.at_ms, "check_closed", None, check.prompt)


def _answered(record: Record, event: CheckAnswered) -> None:
    check = record.checks.get(event.check_id)
    if check is None:
        return
    first_ms = check.answered.get(event.participant_id, (event.took_ms, None))[0]
    check.answered[event.participant_id] = (first_ms, event.correct)
    check.asked.add(event.participant_id)
    record.act(event.participant_id, event.at_ms)


def _groups(record: Record, event: BreakoutsOpened) -> None:
    names = ", ".join(group.name for group in event.groups)
    record.note(event.at_ms, "breakouts_opened", record.seat_of.get(event.by), names)


_CHANGES: dict[type, Callable[[Record, Any], None]] = {
    ClassOpened: _opened,
    ClassLive: _live,
    ClassResumed: _resumed,
    ClassInterrupted: _interrupted,
    ClassEnded: _ended,
    ClassNotHeld: _not_held,
    RoomRebuilt: lambda record, event: record.presence.take(Broke(event.at_ms)),
    StillHere: lambda record, event: record.presence.take(Proof(event.at_ms)),
    PersonJoined: lambda record, event: record.joined(event),
    PersonAway: lambda record, event: record.presence.take(
        Lost(event.at_ms, event.seat_id, event.participant_id, event.proof_ms)
    ),
    PersonBack: lambda record, event: record.presence.take(Came(event.at_ms, event.seat_id, event.participant_id)),
    PersonLeft: _left,
    PersonRemoved: lambda record, event: record.note(event.at_ms, "removed", event.seat_id),
    RoleChanged: _role,
    WaitingBegan: _waits,
    WaitingEnded: _waits_no_more,
    PermissionSet: lambda record, event: record.permit_mic(event),
    Talked: _talked,
    HandRaised: _hand,
    ChatPosted: _chat,
    Reacted: _reacted,
    PulseSet: _pulse,
    BoardDrawn: _drawn,
    BoardTaskStarted: _task,
    BoardTaskEnded: lambda record, event: record.note(event.at_ms, "board_task_ended"),
    CheckOpened: _check,
    CheckReopened: _check_again,
    CheckClosed: _check_closed,
    CheckAnswered: _answered,
    BreakoutsOpened: _groups,
    BreakoutsEnded: lambda record, event: record.note(event.at_ms, "breakouts_ended"),
}
