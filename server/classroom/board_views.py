"""What each viewer may see of boards and tasks. Pure, reads only.

Everyone sees the boards of the place where they are; staff see all. A student sees its own copy of a task and nobody
else's.
"""

from collections.abc import Iterable

from server.classroom.board_elements import Element
from server.classroom.board_tasks import Task
from server.classroom.boards import BoardsState, BoardState
from server.classroom.people import rejected
from server.classroom.times import utc_text
from signaling.boards import Board, BoardPage, BoardsSnapshot, BoardTask, PageElements
from signaling.codes import ErrorCode


def board_view(board: BoardState) -> Board:
    return Board(
        board_id=board.board_id,
        key=board.key,
        kind=board.kind,
        material_id=board.material_id,
        group_id=board.group_id,
        pages=tuple(
            BoardPage(page_id=page_id, number=number, task_id=None, owner_id=None)
            for number, page_id in enumerate(board.pages, 1)
        ),
        shown_page_id=board.shown_page_id,
    )


def task_view(task: Task, viewer_id: str, students: Iterable[str], *, staff: bool) -> BoardTask:
    """`students`: who is here; staff see a copy of each of them, begun or not, and of who has left one."""
    owners = list(dict.fromkeys([*task.asked, *task.copies, *_late(task, students)])) if staff else [viewer_id]
    return BoardTask(
        task_id=task.task_id,
        key=task.key if staff else "",
        page_id=task.page_id,
        prompt=task.prompt,
        open=task.open,
        started_utc=utc_text(task.started_ms),
        ends_utc=None if task.closes_ms is None else utc_text(task.closes_ms),
        copies=tuple(
            BoardPage(page_id=task.copy_id(one), number=task.number, task_id=task.task_id, owner_id=one)
            for one in owners
        ),
    )


def _late(task: Task, students: Iterable[str]) -> Iterable[str]:
    """Who came after the task began takes part in it; in the one of a group, only if drawn into it."""
    return students if task.group_id is None and task.open else ()


def tasks_for(
    state: BoardsState, viewer_id: str, group_id: str | None, students: Iterable[str], *, staff: bool
) -> tuple[BoardTask, ...]:
    here = tuple(students)
    return tuple(
        task_view(task, viewer_id, here, staff=staff)
        for task in state.tasks.tasks.values()
        if staff or (task.is_for(viewer_id, group_id) and viewer_id in {*here, *task.asked, *task.copies})
    )


def elements_for(
    state: BoardsState, page_id: str, viewer_id: str, group_id: str | None, *, staff: bool
) -> tuple[Element, ...]:
    """All elements of a page or a copy. Raises `Rejected` (`board_unknown`) for what one may not see."""
    copy = state.tasks.of_copy(page_id)
    if copy is not None:
        task, owner_id = copy
        if not staff and owner_id != viewer_id:
            raise rejected(ErrorCode.BOARD_UNKNOWN)
        return task.elements_of(owner_id)
    board = state.board_with(page_id)
    if not staff and not state.sees(board, group_id):
        raise rejected(ErrorCode.BOARD_UNKNOWN)
    return board.pages[page_id].shown()


def sees_page(state: BoardsState, page_id: str, group_id: str | None, *, staff: bool) -> bool:
    """Is this a page of a board that one may see? A copy is none."""
    board = state.boards.get(state.board_of.get(page_id, ""))
    return board is not None and (staff or state.sees(board, group_id))


def snapshot_for(
    state: BoardsState, viewer_id: str, group_id: str | None, students: Iterable[str], *, staff: bool
) -> BoardsSnapshot:
    """Boards and tasks as somebody may see them, with the elements of the page that is shown."""
    boards = [board for board in state.boards.values() if staff or state.sees(board, group_id)]
    shown_id = state.shown_to(group_id)
    shown = None if shown_id is None else state.boards.get(shown_id)
    elements = () if shown is None else (_page(shown),)
    return BoardsSnapshot(
        boards=tuple(board_view(board) for board in boards),
        shown_board_id=None if shown is None else shown.board_id,
        tasks=tasks_for(state, viewer_id, group_id, students, staff=staff),
        elements=elements,
    )


def _page(board: BoardState) -> PageElements:
    return PageElements(page_id=board.shown_page_id, elements=board.pages[board.shown_page_id].shown())
