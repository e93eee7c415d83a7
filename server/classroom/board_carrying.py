"""Boards that go on in the next class of a series: what is on them is copied into the new class's own facts.

A copy, not a pointer: each class keeps its record whole, and deleting one takes nothing from the other. Pure.
"""

from collections.abc import Iterable

from server.classroom.board_elements import chunks
from server.classroom.boards import BoardsState, BoardState
from server.classroom.events_boards import BoardDrawn, BoardEvent, BoardOpened, BoardPageShown

BOARDS_MAX = 5  # the latest; older ones stay in the class in which they were drawn
CARRIED_BY = ""  # nobody of this class
CARRIED_KEY = "carried"


def carry(earlier: BoardsState, now_ms: int) -> list[BoardEvent]:
    """What happens at the beginning of the next class. Boards of groups and on materials stay behind: the groups are
    gone, and materials belong to their class."""
    kept = [one for one in earlier.boards.values() if one.group_id is None and one.kind == "blank" and _is_drawn(one)]
    return [event for board in kept[-BOARDS_MAX:] for event in _carry_one(board, now_ms)]


def _is_drawn(board: BoardState) -> bool:
    return any(page.shown() for page in board.pages.values())


def _carry_one(board: BoardState, now_ms: int) -> Iterable[BoardEvent]:
    yield BoardOpened(
        at_ms=now_ms,
        board_id=board.board_id,
        by=CARRIED_BY,
        key=board.board_id,
        kind=board.kind,
        material_id=None,
        group_id=None,
        page_ids=tuple(board.pages),
        shown=False,
    )
    yield BoardPageShown(now_ms, board.board_id, board.shown_page_id, CARRIED_BY)
    for page_id, page in board.pages.items():
        for elements in chunks(page.shown()):
            yield BoardDrawn(now_ms, page_id, CARRIED_BY, CARRIED_KEY, elements)
