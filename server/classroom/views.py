"""The whole class as one viewer may see it. Each topic decides for itself; this file only puts them together.

Whoever still waits sees nothing but the state of the class and why they wait.
"""

from collections.abc import Mapping

from server.classroom import board_views, breakouts, chat, check_views, guiding, hands, pulse
from server.classroom.lifecycle import status_of
from server.classroom.presence import STAFF
from server.classroom.state import ClassState
from server.classroom.times import utc_text
from signaling.lesson import ClassStatus, WaitingPerson
from signaling.moderation import Permissions, RemovedPerson
from signaling.snapshot import ClassSnapshot
from signaling.talk import ChatMessage

Names = Mapping[str, str]
NAMELESS = "…"  # somebody whose Seat is gone, in what they said before


def class_status(state: ClassState, *, recorded: bool) -> ClassStatus:
    """For everyone."""
    return status_of(state.lifecycle, supervisor_present=state.presence.has_supervisor(), recorded=recorded)


def snapshot_for(
    state: ClassState, viewer_id: str, names: Names, now_ms: int, *, recorded: bool = False
) -> ClassSnapshot:
    """`names` by Participant, those who are gone too."""
    status = class_status(state, recorded=recorded)
    role = state.role_of(viewer_id)
    if role is None:
        waits = state.waiting.waiting.get(viewer_id)
        return ClassSnapshot(status=status, waiting=None if waits is None else waits.reason)
    staff = role in STAFF
    group_id = state.breakouts.group_of(viewer_id)
    students = state.student_ids()
    return ClassSnapshot(
        status=status,
        waiting_list=waiting_list(state, names) if staff else (),
        hands=hands.order_of(state.hands),
        chat=chat_for(state, viewer_id, names),
        chat_rules=state.chat.rules,
        spotlight=state.guiding.spotlight,
        permissions=guiding.permissions_of(state.guiding) if staff else Permissions(),
        removed=removed_list(state, names) if staff else (),
        help_requests=guiding.help_requests(state.guiding) if staff else (),
        checks=check_views.snapshot_for(state.checks, viewer_id, group_id, staff=staff),
        pulse=pulse.snapshot_for(state.pulse, viewer_id, students, now_ms, staff=staff),
        boards=board_views.snapshot_for(state.boards, viewer_id, group_id, students, staff=staff),
        breakouts=breakouts.snapshot_for(state.breakouts, viewer_id, staff=staff),
    )


def chat_for(state: ClassState, viewer_id: str, names: Names) -> tuple[ChatMessage, ...]:
    """The latest messages that somebody may read, oldest first."""
    found: list[ChatMessage] = []
    for said in reversed(state.chat.said.values()):
        if len(found) == chat.SNAPSHOT_MAX:
            break
        if may_read(state, said, viewer_id):
            found.append(chat_message(said, names))
    return tuple(reversed(found))


def may_read(state: ClassState, said: chat.Said, viewer_id: str) -> bool:
    return chat.may_read(said, viewer_id, state, state.breakouts.group_of(viewer_id))


def chat_message(said: chat.Said, names: Names) -> ChatMessage:
    return chat.message_of(said, names.get(said.participant_id, NAMELESS))


def waiting_list(state: ClassState, names: Names) -> tuple[WaitingPerson, ...]:
    """For staff: everyone who waits, first come first."""
    return tuple(
        WaitingPerson(
            participant_id=one.participant_id,
            display_name=names.get(one.participant_id, NAMELESS),
            role=one.role,
            reason=one.reason,
            since_utc=utc_text(one.since_ms),
        )
        for one in state.waiting.waiting.values()
    )


def removed_list(state: ClassState, names: Names) -> tuple[RemovedPerson, ...]:
    """For staff: everyone who was sent out."""
    return tuple(
        RemovedPerson(participant_id=one, display_name=names.get(one, NAMELESS), may_ask=may_ask)
        for one, may_ask in state.waiting.removed.values()
    )
