"""Messages of whiteboards, annotation and board tasks.

An element is Excalidraw's own object; the server reads only its `id`, `version` and `versionNonce` and keeps the rest
as it is. Of two states of one element the higher version wins, with the same version the lower nonce. Pure: no aiohttp,
asyncio or database.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta

from signaling.base import Id, MessageId, Seconds, Struct, Text

BoardKind = Literal["blank", "material"]
ELEMENTS_PER_UPDATE_MAX = 200

Element = dict[str, Any]
Elements = Annotated[tuple[Element, ...], Meta(max_length=ELEMENTS_PER_UPDATE_MAX)]
Coordinate = Annotated[float, Meta(ge=-1e7, le=1e7)]


# --- values ---------------------------------------------------------------------------------------------------------


class BoardPage(Struct, frozen=True):
    """One page. `number` counts from 1: the page of the material that lies under it. `owner_id`: a student's own copy
    for a task."""

    page_id: str
    number: int
    task_id: str | None
    owner_id: str | None


class Board(Struct, frozen=True):
    """A board and its pages, the copies for tasks only as this viewer may see them."""

    board_id: str
    key: str
    kind: BoardKind
    material_id: str | None
    group_id: str | None
    pages: tuple[BoardPage, ...]
    shown_page_id: str


class BoardTask(Struct, frozen=True):
    """Everyone works on a copy of a page. `copies` are those pages that this viewer may see."""

    task_id: str
    key: str
    page_id: str
    prompt: str
    open: bool
    started_utc: str
    ends_utc: str | None
    copies: tuple[BoardPage, ...]


class PageElements(Struct, frozen=True):
    """All elements of a page, in their order."""

    page_id: str
    elements: tuple[Element, ...]


class BoardPointerAt(Struct, frozen=True):
    participant_id: str
    x: float
    y: float


class BoardsSnapshot(Struct, frozen=True):
    """Boards and tasks, and the elements of the pages that are shown now. Others come with `board_read`."""

    boards: tuple[Board, ...] = ()
    shown_board_id: str | None = None
    tasks: tuple[BoardTask, ...] = ()
    elements: tuple[PageElements, ...] = ()


# --- client to server -----------------------------------------------------------------------------------------------


class BoardOpen(Struct, tag="board_open", frozen=True):
    """Staff put a board in the middle: a blank one or a material to draw on. A board_id shows an earlier one again."""

    id: MessageId
    key: Id
    kind: BoardKind = "blank"
    material_id: Id | None = None
    pages: Annotated[int, Meta(ge=1, le=200)] = 1
    board_id: Id | None = None


class BoardClose(Struct, tag="board_close", frozen=True):
    """Take the board away from the middle; it is kept."""

    id: MessageId
    board_id: Id


class BoardPageAdd(Struct, tag="board_page_add", frozen=True):
    """One more page."""

    id: MessageId
    key: Id
    board_id: Id


class BoardPageShow(Struct, tag="board_page_show", frozen=True):
    """Everyone turns to this page."""

    id: MessageId
    page_id: Id


class BoardRead(Struct, tag="board_read", frozen=True):
    """Ask for all elements of a page; `board_elements` with `whole` follows."""

    id: MessageId
    page_id: Id


class BoardUpdate(Struct, tag="board_update", frozen=True):
    """Elements that were drawn, moved or deleted."""

    id: MessageId
    page_id: Id
    key: Id
    elements: Elements


class BoardPointer(Struct, tag="board_pointer", frozen=True):
    """Where one points; null: nowhere."""

    id: MessageId
    page_id: Id
    x: Coordinate | None
    y: Coordinate | None


class BoardTaskStart(Struct, tag="board_task_start", frozen=True):
    """Each student gets their own copy of a page."""

    id: MessageId
    key: Id
    page_id: Id
    prompt: Text
    seconds: Seconds | None = None


class BoardTaskEnd(Struct, tag="board_task_end", frozen=True):
    """The copies may not be drawn on any more."""

    id: MessageId
    task_id: Id


BoardsClientMessage = (
    BoardOpen
    | BoardClose
    | BoardPageAdd
    | BoardPageShow
    | BoardRead
    | BoardUpdate
    | BoardPointer
    | BoardTaskStart
    | BoardTaskEnd
)


# --- server to client -----------------------------------------------------------------------------------------------


class BoardOpened(Struct, tag="board_opened", frozen=True):
    """This board is in the middle now; null: none."""

    seq: int
    board: Board | None


class BoardPageChanged(Struct, tag="board_page", frozen=True):
    """The pages of a board, or which one is shown, changed."""

    seq: int
    board: Board


class BoardElements(Struct, tag="board_elements", frozen=True):
    """Elements of a page that won: to be merged by the same rule, or all there are (`whole`)."""

    seq: int
    page_id: str
    by_participant_id: str | None
    elements: tuple[Element, ...]
    whole: bool


class BoardPointers(Struct, tag="board_pointers", frozen=True):
    """Who points where on a page. Latest wins: carries no `seq`."""

    page_id: str
    pointers: tuple[BoardPointerAt, ...]


class BoardTasksChanged(Struct, tag="board_tasks", frozen=True):
    """All tasks as this viewer may see them."""

    seq: int
    tasks: tuple[BoardTask, ...]


BoardsServerMessage = BoardOpened | BoardPageChanged | BoardElements | BoardPointers | BoardTasksChanged
