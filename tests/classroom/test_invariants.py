"""Whatever people do, in whatever order, as often as they like: what must always hold of the whole class.

A random lesson in which everyone tries everything, whether they may or not, repeats what they said, comes and goes and
changes roles. After each step: one hand a person, one answer a person, everyone in one place, nobody sees what their
role may not, and the facts alone lead to the same state.
"""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from server.access.policy import actions
from server.classroom import boards, breakouts, chat, checks, guiding, hands, lifecycle, presence, pulse
from server.classroom.attendance import AttendanceRules, Plan, attendance, window
from server.classroom.events import Event, body_of, kind_of, read_fact
from server.classroom.events_checks import CheckAnswered
from server.classroom.events_class import ClassOpened, PersonAway, PersonBack, PersonJoined, PersonLeft
from server.classroom.presence_fold import Came, Lost, Mark, PresenceFold
from server.classroom.state import ClassState, rebuild
from server.classroom.views import snapshot_for
from server.errors import Rejected
from signaling.base import Role
from signaling.checks import Answer, CheckSpec, RightAnswer
from signaling.talk import ChatRules

START_MS = 1_000_000
SEATS: dict[str, Role] = {
    "ida": "instructor",
    "ian": "instructor",
    "asa": "assistant",
    "sam": "student",
    "kim": "student",
    "lee": "student",
    "obi": "observer",
}
NAMES = {one: one.title() for one in SEATS}
WHO = st.sampled_from([*SEATS, "stranger"])
# Most try what their role may, so that something happens; some try what it may not.
STAFF = st.sampled_from(["ida"] * 5 + ["ian", "asa", "sam", "obi", "stranger"])
STUDENT = st.sampled_from(["sam", "kim", "lee"] * 3 + ["ida", "obi", "stranger"])
KEYS = st.sampled_from(["k1", "k2", "k3"])
GROUPS = st.sampled_from(["g1", "g2", "g9"])
NUMBER = st.integers(0, 5)


class _Table:
    @staticmethod
    def actions(role: str) -> frozenset[str]:
        return actions(role)


