"""Boards and tasks: every order of updates ends in the same drawing, and a copy is its owner's."""

import json
from itertools import count, permutations
from typing import Any

import pytest

from server.classroom import boards
from server.classroom.board_carrying import BOARDS_MAX as CARRIED_MAX
from server.classroom.board_carrying import carry
from server.classroom.board_elements import (
    ELEMENT_BYTES_MAX,
    PAGE_BYTES_MAX,
    PAGE_ELEMENTS_MAX,
    Drawing,
    Element,
    check_element,
    chunks,
    winners,
)
from server.classroom.board_tasks import GRACE_MS
from server.classroom.board_views import elements_for, snapshot_for
from server.classroom.boards import (
    BOARDS_MAX,
    AddPage,
    BoardCommand,
    BoardsState,
    BoardTimePasses,
    CloseBoard,
    Draw,
    EndTask,
    OpenBoard,
    ShowBoard,
    ShowPage,
    StartTask,
    apply,
    evolve,
)
from server.classroom.events_boards import BoardDrawn, BoardEvent
from server.errors import Rejected
from server.limits import FACT_BODY_BYTES_MAX
from tests.classroom.cast import Cast, cast, through_the_store


def element(element_id: str, version: int = 1, nonce: int = 1, **more: Any) -> Element:
    return {"id": element_id, "type": "rectangle", "version": version, "versionNonce": nonce, "x": 1.5} | more


class Lesson:
    def __init__(self, people: Cast | None = None) -> None:
        self.people = people or cast()
        self.state = BoardsState()
        self.now_ms = 1_000_000
        self.facts: list[BoardEvent] = []
        self._keys = count(1)

    def do(self, command: BoardCommand) -> tuple[BoardEvent, ...]:
        events = apply(self.state, command, self.people, self.now_ms)
        for event in events:
            self.facts.append(through_the_store(event))
            evolve(self.state, self.facts[-1])
        return events

    def refused(self, command: BoardCommand) -> str:
        before = repr(self.state)
        with pytest.raises(Rejected) as refusal:
            apply(self.state, command, self.people, self.now_ms)
        assert repr(self.state) == before
        return refusal.value.code

    def open(self, board_id: str = "b1", pages: int = 2, **more: Any) -> None:
        page_ids = tuple(f"{board_id}p{number}" for number in range(1, pages + 1))
        fields: dict[str, Any] = {
            "by": "ida",
            "key": f"k{board_id}",
            "kind": "blank",
            "material_id": None,
            "group_id": None,
        } | more
        self.do(OpenBoard(board_id=board_id, page_ids=page_ids, **fields))

    def draw(self, by: str, page_id: str, *elements: Element, group_id: str | None = None) -> tuple[BoardEvent, ...]:
        return self.do(drawing(by, page_id, *elements, key=f"d{next(self._keys)}", group_id=group_id))

    def task(self, page_id: str = "b1p1", **more: Any) -> None:
        fields: dict[str, Any] = {
            "by": "ida",
            "key": "kt",
            "task_id": "t1",
            "prompt": "Label it",
            "seconds": None,
        } | more
        self.do(StartTask(page_id=page_id, asked=self.people.students, **fields))

    def sees(self, who: str, page_id: str, group_id: str | None = None) -> list[str]:
        staff = self.people.allows(who, "run_boards")
        return [one["id"] for one in elements_for(self.state, page_id, who, group_id, staff=staff)]


def drawing(by: str, page_id: str, *elements: Element, key: str = "k", group_id: str | None = None) -> Draw:
    return Draw(by, key, page_id, elements, group_id)


def test_every_order_ends_in_the_same_drawing() -> None:
    updates = [
        element("e", 1, 5, x=1),
        element("e", 2, 9, x=2),
        element("e", 2, 4, x=3),
        element("e", 3, 7, isDeleted=True),
        element("f", 1, 1),
    ]
    ends = set()
    for order in permutations(updates):
        lesson = Lesson()
        lesson.open()
        for one in order:
            lesson.draw("sam", "b1p1", one)
        ends.add(repr(sorted(lesson.state.boards["b1"].pages["b1p1"].elements.items())))
    assert len(ends) == 1
    assert lesson.sees("kim", "b1p1") == ["f"]


