"""Who is in the class of these tests, and the rules' facts kept as the store would."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from server.access.policy import actions
from signaling.messages import Role

E = TypeVar("E", bound=msgspec.Struct)


@dataclass
class Cast:
    """`People` by a table: everybody with a role is in the Room and may do what the role may."""

    roles: dict[str, Role] = field(default_factory=dict)
    denied: set[tuple[str, str]] = field(default_factory=set)

    def role_of(self, participant_id: str) -> Role | None:
        return self.roles.get(participant_id)

    def allows(self, participant_id: str, action: str) -> bool:
        role = self.roles.get(participant_id)
        return role is not None and action in actions(role) and (participant_id, action) not in self.denied

    @property
    def students(self) -> tuple[str, ...]:
        return tuple(one for one, role in self.roles.items() if role == "student")


def cast(students: Iterable[str] = ("sam", "kim", "lee")) -> Cast:
    """An instructor `ida`, an assistant `asa`, an observer `obi`, and students."""
    roles: dict[str, Role] = {"ida": "instructor", "asa": "assistant", "obi": "observer"}
    roles |= dict.fromkeys(students, "student")
    return Cast(roles)


def through_the_store(event: E) -> E:
    """The event as it comes back from a stored fact: its body as JSON and back."""
    return msgspec.json.decode(msgspec.json.encode(event), type=type(event))
