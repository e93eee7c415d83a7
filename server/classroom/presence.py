"""Who is in the class, was in it, and as what: known from facts alone, so that a Room can be rebuilt.

The roster holds the same people with what only a running server knows (Connections, Tracks). Pure; `evolve` alone
changes the state.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from server.classroom.events_class import PersonAway, PersonBack, PersonJoined, PersonLeft, PresenceEvent, RoleChanged
from server.classroom.people import rejected
from signaling.base import Role
from signaling.codes import ErrorCode

STAFF: frozenset[Role] = frozenset({"instructor", "assistant"})
# Grown-ups of the organisation: while one of them is there, nobody is unsupervised.
SUPERVISING: frozenset[Role] = STAFF | {"observer"}


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who is or was in the class. `state` gone: no longer a Participant."""

    participant_id: str
    seat_id: str
    person_id: str
    role: Role
    is_minor: bool
    state: Literal["here", "away", "gone"]
    joined_ms: int


@dataclass(slots=True)
class PresenceState:
    """Only `evolve` changes it."""

    known: dict[str, Known] = field(default_factory=dict)
    inside: dict[str, str] = field(default_factory=dict)  # seat to participant, of those who are not gone
    roles: dict[str, tuple[Role, Role]] = field(default_factory=dict)  # by seat: what the Seat says, what counts

    def present(self) -> Iterable[Known]:
        """Everyone who is not gone, in the order in which they came."""
        return [self.known[participant_id] for participant_id in self.inside.values()]

    def find(self, participant_id: str) -> Known | None:
        """Somebody who is not gone."""
        known = self.known.get(participant_id)
        return known if known is not None and known.state != "gone" else None

    def require(self, participant_id: str) -> Known:
        """Raises `Rejected` (`person_unknown`)."""
        known = self.find(participant_id)
        if known is None:
            raise rejected(ErrorCode.PERSON_UNKNOWN)
        return known

    def role_for(self, seat_id: str, seat_role: Role) -> Role:
        """What somebody on this Seat is in this class: what staff made them, unless the Seat says something new."""
        before, now = self.roles.get(seat_id, (seat_role, seat_role))
        return now if before == seat_role else seat_role

    def instructor_ids(self) -> list[str]:
        return [one.participant_id for one in self.present() if one.role == "instructor"]

    def has_instructor_here(self) -> bool:
        """Connected now, not only remembered."""
        return any(one.role == "instructor" and one.state == "here" for one in self.present())

    def is_supervised(self) -> bool:
        return any(one.role in SUPERVISING for one in self.present())

    def has_supervisor(self) -> bool:
        """Somebody watches without a tile: everyone is told."""
        return any(one.role == "observer" for one in self.present())

    def students(self) -> list[Known]:
        return [one for one in self.present() if one.role == "student"]


def set_role(
    state: PresenceState, by: str, participant_id: str, role: Role, seat_role: Role, now_ms: int
) -> list[PresenceEvent]:
    """Raises `Rejected`: the last instructor stays one, and only grown-ups of the staff become observers elsewhere."""
    known = state.require(participant_id)
    if known.role == role:
        return []
    if role == "observer" or known.role == "observer":
        # To be neither seen nor heard is given by the Seat, never handed round in class: nobody watches in secret.
        raise rejected(ErrorCode.NOT_ALLOWED)
    if known.is_minor and role in STAFF:
        raise rejected(ErrorCode.NOT_ALLOWED)
    if known.role == "instructor" and state.instructor_ids() == [participant_id]:
        raise rejected(ErrorCode.LAST_INSTRUCTOR)
    return [RoleChanged(now_ms, participant_id, known.seat_id, seat_role, role, by)]


def evolve(state: PresenceState, event: PresenceEvent) -> None:
    match event:
        case PersonJoined():
            known = Known(
                event.participant_id, event.seat_id, event.person_id, event.role, event.is_minor, "here", event.at_ms
            )
            state.known[event.participant_id] = known
            state.inside[event.seat_id] = event.participant_id
        case PersonAway(participant_id=participant_id):
            _set(state, participant_id, "away")
        case PersonBack(participant_id=participant_id):
            _set(state, participant_id, "here")
        case PersonLeft(participant_id=participant_id):
            _set(state, participant_id, "gone")
            if state.inside.get(event.seat_id) == participant_id:
                del state.inside[event.seat_id]
        case RoleChanged():
            state.roles[event.seat_id] = (event.seat_role, event.role)
            known_before = state.known.get(event.participant_id)
            if known_before is not None:
                state.known[event.participant_id] = replace(known_before, role=event.role)
        case _:
            assert_never(event)


def forget_connections(state: PresenceState) -> None:
    """The server had been gone: nobody is connected."""
    for participant_id in state.inside.values():
        _set(state, participant_id, "away")


def _set(state: PresenceState, participant_id: str, value: Literal["here", "away", "gone"]) -> None:
    known = state.known.get(participant_id)
    if known is not None:
        state.known[participant_id] = replace(known, state=value)