def test_update_that_loses_leads_to_nothing() -> None:
    lesson = Lesson()
    lesson.open()
    lesson.draw("sam", "b1p1", element("e", 2, 4))
    assert lesson.draw("kim", "b1p1", element("e", 2, 4)) == ()
    assert lesson.draw("kim", "b1p1", element("e", 2, 5)) == ()
    assert lesson.draw("kim", "b1p1", element("e", 1, 0)) == ()
    assert lesson.draw("kim", "b1p1", element("e", 2, 3)) != ()


def test_pages_and_what_is_in_the_middle() -> None:
    lesson = Lesson()
    lesson.open()
    lesson.do(AddPage("ida", "kp", "b1", "b1p3"))
    assert lesson.do(AddPage("ida", "kp", "b1", "other")) == ()
    lesson.do(ShowPage("ida", "b1p3"))
    assert lesson.do(ShowPage("ida", "b1p3")) == ()
    lesson.open("b2")
    seen = snapshot_for(lesson.state, "sam", None, lesson.people.students, staff=False)
    assert seen.shown_board_id == "b2"
    assert [(page.page_id, page.number) for page in seen.boards[0].pages] == [("b1p1", 1), ("b1p2", 2), ("b1p3", 3)]
    lesson.do(ShowBoard("ida", "b1", None))
    seen = snapshot_for(lesson.state, "sam", None, lesson.people.students, staff=False)
    assert seen.shown_board_id == "b1" and seen.elements[0].page_id == "b1p3"
    lesson.do(CloseBoard("ida", "b1"))
    assert lesson.do(CloseBoard("ida", "b1")) == ()
    assert snapshot_for(lesson.state, "sam", None, (), staff=False).shown_board_id is None


def test_draws_only_who_may() -> None:
    lesson = Lesson()
    lesson.open()
    lesson.people.denied.add(("sam", "draw"))
    for who in ("sam", "obi", "stranger"):
        assert lesson.refused(drawing(who, "b1p1", element("e"))) == "not_allowed"
    assert lesson.refused(drawing("kim", "nowhere", element("e"))) == "board_unknown"
    lesson.draw("kim", "b1p1", element("e"))


@pytest.mark.parametrize("who", ["sam", "obi", "stranger"])
def test_only_staff_run_boards(who: str) -> None:
    lesson = Lesson()
    lesson.open()
    lesson.task()
    commands: list[BoardCommand] = [
        OpenBoard(who, "k", "b2", "blank", None, ("p",), None),
        ShowBoard(who, "b1", None),
        CloseBoard(who, "b1"),
        AddPage(who, "k", "b1", "p"),
        ShowPage(who, "b1p2"),
        StartTask(who, "k", "t2", "b1p1", "?", None, ()),
        EndTask(who, "t1"),
    ]
    assert {lesson.refused(command) for command in commands} == {"not_allowed"}


def test_group_has_its_own_board() -> None:
    lesson = Lesson()
    lesson.open()
    lesson.open("gb", by="sam", group_id="g1")  # nobody of the staff needs to be there
    assert lesson.refused(OpenBoard("sam", "k", "x", "material", "mat_1", ("p",), "g1")) == "not_allowed"
    assert snapshot_for(lesson.state, "sam", "g1", (), staff=False).shown_board_id == "gb"
    elsewhere = snapshot_for(lesson.state, "kim", "g2", (), staff=False)
    assert elsewhere.shown_board_id == "b1" and [one.board_id for one in elsewhere.boards] == ["b1"]
    assert lesson.refused(drawing("kim", "gbp1", element("e"), group_id="g2")) == "board_unknown"
    lesson.draw("sam", "gbp1", element("e"), group_id="g1")
    assert lesson.sees("ida", "gbp1") == ["e"]
    lesson.do(ShowBoard("ida", "gb", None))  # shown to all when they are back
    assert lesson.sees("kim", "gbp1") == ["e"]


