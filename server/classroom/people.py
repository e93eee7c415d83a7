"""What the rules ask about people. The roster answers; tests answer by a table."""

from typing import Protocol

from server.errors import Rejected
from signaling.codes import ERROR_TEXTS, ErrorCode
from signaling.messages import Role


class People(Protocol):
    """Who is in the Room, and what each may do."""

    def role_of(self, participant_id: str) -> Role | None:
        """None for someone who is not in the Room."""
        ...

    def allows(self, participant_id: str, action: str) -> bool: ...


def require(people: People, participant_id: str, action: str) -> None:
    """Raises `Rejected` (`not_allowed`)."""
    if not people.allows(participant_id, action):
        raise rejected(ErrorCode.NOT_ALLOWED)


def rejected(code: ErrorCode) -> Rejected:
    """A refusal with the code's own sentence."""
    return Rejected(code.value, ERROR_TEXTS[code])
