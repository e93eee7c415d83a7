"""How staff guide a class: spotlight, permissions, removing and letting in again, calls for help.

What media does about it (closing a Track, muting) is for `live`. Pure; `evolve` alone changes the state.
"""

from dataclasses import dataclass, field
from typing import assert_never

from server.classroom.events_class import (
    GuidingEvent,
    HelpAsked,
    PermissionSet,
    PersonMuted,
    PersonReadmitted,
    PersonRemoved,
    SpotlightMoved,
    TrackStopped,
)
from server.classroom.people import People, rejected, require
from server.classroom.presence import STAFF, PresenceState
from server.classroom.times import utc_text
from server.classroom.waiting import WaitingState
from signaling.base import Role
from signaling.codes import ErrorCode
from signaling.lesson import HelpRequest
from signaling.moderation import Permission, PermissionChange, Permissions, PersonPermissions

HELP_KEPT_MAX = 50  # calls that newcomers of the staff are shown
PERMISSIONS_MAX = 2_000  # deviations of single people
HELP_KEYS_MAX = 5_000


@dataclass(slots=True)
class GuidingState:
    """Only `evolve` changes it."""

    spotlight: str | None = None
    students: dict[Permission, bool] = field(default_factory=dict)
    people: dict[str, dict[Permission, bool]] = field(default_factory=dict)
    help: list[HelpAsked] = field(default_factory=list)
    help_keys: set[tuple[str, str]] = field(default_factory=set)

    def actions(self, participant_id: str, role: Role, table: frozenset[str]) -> frozenset[str]:
        """What somebody may do: what the role allows, then what staff said of students, then of this person."""
        changes: dict[Permission, bool] = dict(self.students) if role == "student" else {}
        if role not in STAFF:
            changes |= self.people.get(participant_id, {})
        given = {action for action, allowed in changes.items() if allowed}
        taken = {action for action, allowed in changes.items() if not allowed}
        return frozenset((table | given) - taken)


def spotlight(
    state: GuidingState, presence: PresenceState, people: People, by: str, participant_id: str | None, now_ms: int
) -> list[GuidingEvent]:
    require(people, by, "spotlight")
    if participant_id is not None:
        presence.require(participant_id)
    return [] if state.spotlight == participant_id else [SpotlightMoved(now_ms, participant_id, by)]


def drop_spotlight(state: GuidingState, participant_id: str, now_ms: int) -> list[GuidingEvent]:
    """Whoever it was on is gone."""
    return [SpotlightMoved(now_ms, None, None)] if state.spotlight == participant_id else []


def permit(
    state: GuidingState,
    presence: PresenceState,
    people: People,
    by: str,
    participant_id: str | None,
    action: Permission,
    allowed: bool,
    now_ms: int,
) -> list[GuidingEvent]:
    """Staff cannot take anything from each other this way."""
    require(people, by, "permit")
    if participant_id is None:
        same = state.students.get(action) == allowed and not any(action in one for one in state.people.values())
        return [] if same else [PermissionSet(now_ms, None, action, allowed, by)]
    known = presence.require(participant_id)
    if known.role != "student":
        raise rejected(ErrorCode.NOT_ALLOWED)
    if state.people.get(participant_id, {}).get(action) == allowed:
        return []
    if sum(len(one) for one in state.people.values()) >= PERMISSIONS_MAX:
        raise rejected(ErrorCode.TOO_MANY)
    return [PermissionSet(now_ms, participant_id, action, allowed, by)]


def remove(
    presence: PresenceState, people: People, by: str, participant_id: str, *, may_ask: bool, now_ms: int
) -> list[GuidingEvent]:
    """Send somebody out. Nobody removes oneself, a supervisor or, without being one, an instructor."""
    require(people, by, "remove_people")
    known = presence.require(participant_id)
    if participant_id == by or known.role == "observer":
        raise rejected(ErrorCode.NOT_ALLOWED)
    if known.role == "instructor" and people.role_of(by) != "instructor":
        raise rejected(ErrorCode.NOT_ALLOWED)
    return [PersonRemoved(now_ms, participant_id, known.seat_id, may_ask, by)]


def readmit(waiting: WaitingState, people: People, by: str, participant_id: str, now_ms: int) -> list[GuidingEvent]:
    """Somebody who was sent out may come in again. Once is enough: a repeat changes nothing."""
    require(people, by, "remove_people")
    seat_id = next((seat for seat, (who, _) in waiting.removed.items() if who == participant_id), None)
    return [] if seat_id is None else [PersonReadmitted(now_ms, participant_id, seat_id, by)]


def ask_help(state: GuidingState, by: str, key: str, text: str, now_ms: int) -> list[GuidingEvent]:
    """A call for technical help; everybody may call, always."""
    if (by, key) in state.help_keys:
        return []
    if len(state.help_keys) >= HELP_KEYS_MAX:
        raise rejected(ErrorCode.TOO_MANY)
    return [HelpAsked(now_ms, by, key, text)]


def evolve(state: GuidingState, event: GuidingEvent) -> None:
    match event:
        case SpotlightMoved(participant_id=participant_id):
            state.spotlight = participant_id
        case PermissionSet(participant_id=None, action=action, allowed=allowed):
            state.students[action] = allowed
            for changes in state.people.values():
                changes.pop(action, None)
        case PermissionSet(participant_id=str() as participant_id, action=action, allowed=allowed):
            state.people.setdefault(participant_id, {})[action] = allowed
        case HelpAsked(participant_id=participant_id, key=key):
            state.help_keys.add((participant_id, key))
            state.help.append(event)
            del state.help[:-HELP_KEPT_MAX]
        case PersonRemoved() | PersonReadmitted() | TrackStopped() | PersonMuted() | PermissionSet():
            pass  # removing is the waiting room's; the others are kept for those who read facts later
        case _:
            assert_never(event)


def permissions_of(state: GuidingState) -> Permissions:
    """For staff."""
    return Permissions(
        students=_changes(state.students),
        people=tuple(
            PersonPermissions(participant_id=one, changes=_changes(changes))
            for one, changes in state.people.items()
            if changes
        ),
    )


def help_requests(state: GuidingState) -> tuple[HelpRequest, ...]:
    """For staff: the latest calls."""
    return tuple(help_request(one) for one in state.help)


def help_request(event: HelpAsked) -> HelpRequest:
    return HelpRequest(participant_id=event.participant_id, text=event.text, at_utc=utc_text(event.at_ms))


def _changes(changes: dict[Permission, bool]) -> tuple[PermissionChange, ...]:
    return tuple(PermissionChange(action=action, allowed=allowed) for action, allowed in changes.items())