class Lesson(RuleBasedStateMachine):
    """One class and its facts as the store keeps them."""

    @initialize()
    def begin(self) -> None:
        self.state = ClassState(_Table())
        self.now_ms = START_MS
        self.facts: list[tuple[str, str, int]] = []
        self.marks: list[Mark] = []
        self.counter = 0
        self.happen([ClassOpened(self.now_ms, START_MS, START_MS + 3_600_000, False)])
        for who in ("ida", "sam", "kim"):
            self.join(who)
        self.open_first()

    def open_first(self) -> None:
        """Something of each kind is there from the start."""
        for anonymous in (False, True):
            spec = CheckSpec(kind="short_text", prompt="?", right=RightAnswer(texts=(f"right-chk{anonymous}-",)))
            check = checks.OpenCheck("ida", f"k{anonymous}", f"chk{anonymous}", spec, None, None, anonymous, None, ())
            self.attempt(checks, self.state.checks, check)
        board = boards.OpenBoard("ida", "k0", "brd0", "blank", None, ("brd0p1", "brd0p2"), None)
        self.attempt(boards, self.state.boards, board)
        task = boards.StartTask("ida", "k0", "tsk0", "brd0p1", "Do it", None, ("sam", "kim"))
        self.attempt(boards, self.state.boards, task)

    def happen(self, events: Sequence[Event]) -> None:
        for event in events:
            body = json.dumps(body_of(event))
            self.facts.append((kind_of(event), body, self.now_ms))
            read = read_fact(kind_of(event), json.loads(body), self.now_ms)
            assert read == event
            self.state.evolve(read)

    def attempt(self, rules: Any, state: Any, command: Any) -> None:
        """Carry out a command; one that is refused must leave no trace."""
        before = repr(state)
        try:
            events = rules.apply(state, command, self.state, self.now_ms)
        except Rejected:
            events = ()
        assert repr(state) == before, "a rule changed the state itself"
        self.happen(events)
        again = rules.apply(state, command, self.state, self.now_ms) if events and hasattr(command, "key") else ()
        assert tuple(again) == (), "a repeat led to something"

    def fresh(self, prefix: str) -> str:
        self.counter += 1
        return f"{prefix}{self.counter}"

    def group(self, who: str) -> str | None:
        return self.state.breakouts.group_of(who)

    # --- people -----------------------------------------------------------------------------------------------------

    def join(self, who: str) -> None:
        role = self.state.presence.role_for(f"seat_{who}", SEATS[who])
        self.happen([PersonJoined(self.now_ms, who, f"seat_{who}", f"per_{who}", role)])
        self.marks.append(Came(self.now_ms, f"seat_{who}", who))

    @rule(who=st.sampled_from(list(SEATS)), what=st.sampled_from(["join", "away", "back", "leave"]))
    def come_and_go(self, who: str, what: str) -> None:
        known = self.state.presence.find(who)
        if known is None:
            self.join(who)
        elif what == "away" and known.state == "here":
            self.happen([PersonAway(self.now_ms, who, known.seat_id, self.now_ms - 500)])
            self.marks.append(Lost(self.now_ms, known.seat_id, who, self.now_ms - 500))
        elif what == "back" and known.state == "away":
            self.happen([PersonBack(self.now_ms, who, known.seat_id, 1.0)])
            self.marks.append(Came(self.now_ms, known.seat_id, who))
        elif what == "leave":
            self.happen([PersonLeft(self.now_ms, who, known.seat_id, "left")])
            self.happen(hands.lower_own(self.state.hands, None, who, self.now_ms))
            self.happen(guiding.drop_spotlight(self.state.guiding, who, self.now_ms))
            self.marks.append(Lost(self.now_ms, known.seat_id, who, self.now_ms))

    @rule(by=STAFF, who=WHO, role=st.sampled_from(["instructor", "assistant", "student", "observer"]))
    def set_role(self, by: str, who: str, role: Role) -> None:
        if not self.state.allows(by, "permit"):
            return
        try:
            seat_role = SEATS.get(who, "student")
            self.happen(presence.set_role(self.state.presence, by, who, role, seat_role, self.now_ms))
        except Rejected:
            return

    @rule(by=STAFF, who=st.one_of(st.none(), WHO), allowed=st.booleans(), what=st.sampled_from(["draw", "chat"]))
    def permit(self, by: str, who: str | None, allowed: bool, what: Any) -> None:
        state = self.state
        try:
            self.happen(guiding.permit(state.guiding, state.presence, state, by, who, what, allowed, self.now_ms))
        except Rejected:
            return

    @rule(seconds=st.integers(0, 40))
    def pass_time(self, seconds: int) -> None:
        self.now_ms += seconds * 1_000 + 1
        self.attempt(checks, self.state.checks, checks.CheckTimePasses())
        self.attempt(boards, self.state.boards, boards.BoardTimePasses())
        self.attempt(breakouts, self.state.breakouts, breakouts.BreakoutTimePasses())
        self.happen(
            lifecycle.follow_instructors(self.state.lifecycle, self.state.presence.instructor_ids(), self.now_ms)
        )

    # --- talking ----------------------------------------------------------------------------------------------------

    @rule(by=WHO, who=st.one_of(st.none(), WHO), what=st.sampled_from(["raise", "lower", "others"]))
    def hand(self, by: str, who: str | None, what: str) -> None:
        state = self.state
        try:
            if what == "raise":
                self.happen(hands.raise_hand(state.hands, state, by, self.now_ms))
            elif what == "lower":
                self.happen(hands.lower_own(state.hands, by, by, self.now_ms))
            else:
                self.happen(hands.lower_others(state.hands, state, by, who, self.now_ms))
        except Rejected:
            return

    @rule(by=STUDENT, to=st.one_of(st.just("room"), st.just("staff"), WHO), key=KEYS)
    def say(self, by: str, to: str, key: str) -> None:
        chat_id = self.fresh("chat")
        self.attempt(chat, self.state.chat, chat.Post(by, key, chat_id, to, f"said-{chat_id}-", self.group(by)))

    @rule(by=WHO, what=st.sampled_from([chat.Delete, chat.Release, chat.Edit]), number=NUMBER)
    def change_chat(self, by: str, what: Any, number: int) -> None:
        said = list(self.state.chat.said)
        chat_id = said[number % len(said)] if said else "none"
        command = chat.Edit(by, chat_id, f"said-{chat_id}-again") if what is chat.Edit else what(by, chat_id)
        self.attempt(chat, self.state.chat, command)

    @rule(by=STAFF, moderated=st.booleans(), private=st.booleans())
    def rules_of_chat(self, by: str, moderated: bool, private: bool) -> None:
        wanted = ChatRules(moderated=moderated, private_between_students=private)
        self.attempt(chat, self.state.chat, chat.SetRules(by, wanted))

    # --- checks -----------------------------------------------------------------------------------------------------

    @rule(by=STAFF, key=KEYS, seconds=st.sampled_from([None, 10]), anonymous=st.booleans())
    def open_check(self, by: str, key: str, seconds: int | None, anonymous: bool) -> None:
        check_id = self.fresh("chk")
        spec = CheckSpec(kind="short_text", prompt="?", right=RightAnswer(texts=(f"right-{check_id}-",)))
        asked = self.state.student_ids()
        command = checks.OpenCheck(by, key, check_id, spec, None, seconds, anonymous, self.group(by), asked)
        self.attempt(checks, self.state.checks, command)

    def some_check(self, number: int) -> str:
        known = list(self.state.checks.checks)
        return known[number % len(known)] if known else "none"

    @rule(by=STUDENT, number=NUMBER, key=KEYS, right=st.booleans())
    def answer(self, by: str, number: int, key: str, right: bool) -> None:
        check_id = self.some_check(number)
        text = f"right-{check_id}-" if right else f"given-{check_id}-{by}-"
        self.attempt(
            checks, self.state.checks, checks.AnswerCheck(by, check_id, key, Answer(text=text), self.group(by))
        )

    @rule(by=STAFF, number=NUMBER, what=st.sampled_from(["close", "reopen", "share", "unshare"]))
    def run_check(self, by: str, number: int, what: str) -> None:
        check_id = self.some_check(number)
        command: checks.CheckCommand
        if what == "close":
            command = checks.CloseCheck(by, check_id)
        elif what == "reopen":
            command = checks.ReopenCheck(by, check_id, 10, self.state.student_ids())
        else:
            command = checks.ShareCheck(by, check_id, what == "share")
        self.attempt(checks, self.state.checks, command)

    @rule(by=STUDENT, value=st.sampled_from(["understood", "lost", None]))
    def feel(self, by: str, value: Any) -> None:
        self.attempt(pulse, self.state.pulse, pulse.SetOwnPulse(by, value))

    # --- boards -----------------------------------------------------------------------------------------------------

    @rule(by=STAFF, key=KEYS, in_group=st.booleans())
    def open_board(self, by: str, key: str, in_group: bool) -> None:
        board_id = self.fresh("brd")
        group_id = self.group(by) if in_group else None
        pages = (f"{board_id}p1", f"{board_id}p2")
        self.attempt(boards, self.state.boards, boards.OpenBoard(by, key, board_id, "blank", None, pages, group_id))

    @rule(by=STAFF, number=NUMBER, what=st.sampled_from(["show", "close", "add", "turn", "task", "end"]), key=KEYS)
    def run_board(self, by: str, number: int, what: str, key: str) -> None:
        known = list(self.state.boards.boards)
        board_id = known[number % len(known)] if known else "none"
        tasks = list(self.state.boards.tasks.tasks)
        task_id = tasks[number % len(tasks)] if tasks else "none"
        students = self.state.student_ids()
        command: boards.BoardCommand
        match what:
            case "show":
                command = boards.ShowBoard(by, board_id, self.group(by))
            case "close":
                command = boards.CloseBoard(by, board_id)
            case "add":
                command = boards.AddPage(by, key, board_id, self.fresh("pag"))
            case "turn":
                command = boards.ShowPage(by, f"{board_id}p2")
            case "task":
                command = boards.StartTask(by, key, self.fresh("tsk"), f"{board_id}p1", "Do it", 10, students)
            case _:
                command = boards.EndTask(by, task_id)
        self.attempt(boards, self.state.boards, command)

    @rule(by=STUDENT, number=NUMBER, owner=WHO, version=st.integers(1, 3), gone=st.booleans(), copy=st.booleans())
    def draw(self, by: str, number: int, owner: str, version: int, gone: bool, copy: bool) -> None:
        known = list(self.state.boards.boards)
        tasks = list(self.state.boards.tasks.tasks)
        page_id = f"{known[number % len(known)]}p1" if known else "none"
        if copy and tasks:
            page_id = f"{tasks[number % len(tasks)]}-{owner}"
        element = {"id": "e", "type": "text", "version": version, "versionNonce": number, "isDeleted": gone}
        element |= {"text": f"drawn-{page_id}-"}
        self.attempt(boards, self.state.boards, boards.Draw(by, "k", page_id, (element,), self.group(by)))

    # --- groups -----------------------------------------------------------------------------------------------------

    @rule(by=STAFF, key=KEYS, one=WHO, two=WHO, mode=st.sampled_from(["assigned", "choice"]))
    def split(self, by: str, key: str, one: str, two: str, mode: Any) -> None:
        groups = (breakouts.GroupWish("g1", "One", (one,)), breakouts.GroupWish("g2", "Two", (two,)))
        command = breakouts.OpenBreakouts(by, key, self.fresh("brk"), groups, mode, 30, "Discuss")
        self.attempt(breakouts, self.state.breakouts, command)

    @rule(by=STAFF, who=WHO, group_id=GROUPS, what=st.sampled_from(["move", "home", "choose", "visit", "call", "end"]))
    def run_groups(self, by: str, who: str, group_id: str, what: str) -> None:
        commands: dict[str, breakouts.BreakoutCommand] = {
            "move": breakouts.MovePerson(by, who, group_id),
            "home": breakouts.MovePerson(by, who, None),
            "choose": breakouts.ChooseGroup(by, group_id),
            "visit": breakouts.VisitGroup(by, group_id),
            "call": breakouts.CallForHelp(by),
            "end": breakouts.EndBreakouts(by),
        }
        self.attempt(breakouts, self.state.breakouts, commands[what])

    # --- what always holds ------------------------------------------------------------------------------------------

    @invariant()
    def one_hand_each_and_only_of_those_present(self) -> None:
        order = [one.participant_id for one in hands.order_of(self.state.hands)]
        assert len(order) == len(set(order))
        assert all(self.state.presence.find(one) is not None for one in order)

    @invariant()
    def answers_count_once(self) -> None:
        taken: Counter[tuple[str, str, str]] = Counter()
        last: dict[tuple[str, str], CheckAnswered] = {}
        for kind, body, at_ms in self.facts:
            event = read_fact(kind, json.loads(body), at_ms) if kind == "check_answered" else None
            if isinstance(event, CheckAnswered):
                taken[event.check_id, event.participant_id, event.key] += 1
                last[event.check_id, event.participant_id] = event
        assert not taken or max(taken.values()) == 1
        for check in self.state.checks.checks.values():
            ours = {who: fact.answer for (check_id, who), fact in last.items() if check_id == check.check_id}
            assert {who: given.answer for who, given in check.answers.items()} == ours

    @invariant()
    def everyone_is_in_one_place_that_exists(self) -> None:
        running = self.state.breakouts.open
        numbers = {0}
        if running is not None:
            numbers |= {group.number for group in running.groups.values()}
            assert set(running.place.values()) | set(running.visits.values()) <= running.groups.keys()
            assert all(running.members(one) or running.visitors(one) for one in running.calling)
        assert {self.state.breakouts.number_of(who) for who in SEATS} <= numbers

    @invariant()
    def nobody_sees_what_the_role_may_not(self) -> None:
        for who in [*SEATS, "stranger"]:
            self.look_as(who)

    def look_as(self, who: str) -> None:
        role = self.state.role_of(who)
        seen = snapshot_for(self.state, who, NAMES, self.now_ms)
        text = str(seen)
        for check in self.state.checks.checks.values():
            for answer in seen.checks.answers:
                assert answer.participant_id in (None, who) or role in presence.STAFF
                if check.anonymous and answer.check_id == check.check_id and answer.participant_id is not None:
                    assert answer.participant_id == who and role not in presence.STAFF
            if role not in presence.STAFF:
                self.look_at_check(who, check, text)
        if role not in presence.STAFF:
            told = {one.check_id for one in self.state.checks.checks.values() if one.shared and not one.open}
            assert {one.check_id for one in seen.checks.checks if one.right is not None} <= told
            assert {one.check_id for one in seen.checks.answers if one.correct is not None} <= told
            assert {one.check_id for one in seen.checks.tallies if one.correct is not None} <= told
        if role not in presence.STAFF:
            assert not (seen.waiting_list or seen.removed or seen.help_requests or seen.pulse.tally)
        self.look_at_chat(who, role, text)
        for page in (page for task in seen.boards.tasks for page in task.copies):
            assert role in presence.STAFF or page.owner_id == who

    def look_at_check(self, who: str, check: checks.Asked, text: str) -> None:
        """What is right is told when it is shared and closed; what others wrote, when it is shared, and without who."""
        if not check.shared:
            own = check.answers.get(who)
            if own is None or not own.answer.text.startswith("right-"):
                assert f"right-{check.check_id}-" not in text
            for other in SEATS:
                assert other == who or f"given-{check.check_id}-{other}-" not in text

    def look_at_chat(self, who: str, role: Role | None, text: str) -> None:
        for said in self.state.chat.said.values():
            if f"said-{said.chat_id}-" not in text:
                continue
            assert role is not None and not said.deleted
            if role not in presence.STAFF and said.participant_id != who:
                assert not said.held and said.to in ("room", who)
                assert said.group_id is None or said.group_id == self.group(who) or said.to == who

    @invariant()
    def attendance_is_never_negative_nor_double(self) -> None:
        fold = PresenceFold(self.marks)
        within = window(Plan(START_MS, START_MS + 3_600_000, live_ms=START_MS), self.now_ms)
        for who in SEATS:
            seat_id = f"seat_{who}"
            spans = fold.spans(seat_id, self.now_ms)
            assert all(start < end for start, end in spans)
            assert all(one[1] <= two[0] for one, two in pairwise(spans))
            found = attendance(spans, fold.arrived_ms(seat_id), fold.losses(seat_id), within, AttendanceRules())
            assert 0 <= found.present_ms <= max(found.planned_ms, 0)
            assert min(found.late_ms, found.early_ms, found.outside_ms, found.reconnects) >= 0

    @rule()
    def the_facts_alone_lead_here(self) -> None:
        events = [read_fact(kind, json.loads(body), at_ms) for kind, body, at_ms in self.facts]
        again = rebuild(_Table(), [event for event in events if event is not None])
        for who in SEATS:
            seen = snapshot_for(again, who, NAMES, self.now_ms)
            assert seen == snapshot_for(self.state, who, NAMES, self.now_ms)


TestLesson = Lesson.TestCase
TestLesson.settings = settings(
    max_examples=40,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,  # the same lessons in every run of CI; a longer hunt is HYPOTHESIS_PROFILE's
    suppress_health_check=[HealthCheck.too_slow],
)
