"""Boards and board tasks in a live Room: the rule decides, facts are kept, those who may see a page are told."""

from typing import assert_never

from server.classroom import boards
from server.classroom.board_views import board_view, elements_for, tasks_for
from server.classroom.boards import BoardCommand, BoardState
from server.classroom.events_boards import (
    BoardDrawn,
    BoardEvent,
    BoardOpened,
    BoardPageAdded,
    BoardPageShown,
    BoardShown,
    BoardTaskEnded,
    BoardTaskStarted,
)
from server.classroom.people import require
from server.ids import mint
from server.live.effects import Effects
from server.live.person import Person
from server.live.pointing import point
from server.live.room import Room, record
from signaling.boards import (
    BoardClose,
    BoardElements,
    BoardOpen,
    BoardPageAdd,
    BoardPageChanged,
    BoardPageShow,
    BoardPointer,
    BoardRead,
    BoardsClientMessage,
    BoardTaskEnd,
    BoardTasksChanged,
    BoardTaskStart,
    BoardUpdate,
)
from signaling.boards import BoardOpened as BoardOpenedMessage
from signaling.messages import Ack


def board_message(room: Room, person: Person, message: BoardsClientMessage, now_s: float, out: Effects) -> None:
    """One message about boards."""
    match message:
        case BoardRead():
            _read(room, person, message, out)
        case BoardPointer():
            point(room, person, message, now_s, out)
        case _:
            _carry_out(room, _command(room, person, message), room.now_ms(now_s), out)
    out.answer(person.outlet, Ack(re=message.id))


def _command(
    room: Room,
    person: Person,
    message: BoardOpen | BoardClose | BoardPageAdd | BoardPageShow | BoardUpdate | BoardTaskStart | BoardTaskEnd,
) -> BoardCommand:
    by = person.participant_id
    group_id = room.state.breakouts.group_of(by)
    match message:
        case BoardOpen(board_id=str() as board_id):
            return boards.ShowBoard(by, board_id, group_id)
        case BoardOpen():
            page_ids = tuple(mint("pag") for _ in range(message.pages))
            return boards.OpenBoard(by, message.key, mint("brd"), message.kind, message.material_id, page_ids, group_id)
        case BoardClose():
            return boards.CloseBoard(by, message.board_id)
        case BoardPageAdd():
            return boards.AddPage(by, message.key, message.board_id, mint("pag"))
        case BoardPageShow():
            return boards.ShowPage(by, message.page_id)
        case BoardUpdate():
            return boards.Draw(by, message.key, message.page_id, message.elements, group_id)
        case BoardTaskStart():
            asked = room.state.student_ids()
            return boards.StartTask(
                by, message.key, mint("tsk"), message.page_id, message.prompt, message.seconds, asked
            )
        case BoardTaskEnd():
            return boards.EndTask(by, message.task_id)
        case _:
            assert_never(message)


def _read(room: Room, person: Person, message: BoardRead, out: Effects) -> None:
    viewer_id, state = person.participant_id, room.state
    require(state, viewer_id, "see_media")
    group_id = state.breakouts.group_of(viewer_id)
    elements = elements_for(state.boards, message.page_id, viewer_id, group_id, staff=state.is_staff(viewer_id))
    whole = BoardElements(seq=0, page_id=message.page_id, by_participant_id=None, elements=elements, whole=True)
    out.tell(person, whole)


def _carry_out(room: Room, command: BoardCommand, now_ms: int, out: Effects) -> None:
    for event in boards.apply(room.state.boards, command, room.state, now_ms):
        record(room, (event,), out)
        _announce(room, event, out)


