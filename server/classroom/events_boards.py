"""What happened on boards and in board tasks: the stored facts, with everything that was drawn."""

from typing import Any, Literal

import msgspec

BoardKind = Literal["blank", "material"]
TaskEnd = Literal["ended", "time"]


class BoardOpened(msgspec.Struct, frozen=True, tag="board_opened"):
    """A new board, in the middle at once of the main room or of the group where it was opened. One that was carried
    over from an earlier class is only there: staff show it when they want."""

    at_ms: int
    board_id: str
    by: str
    key: str
    kind: BoardKind
    material_id: str | None
    group_id: str | None
    page_ids: tuple[str, ...]
    shown: bool = True


class BoardShown(msgspec.Struct, frozen=True, tag="board_shown"):
    """An earlier board is in the middle again; null: none is."""

    at_ms: int
    board_id: str | None
    by: str
    group_id: str | None


class BoardPageAdded(msgspec.Struct, frozen=True, tag="board_page_added"):
    at_ms: int
    board_id: str
    page_id: str
    by: str
    key: str


class BoardPageShown(msgspec.Struct, frozen=True, tag="board_page_shown"):
    at_ms: int
    board_id: str
    page_id: str
    by: str


class BoardDrawn(msgspec.Struct, frozen=True, tag="board_drawn"):
    """Elements that won on a page or a copy; a large update is several of these."""

    at_ms: int
    page_id: str
    by: str
    key: str
    elements: tuple[dict[str, Any], ...]


class BoardTaskStarted(msgspec.Struct, frozen=True, tag="board_task_started"):
    """`asked`: who was there to work on it."""

    at_ms: int
    task_id: str
    by: str
    key: str
    page_id: str
    prompt: str
    closes_ms: int | None
    asked: tuple[str, ...]


class BoardTaskEnded(msgspec.Struct, frozen=True, tag="board_task_ended"):
    at_ms: int
    task_id: str
    by: str | None
    reason: TaskEnd


BoardEvent = BoardOpened | BoardShown | BoardPageAdded | BoardPageShown | BoardDrawn | BoardTaskStarted | BoardTaskEnded
