"""Board tasks: everyone works on an own copy of a page, staff see all copies. State and rules; part of `boards`.

A copy is what was on the page when the task began, and on top of it what its owner draws. It exists as soon as somebody
draws on it: its id is made of the task's and the owner's, so that nobody who comes late is without one.
"""

from dataclasses import dataclass, field

from server.classroom.board_elements import Drawing, Element
from server.classroom.events_boards import BoardTaskStarted
from server.classroom.people import rejected
from signaling.codes import ErrorCode

TASKS_MAX = 50  # in one Session
GRACE_MS = 1_500  # a stroke that was drawn in the last second is still on its way


@dataclass(slots=True)
class Task:
    """`base`: the elements of the page as they were."""

    task_id: str
    key: str
    page_id: str
    number: int
    group_id: str | None
    prompt: str
    started_ms: int
    closes_ms: int | None
    asked: tuple[str, ...]
    base: dict[str, Element]
    open: bool = True
    copies: dict[str, Drawing] = field(default_factory=dict)  # by owner

    def copy_id(self, owner_id: str) -> str:
        return f"{self.task_id}-{owner_id}"

    def is_over(self, now_ms: int) -> bool:
        return self.closes_ms is not None and now_ms >= self.closes_ms + GRACE_MS

    def is_for(self, participant_id: str, group_id: str | None) -> bool:
        return self.group_id in (None, group_id) or participant_id in self.asked or participant_id in self.copies

    def elements_of(self, owner_id: str) -> tuple[Element, ...]:
        """All there is to see on somebody's copy."""
        copy = self.copies.get(owner_id)
        own = {} if copy is None else copy.elements
        merged = self.base | own
        return tuple(element for element in merged.values() if element.get("isDeleted") is not True)


@dataclass(slots=True)
class TasksState:
    """Changed by `boards.evolve` only."""

    tasks: dict[str, Task] = field(default_factory=dict)
    keys: set[tuple[str, str]] = field(default_factory=set)

    def require(self, task_id: str) -> Task:
        """Raises `Rejected` (`board_unknown`)."""
        found = self.tasks.get(task_id)
        if found is None:
            raise rejected(ErrorCode.BOARD_UNKNOWN)
        return found

    def of_copy(self, page_id: str) -> tuple[Task, str] | None:
        """The task and the owner that a copy's page id names; None when it names no copy."""
        for task in self.tasks.values():
            if page_id.startswith(f"{task.task_id}-"):
                return task, page_id.removeprefix(f"{task.task_id}-")
        return None

    def start(self, event: BoardTaskStarted, number: int, group_id: str | None, base: dict[str, Element]) -> None:
        self.keys.add((event.by, event.key))
        self.tasks[event.task_id] = Task(
            task_id=event.task_id,
            key=event.key,
            page_id=event.page_id,
            number=number,
            group_id=group_id,
            prompt=event.prompt,
            started_ms=event.at_ms,
            closes_ms=event.closes_ms,
            asked=event.asked,
            base=base,
        )
