"""The way of a stroke: to everyone who may see the page, into the facts, and back for who comes late."""

from typing import Any

from server.live.registry import TICK_S
from signaling.boards import (
    BoardElements,
    BoardOpen,
    BoardOpened,
    BoardPageAdd,
    BoardPageChanged,
    BoardPageShow,
    BoardPointer,
    BoardPointers,
    BoardRead,
    BoardTasksChanged,
    BoardTaskStart,
    BoardUpdate,
)
from signaling.messages import Error, Welcome
from tests.flows.stage import Page, Stage


def stroke(element_id: str, version: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": element_id, "type": "freedraw", "version": version, "versionNonce": 7, "points": [[0, 0]]} | more


async def open_board(page: Page, pages: int = 1) -> list[str]:
    await page.say(BoardOpen(id=page.next_id(), key=f"k{page.next_id()}", pages=pages))
    board = page.last(BoardOpened).board
    assert board is not None
    return [one.page_id for one in board.pages]


async def draw(page: Page, page_id: str, *elements: dict[str, Any]) -> None:
    await page.say(BoardUpdate(id=page.next_id(), page_id=page_id, key=f"u{page.next_id()}", elements=elements))


async def test_everyone_sees_the_stroke_but_who_drew_it() -> None:
    async with Stage() as stage:
        ida, sam, kim = await stage.join("ida", "instructor"), await stage.join("sam"), await stage.join("kim")
        (page_id,) = await open_board(ida)
        await draw(sam, page_id, stroke("one"))
        assert [one["id"] for one in kim.last(BoardElements).elements] == ["one"]
        assert ida.last(BoardElements).by_participant_id == (sam.place.participant_id if sam.place else "")
        assert not sam.all(BoardElements)
        late = (await Page(stage, stage.seat("lee")).enter()).room
        assert late is not None and late.class_.boards.elements[0].elements[0]["id"] == "one"


async def test_turning_pages_and_reading_them() -> None:
    async with Stage() as stage:
        ida, sam = await stage.join("ida", "instructor"), await stage.join("sam")
        (first,) = await open_board(ida)
        await draw(ida, first, stroke("one"), stroke("two", isDeleted=True))
        board = ida.last(BoardOpened).board
        assert board is not None
        await ida.say(BoardPageAdd(id=ida.next_id(), key="p2", board_id=board.board_id))
        second = sam.last(BoardPageChanged).board.pages[1].page_id
        await ida.say(BoardPageShow(id=ida.next_id(), page_id=second))
        assert sam.last(BoardPageChanged).board.shown_page_id == second
        await sam.say(BoardRead(id=sam.next_id(), page_id=first))
        whole = sam.last(BoardElements)
        assert whole.whole and [one["id"] for one in whole.elements] == ["one"]
        await sam.say(BoardRead(id=sam.next_id(), page_id="pag_unknown"))
        assert sam.last(Error).code == "board_unknown"


async def test_task_is_seen_by_its_owner_and_staff() -> None:
    async with Stage() as stage:
        ida, sam, kim = await stage.join("ida", "instructor"), await stage.join("sam"), await stage.join("kim")
        (page_id,) = await open_board(ida)
        await ida.say(BoardTaskStart(id=ida.next_id(), key="t", page_id=page_id, prompt="Label it"))
        assert len(ida.last(BoardTasksChanged).tasks[0].copies) == 2
        (copy,) = sam.last(BoardTasksChanged).tasks[0].copies
        await draw(sam, copy.page_id, stroke("mine"))
        assert ida.last(BoardElements).page_id == copy.page_id
        assert not kim.all(BoardElements)
        await kim.say(BoardRead(id=kim.next_id(), page_id=copy.page_id))
        assert kim.last(Error).code == "board_unknown"
        lee = await stage.join("lee")
        await stage.pass_time(TICK_S, alive=(ida, sam, kim, lee))
        assert len(ida.last(BoardTasksChanged).tasks[0].copies) == 3


async def test_pointers_are_latest_and_rest() -> None:
    async with Stage() as stage:
        ida, sam = await stage.join("ida", "instructor"), await stage.join("sam")
        (page_id,) = await open_board(ida)
        await ida.say(BoardPointer(id=ida.next_id(), page_id=page_id, x=1, y=2))
        await ida.say(BoardPointer(id=ida.next_id(), page_id=page_id, x=3, y=4))
        assert [(at.x, at.y) for at in sam.last(BoardPointers).pointers] == [(1, 2)]
        await stage.pass_time(TICK_S, alive=(ida, sam))
        assert [(at.x, at.y) for at in sam.last(BoardPointers).pointers] == [(3, 4)]
        await stage.pass_time(6, alive=(ida, sam))
        assert sam.last(BoardPointers).pointers == ()
        assert "board_pointer" not in " ".join(stage.facts.kinds())


async def test_what_could_do_harm_is_refused() -> None:
    async with Stage() as stage:
        ida, sam = await stage.join("ida", "instructor"), await stage.join("sam")
        (page_id,) = await open_board(ida)
        ida.forget()
        for bad in (stroke("x", link="javascript:alert(1)"), stroke("x", type="iframe"), {"id": "x"}):
            await draw(sam, page_id, bad)
            assert sam.last(Error).code == "bad_element"
        assert not ida.all(BoardElements)


async def test_board_goes_on_in_the_next_class_of_the_series() -> None:
    async with Stage() as stage:
        ida = await stage.join("ida", "instructor")
        (page_id,) = await open_board(ida)
        await draw(ida, page_id, stroke("one"))
        kept = [fact for fact in stage.facts.stored if fact.kind.startswith("board_")]
    async with Stage() as stage:
        stage.book.before = kept
        ida, sam = await stage.join("ida", "instructor"), await stage.join("sam")
        welcome = ida.last(Welcome).room
        assert welcome is not None
        boards = welcome.class_.boards
        assert boards.shown_board_id is None and not sam.all(BoardOpened)
        board_id = boards.boards[0].board_id
        await ida.say(BoardOpen(id=ida.next_id(), key="again", board_id=board_id))
        shown = sam.last(BoardOpened).board
        assert shown is not None and shown.board_id == board_id
        await sam.say(BoardRead(id=sam.next_id(), page_id=shown.shown_page_id))
        assert [one["id"] for one in sam.last(BoardElements).elements] == ["one"]
