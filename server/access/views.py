"""What the doorkeeper tells other rooms: frozen values, no rows of the database."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TicketClaims:
    """What a redeemed ticket proves: this person, in this Seat, may open one Connection now."""

    org_id: str
    session_id: str
    seat_id: str
    role: str
    ticket_id: str


@dataclass(frozen=True, slots=True)
class SeatView:
    """A Seat with what a Room needs to know of its person and Session."""

    org_id: str
    session_id: str
    seat_id: str
    person_id: str
    display_name: str
    role: str
    title: str
    starts_utc: datetime
    ends_utc: datetime
    participants_max: int


@dataclass(frozen=True, slots=True)
class Ticket:
    """A signed ticket, on its way to the browser. Never logged."""

    text: str
    session_id: str
    seat_id: str
    expires_in_s: int

    def __repr__(self) -> str:
        return f"Ticket(session_id={self.session_id!r}, seat_id={self.seat_id!r})"
