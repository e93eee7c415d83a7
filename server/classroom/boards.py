"""Boards: pages that a class draws on together, and which one is in the middle. Commands in, events out.

A board belongs to the main room or to the breakout group in which it was opened. Pure: time and ids come with the
commands; `evolve` alone changes the state. What wins on a page is `board_elements`, copies are `board_tasks`, who may
see what is `board_views`.
"""

from dataclasses import dataclass, field
from typing import assert_never

from server.classroom.board_elements import Drawing, Element, chunks, is_deleted, winners
from server.classroom.board_tasks import TASKS_MAX, Task, TasksState
from server.classroom.events_boards import (
    BoardDrawn,
    BoardEvent,
    BoardKind,
    BoardOpened,
    BoardPageAdded,
    BoardPageShown,
    BoardShown,
    BoardTaskEnded,
    BoardTaskStarted,
)
from server.classroom.people import People, rejected, require
from signaling.codes import ErrorCode

BOARDS_MAX = 60  # in one Session: one for each of 50 groups, and some
PAGES_MAX = 200  # of one board: a long script of slides
# What one student's drawing may take in the facts of one Session: an hour of scribbling. Staff have no such bound.
DRAWN_BYTES_MAX = 50_000_000


# --- commands; `group_id` is where the person is ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenBoard:
    by: str
    key: str
    board_id: str
    kind: BoardKind
    material_id: str | None
    page_ids: tuple[str, ...]
    group_id: str | None


@dataclass(frozen=True, slots=True)
class ShowBoard:
    """Put an earlier board in the middle again."""

    by: str
    board_id: str
    group_id: str | None


@dataclass(frozen=True, slots=True)
class CloseBoard:
    """Take a board away from the middle; it is kept."""

    by: str
    board_id: str


@dataclass(frozen=True, slots=True)
class AddPage:
    by: str
    key: str
    board_id: str
    page_id: str


@dataclass(frozen=True, slots=True)
class ShowPage:
    by: str
    page_id: str


@dataclass(frozen=True, slots=True)
class Draw:
    by: str
    key: str
    page_id: str
    elements: tuple[Element, ...]
    group_id: str | None


@dataclass(frozen=True, slots=True)
class StartTask:
    """`asked`: who is there to work on it."""

    by: str
    key: str
    task_id: str
    page_id: str
    prompt: str
    seconds: int | None
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EndTask:
    by: str
    task_id: str


@dataclass(frozen=True, slots=True)
class BoardTimePasses:
    """Ends tasks that have run their time."""


BoardCommand = OpenBoard | ShowBoard | CloseBoard | AddPage | ShowPage | Draw | StartTask | EndTask | BoardTimePasses


# --- state ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class BoardState:
    board_id: str
    key: str
    kind: BoardKind
    material_id: str | None
    group_id: str | None
    pages: dict[str, Drawing]
    shown_page_id: str

    def number_of(self, page_id: str) -> int:
        """Pages count from 1."""
        return list(self.pages).index(page_id) + 1


@dataclass(slots=True)
class BoardsState:
    """Changed by `evolve` only. `shown`: which board is in the middle of the main room (None) and of each group."""

    boards: dict[str, BoardState] = field(default_factory=dict)
    shown: dict[str | None, str] = field(default_factory=dict)
    board_of: dict[str, str] = field(default_factory=dict)  # by page
    keys: set[tuple[str, str]] = field(default_factory=set)
    tasks: TasksState = field(default_factory=TasksState)
    drawn_bytes: dict[str, int] = field(default_factory=dict)  # by person, all states of all strokes

    def shown_to(self, group_id: str | None) -> str | None:
        """The board in the middle: a group without an own one sees that of the main room."""
        return self.shown.get(group_id) or self.shown.get(None)

    def sees(self, board: BoardState, group_id: str | None) -> bool:
        """May somebody who is in this group see this board?"""
        return board.group_id in (None, group_id) or self.shown_to(group_id) == board.board_id

    def board_with(self, page_id: str) -> BoardState:
        """Raises `Rejected` (`board_unknown`)."""
        return self.require(self.board_of.get(page_id, ""))

    def require(self, board_id: str) -> BoardState:
        """Raises `Rejected` (`board_unknown`)."""
        found = self.boards.get(board_id)
        if found is None:
            raise rejected(ErrorCode.BOARD_UNKNOWN)
        return found