def test_task_gives_everyone_a_copy() -> None:
    lesson = Lesson()
    lesson.open()
    lesson.draw("ida", "b1p1", element("base"))
    lesson.task()
    lesson.draw("ida", "b1p1", element("later"))
    lesson.people.denied.add(("sam", "draw"))  # who may not draw for all still works on the own copy
    lesson.draw("sam", "t1-sam", element("mine"), element("base", 2, x=9.0))
    assert lesson.sees("sam", "t1-sam") == ["base", "mine"]
    assert lesson.sees("kim", "t1-kim") == ["base"]
    assert lesson.sees("ida", "t1-sam") == ["base", "mine"]
    assert lesson.sees("kim", "b1p1") == ["base", "later"]
    lesson.draw("sam", "t1-sam", element("base", 3, isDeleted=True))
    assert lesson.sees("sam", "t1-sam") == ["mine"]


def test_copy_is_its_owners() -> None:
    lesson = Lesson()
    lesson.open()
    lesson.task()
    with pytest.raises(Rejected, match="board_unknown"):
        lesson.sees("kim", "t1-sam")
    assert lesson.refused(drawing("kim", "t1-sam", element("e"))) == "board_unknown"
    assert lesson.refused(drawing("obi", "t1-obi", element("e"))) == "not_allowed"
    assert lesson.refused(drawing("ida", "t1-nobody", element("e"))) == "board_unknown"
    lesson.draw("ida", "t1-sam", element("praise"))  # staff write on it
    assert lesson.sees("sam", "t1-sam") == ["praise"]


def test_task_as_each_sees_it() -> None:
    lesson = Lesson()
    lesson.open()
    lesson.task(seconds=60)
    here = (*lesson.people.students, "late")

    def copies(who: str, staff: bool) -> list[str | None]:
        tasks = snapshot_for(lesson.state, who, None, here, staff=staff).tasks
        return [copy.owner_id for task in tasks for copy in task.copies]

    assert copies("sam", False) == ["sam"]
    assert copies("late", False) == ["late"]
    assert copies("ida", True) == ["sam", "kim", "lee", "late"]
    assert copies("obi", False) == []


def test_task_ends_by_hand_or_by_time() -> None:
    lesson = Lesson()
    lesson.open()
    lesson.task(seconds=60)
    lesson.now_ms += 60_000 + GRACE_MS - 1
    assert lesson.do(BoardTimePasses()) == ()
    lesson.draw("sam", "t1-sam", element("e"))
    lesson.now_ms += 1
    assert lesson.refused(drawing("sam", "t1-sam", element("f"))) == "board_closed"
    assert len(lesson.do(BoardTimePasses())) == 1
    assert lesson.do(BoardTimePasses()) == lesson.do(EndTask("ida", "t1")) == ()
    lesson.task(task_id="t2", key="kt2")
    lesson.do(EndTask("ida", "t2"))
    assert lesson.refused(drawing("sam", "t2-sam", element("f"))) == "board_closed"


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"id": 7},
        {"id": ""},
        {"id": "x" * 65},
        {"type": "iframe"},
        {"type": "embeddable"},
        {"type": "image"},
        {"version": -1},
        {"version": True},
        {"version": 1.5},
        {"versionNonce": None},
        {"isDeleted": "yes"},
        {"link": "https://example.org"},
        {"link": 3},
        {"customData": {"x": 1}},
        {"text": "x" * ELEMENT_BYTES_MAX},
        {"text": "a\0b"},
        {"x": 10**5000},
        {"points": [[[[[[[0]]]]]]]},
        {f"f{number}": 0 for number in range(100)},
    ],
)
def test_element_that_is_refused(bad: dict[str, Any]) -> None:
    one = {} if not bad else element("e") | bad
    with pytest.raises(Rejected, match="bad_element"):
        check_element(one, staff=False)


def test_staff_may_link_to_web_pages_only() -> None:
    check_element(element("e", link="https://example.org/a"), staff=True)
    check_element(element("e", type="image"), staff=True)
    for link in ("javascript:alert(1)", "data:text/html,x", "//example.org", "http://[broken"):
        with pytest.raises(Rejected, match="bad_element"):
            check_element(element("e", link=link), staff=True)


