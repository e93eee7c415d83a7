"""Who points where on a board. Latest wins, nothing is kept: at most ten times a second for each page."""

from server.classroom.board_views import sees_page
from server.classroom.people import rejected, require
from server.live.effects import Effects
from server.live.person import Person
from server.live.room import Room
from server.live.tools import POINTERS_MAX, Pointing
from signaling.boards import BoardPointer, BoardPointerAt, BoardPointers
from signaling.codes import ErrorCode

TELL_EVERY_S = 0.1
STILL_S = 5.0  # a hand that does not move points at nothing any more


def point(room: Room, person: Person, message: BoardPointer, now_s: float, out: Effects) -> None:
    """Somebody points, or no longer does."""
    one, state = person.participant_id, room.state
    require(state, one, "draw")
    if not sees_page(state.boards, message.page_id, state.breakouts.group_of(one), staff=state.is_staff(one)):
        raise rejected(ErrorCode.BOARD_UNKNOWN)
    pointers = room.tools.pointers.setdefault(message.page_id, {})
    pointers.pop(one, None)
    if message.x is not None and message.y is not None and len(pointers) < POINTERS_MAX:
        pointers[one] = Pointing(message.x, message.y, now_s)
    room.tools.pointers_due.add(message.page_id)
    if now_s - room.tools.pointers_told_s.get(message.page_id, float("-inf")) >= TELL_EVERY_S:
        _tell(room, message.page_id, now_s, out)


def tick_pointers(room: Room, now_s: float, out: Effects) -> None:
    """What was held back, and hands that have come to rest."""
    for page_id, pointers in tuple(room.tools.pointers.items()):
        resting = [one for one, at in pointers.items() if now_s - at.at_s >= STILL_S or one not in room.people]
        for one in resting:
            del pointers[one]
        if resting or page_id in room.tools.pointers_due:
            _tell(room, page_id, now_s, out)
        if not pointers:
            del room.tools.pointers[page_id]
            room.tools.pointers_told_s.pop(page_id, None)


def _tell(room: Room, page_id: str, now_s: float, out: Effects) -> None:
    room.tools.pointers_due.discard(page_id)
    room.tools.pointers_told_s[page_id] = now_s
    state = room.state
    viewers = [
        person
        for one, person in room.people.items()
        if sees_page(state.boards, page_id, state.breakouts.group_of(one), staff=state.is_staff(one))
    ]
    pointers = tuple(
        BoardPointerAt(participant_id=one, x=at.x, y=at.y) for one, at in room.tools.pointers.get(page_id, {}).items()
    )
    out.latest(viewers, f"pointers {page_id}", BoardPointers(page_id=page_id, pointers=pointers))