# --- rules ----------------------------------------------------------------------------------------------------------


def apply(state: BoardsState, command: BoardCommand, people: People, now_ms: int) -> tuple[BoardEvent, ...]:
    """What the command leads to; nothing is changed yet. Raises `Rejected`. A repeat leads to nothing."""
    match command:
        case OpenBoard():
            return _open(state, command, people, now_ms)
        case ShowBoard(by=by, board_id=board_id, group_id=group_id):
            require(people, by, "run_boards")
            state.require(board_id)
            if state.shown.get(group_id) == board_id:
                return ()
            return (BoardShown(now_ms, board_id, by, group_id),)
        case CloseBoard(by=by, board_id=board_id):
            board = state.require(board_id)
            _require_run(people, by, board.group_id)
            return tuple(BoardShown(now_ms, None, by, where) for where, one in state.shown.items() if one == board_id)
        case AddPage():
            return _add_page(state, command, people, now_ms)
        case ShowPage(by=by, page_id=page_id):
            board = state.board_with(page_id)
            _require_run(people, by, board.group_id)
            same = board.shown_page_id == page_id
            return () if same else (BoardPageShown(now_ms, board.board_id, page_id, by),)
        case Draw():
            return _draw(state, command, people, now_ms)
        case StartTask():
            return _start_task(state, command, people, now_ms)
        case EndTask(by=by, task_id=task_id):
            require(people, by, "run_boards")
            task = state.tasks.require(task_id)
            return (BoardTaskEnded(now_ms, task_id, by, "ended"),) if task.open else ()
        case BoardTimePasses():
            over = [task for task in state.tasks.tasks.values() if task.open and task.is_over(now_ms)]
            return tuple(BoardTaskEnded(now_ms, task.task_id, None, "time") for task in over)
        case _:
            assert_never(command)


def _require_run(people: People, by: str, group_id: str | None) -> None:
    """Staff run all boards; in a group its members run those of the group, since nobody of the staff may be there."""
    require(people, by, "run_boards" if group_id is None or not people.allows(by, "draw") else "draw")


def _open(state: BoardsState, command: OpenBoard, people: People, now_ms: int) -> tuple[BoardEvent, ...]:
    _require_run(people, command.by, command.group_id)
    if command.kind == "material":
        require(people, command.by, "run_boards")
    if (command.by, command.key) in state.keys:
        return ()
    if len(state.boards) >= BOARDS_MAX or len(command.page_ids) > PAGES_MAX:
        raise rejected(ErrorCode.TOO_MANY)
    if (command.kind == "material") != (command.material_id is not None):
        raise rejected(ErrorCode.MATERIAL_UNKNOWN)
    return (
        BoardOpened(
            at_ms=now_ms,
            board_id=command.board_id,
            by=command.by,
            key=command.key,
            kind=command.kind,
            material_id=command.material_id,
            group_id=command.group_id,
            page_ids=command.page_ids,
        ),
    )


def _add_page(state: BoardsState, command: AddPage, people: People, now_ms: int) -> tuple[BoardEvent, ...]:
    board = state.require(command.board_id)
    _require_run(people, command.by, board.group_id)
    if (command.by, command.key) in state.keys:
        return ()
    if len(board.pages) >= PAGES_MAX:
        raise rejected(ErrorCode.TOO_MANY)
    return (BoardPageAdded(now_ms, board.board_id, command.page_id, command.by, command.key),)


def _draw(state: BoardsState, command: Draw, people: People, now_ms: int) -> tuple[BoardEvent, ...]:
    staff = people.allows(command.by, "run_boards")
    if not staff and state.drawn_bytes.get(command.by, 0) >= DRAWN_BYTES_MAX:
        raise rejected(ErrorCode.TOO_MANY)
    copy = state.tasks.of_copy(command.page_id)
    if copy is None:
        board = state.board_with(command.page_id)
        if not staff and not state.sees(board, command.group_id):
            raise rejected(ErrorCode.BOARD_UNKNOWN)
        require(people, command.by, "draw")
        won = winners(board.pages[command.page_id], command.elements, staff=staff)
    else:
        won = _draw_on_copy(*copy, command, people, now_ms)
    return tuple(BoardDrawn(now_ms, command.page_id, command.by, command.key, elements) for elements in chunks(won))