def _announce(room: Room, event: BoardEvent, out: Effects) -> None:
    state = room.state.boards
    match event:
        case BoardOpened(group_id=group_id, board_id=board_id):
            _tell_middle(room, group_id, out)
            _tell_staff_elsewhere(room, state.boards[board_id], group_id, out)
        case BoardShown(group_id=group_id):
            _tell_middle(room, group_id, out)
        case BoardPageAdded(board_id=board_id) | BoardPageShown(board_id=board_id):
            board = state.boards[board_id]
            out.tell_all(_viewers(room, board), BoardPageChanged(seq=0, board=board_view(board)))
        case BoardDrawn():
            _tell_drawn(room, event, out)
        case BoardTaskStarted() | BoardTaskEnded():
            for person in room.people.values():
                _tell_tasks(room, person, out)
        case _:
            assert_never(event)


def _tell_middle(room: Room, group_id: str | None, out: Effects) -> None:
    """The board in the middle changed for a group, or for the main room and every group without an own one."""
    shown_id = room.state.boards.shown_to(group_id)
    board = None if shown_id is None else board_view(room.state.boards.boards[shown_id])
    there = [
        person
        for one, person in room.people.items()
        if (where := room.state.breakouts.group_of(one)) == group_id
        or (group_id is None and where not in room.state.boards.shown)
    ]
    out.tell_all(there, BoardOpenedMessage(seq=0, board=board))


def _tell_staff_elsewhere(room: Room, board: BoardState, group_id: str | None, out: Effects) -> None:
    """Staff know all boards, so that they can show a group's to everybody later."""
    if group_id is not None:
        elsewhere = [
            person
            for one, person in room.people.items()
            if room.state.is_staff(one) and room.state.breakouts.group_of(one) != group_id
        ]
        out.tell_all(elsewhere, BoardPageChanged(seq=0, board=board_view(board)))


def _viewers(room: Room, board: BoardState) -> list[Person]:
    """Who may see a board: staff, and those who are where it is."""
    state = room.state
    return [
        person
        for one, person in room.people.items()
        if state.is_staff(one) or state.boards.sees(board, state.breakouts.group_of(one))
    ]


def _tell_drawn(room: Room, event: BoardDrawn, out: Effects) -> None:
    """To everyone who may see the page but who drew: that page has it already, by the same rule."""
    copy = room.state.boards.tasks.of_copy(event.page_id)
    if copy is None:
        viewers = _viewers(room, room.state.boards.board_with(event.page_id))
    else:
        _, owner_id = copy
        viewers = [p for one, p in room.people.items() if one == owner_id or room.state.is_staff(one)]
    others = [person for person in viewers if person.participant_id != event.by]
    out.tell_all(
        others,
        BoardElements(seq=0, page_id=event.page_id, by_participant_id=event.by, elements=event.elements, whole=False),
    )


def _tell_tasks(room: Room, person: Person, out: Effects) -> None:
    viewer_id, state = person.participant_id, room.state
    group_id = state.breakouts.group_of(viewer_id)
    staff = state.is_staff(viewer_id)
    tasks = tasks_for(state.boards, viewer_id, group_id, state.student_ids(), staff=staff)
    out.tell(person, BoardTasksChanged(seq=0, tasks=tasks))


def tell_board_of_group(room: Room, person: Person, out: Effects) -> None:
    """Somebody is in another group now: the board that is in the middle there."""
    shown_id = room.state.boards.shown_to(room.state.breakouts.group_of(person.participant_id))
    board = None if shown_id is None else board_view(room.state.boards.boards[shown_id])
    out.tell(person, BoardOpenedMessage(seq=0, board=board))


def tick_boards(room: Room, now_s: float, out: Effects) -> None:
    """Tasks that have run their time end; staff hear of the copies of those who came late."""
    tasks = room.state.boards.tasks.tasks
    if not tasks:
        return
    _carry_out(room, boards.BoardTimePasses(), room.now_ms(now_s), out)
    students = room.state.student_ids()
    if students != room.tools.students_told and any(task.open for task in tasks.values()):
        room.tools.students_told = students
        for one, person in room.people.items():
            if room.state.is_staff(one):
                _tell_tasks(room, person, out)