def test_full_page_takes_no_more_but_can_be_rubbed_out() -> None:
    page = Drawing()
    for number in range(PAGE_BYTES_MAX // 100_000):
        page.put(element(f"e{number}", text="x" * 100_000))
    with pytest.raises(Rejected, match="too_many"):
        winners(page, [element("more", text="x" * 100_000)], staff=False)
    for one in winners(page, [element("e0", 2, isDeleted=True, text="x" * 100_000)], staff=False):
        page.put(one)
    assert winners(page, [element("more", text="x" * 90_000)], staff=False)
    assert page.bytes == sum(len(json.dumps(one)) for one in page.elements.values())

    crowded = Drawing({str(n): element(str(n)) for n in range(PAGE_ELEMENTS_MAX)})
    with pytest.raises(Rejected, match="too_many"):
        winners(crowded, [element("one more")], staff=False)
    assert winners(crowded, [element("1", 2)], staff=False)


def test_student_who_scribbles_for_ever_is_stopped_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "DRAWN_BYTES_MAX", 100_000)
    lesson = Lesson()
    lesson.open()
    for version in range(1, 5):
        lesson.draw("sam", "b1p1", element("one", version, text="x" * 30_000))
    assert lesson.refused(drawing("sam", "b1p1", element("one", 9))) == "too_many"
    lesson.draw("kim", "b1p1", element("two"))


def test_large_update_is_several_facts_that_each_can_be_stored() -> None:
    lesson = Lesson()
    lesson.open()
    large = [element(f"e{number}", text="\u00e9" * 20_000) for number in range(10)]
    events = lesson.draw("sam", "b1p1", *large)
    assert len(events) > 1
    for event in events:
        assert isinstance(event, BoardDrawn)
        body = json.dumps({"at_ms": event.at_ms, "by": event.by, "key": "k" * 64, "elements": event.elements})
        assert len(body) <= FACT_BODY_BYTES_MAX
    assert [one["id"] for chunk in chunks(large) for one in chunk] == [one["id"] for one in large]


def test_limits_and_repeats() -> None:
    lesson = Lesson()
    lesson.open()
    lesson.open("again", key="kb1")
    assert list(lesson.state.boards) == ["b1"]
    lesson.task()
    lesson.task(task_id="again")
    assert list(lesson.state.tasks.tasks) == ["t1"]
    for number in range(2, BOARDS_MAX + 1):
        lesson.open(f"b{number}")
    assert lesson.refused(OpenBoard("ida", "k", "x", "blank", None, ("p",), None)) == "too_many"
    missing = OpenBoard("ida", "k", "x", "material", None, ("p",), None)
    lesson.state.boards.pop("b2")
    assert lesson.refused(missing) == "material_unknown"


def test_rebuilt_from_facts_it_is_the_same() -> None:
    lesson = Lesson()
    lesson.open()
    lesson.draw("ida", "b1p1", element("base"))
    lesson.task()
    lesson.draw("sam", "t1-sam", element("mine"))
    lesson.draw("kim", "b1p1", element("base", 2, isDeleted=True))
    lesson.do(ShowPage("ida", "b1p2"))
    rebuilt = BoardsState()
    for fact in lesson.facts:
        evolve(rebuilt, fact)
    assert rebuilt == lesson.state


def test_board_goes_on_in_the_next_class() -> None:
    earlier = Lesson()
    earlier.open()
    earlier.draw("sam", "b1p2", element("one"), element("gone"))
    earlier.draw("sam", "b1p2", element("gone", 2, isDeleted=True))
    earlier.do(ShowPage("ida", "b1p2"))
    earlier.open("empty")
    earlier.open("of a group", by="sam", group_id="g1")
    later = Lesson()
    for event in carry(earlier.state, 5):
        evolve(later.state, through_the_store(event))
    assert list(later.state.boards) == ["b1"]
    assert snapshot_for(later.state, "sam", None, (), staff=False).shown_board_id is None
    later.do(ShowBoard("ida", "b1", None))
    seen = snapshot_for(later.state, "sam", None, (), staff=False)
    assert seen.shown_board_id == "b1" and seen.elements[0].page_id == "b1p2"
    assert [one["id"] for one in seen.elements[0].elements] == ["one"]
    later.draw("kim", "b1p2", element("two"))
    assert earlier.sees("kim", "b1p2") == ["one"]


def test_only_the_latest_boards_go_on() -> None:
    earlier = Lesson()
    for number in range(CARRIED_MAX + 2):
        earlier.open(f"b{number}")
        earlier.draw("sam", f"b{number}p1", element("one"))
    carried = BoardsState()
    for event in carry(earlier.state, 5):
        evolve(carried, event)
    assert list(carried.boards) == [f"b{number}" for number in range(2, CARRIED_MAX + 2)]