def _draw_on_copy(task: Task, owner_id: str, command: Draw, people: People, now_ms: int) -> list[Element]:
    """One's own copy is drawn on while the task runs, even by who may not draw on the board of all."""
    staff = people.allows(command.by, "run_boards")
    if not staff:
        require(people, command.by, "do_board_tasks")
        if owner_id != command.by or not task.is_for(command.by, command.group_id):
            raise rejected(ErrorCode.BOARD_UNKNOWN)
        if not task.open or task.is_over(now_ms):
            raise rejected(ErrorCode.BOARD_CLOSED)
    elif owner_id not in task.copies and owner_id not in task.asked and people.role_of(owner_id) is None:
        raise rejected(ErrorCode.BOARD_UNKNOWN)
    drawing = task.copies.get(owner_id) or Drawing()
    return winners(drawing, command.elements, staff=staff, base=task.base)


def _start_task(state: BoardsState, command: StartTask, people: People, now_ms: int) -> tuple[BoardEvent, ...]:
    require(people, command.by, "run_boards")
    if (command.by, command.key) in state.tasks.keys:
        return ()
    state.board_with(command.page_id)
    if len(state.tasks.tasks) >= TASKS_MAX:
        raise rejected(ErrorCode.TOO_MANY)
    return (
        BoardTaskStarted(
            at_ms=now_ms,
            task_id=command.task_id,
            by=command.by,
            key=command.key,
            page_id=command.page_id,
            prompt=command.prompt,
            closes_ms=None if command.seconds is None else now_ms + command.seconds * 1000,
            asked=command.asked,
        ),
    )


def evolve(state: BoardsState, event: BoardEvent) -> None:
    """The one place where the state changes. What hangs on something that is not there means nothing."""
    match event:
        case BoardOpened():
            _evolve_opened(state, event)
        case BoardShown(board_id=board_id, group_id=group_id):
            state.shown.pop(group_id, None)
            if board_id is not None:
                state.shown[group_id] = board_id
        case BoardPageAdded(board_id=board_id, page_id=page_id):
            state.keys.add((event.by, event.key))
            if (board := state.boards.get(board_id)) is not None:
                board.pages[page_id] = Drawing()
                state.board_of[page_id] = board_id
        case BoardPageShown(board_id=board_id, page_id=page_id):
            if (board := state.boards.get(board_id)) is not None and page_id in board.pages:
                board.shown_page_id = page_id
        case BoardDrawn():
            _evolve_drawn(state, event)
        case BoardTaskStarted(page_id=page_id):
            if (board := state.boards.get(state.board_of.get(page_id, ""))) is not None:
                base = {one["id"]: one for one in board.pages[page_id].elements.values() if not is_deleted(one)}
                state.tasks.start(event, board.number_of(page_id), board.group_id, base)
        case BoardTaskEnded(task_id=task_id):
            if (task := state.tasks.tasks.get(task_id)) is not None:
                task.open = False
        case _:
            assert_never(event)


def _evolve_opened(state: BoardsState, event: BoardOpened) -> None:
    state.keys.add((event.by, event.key))
    state.boards[event.board_id] = BoardState(
        board_id=event.board_id,
        key=event.key,
        kind=event.kind,
        material_id=event.material_id,
        group_id=event.group_id,
        pages={page_id: Drawing() for page_id in event.page_ids},
        shown_page_id=event.page_ids[0],
    )
    state.board_of |= dict.fromkeys(event.page_ids, event.board_id)
    if event.shown:
        state.shown[event.group_id] = event.board_id


def _evolve_drawn(state: BoardsState, event: BoardDrawn) -> None:
    copy = state.tasks.of_copy(event.page_id)
    board = state.boards.get(state.board_of.get(event.page_id, ""))
    if copy is not None:
        task, owner_id = copy
        drawing = task.copies.setdefault(owner_id, Drawing())
    elif board is not None:
        drawing = board.pages[event.page_id]
    else:
        return
    size = sum(drawing.put(element) for element in event.elements)
    state.drawn_bytes[event.by] = state.drawn_bytes.get(event.by, 0) + size
