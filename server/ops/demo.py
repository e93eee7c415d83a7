"""The demonstration: one organisation, one Session that is always open, a teacher and a handful of students.

Made once in a data folder. Its links stay the same across restarts; since the store holds only hashes of tokens, they
are kept beside it in a file for its owner only.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from server.access.links import JOIN_PATH, mint_link, token_hash
from server.clock import Clock
from server.ops.booking import seat_person
from server.store.database import Connection, Database
from server.store.files import write_private
from server.store.repositories import people, seats, sessions

LABEL = "demo"
ACTOR = "demo"
TITLE = "Demo class"
SESSION_DAYS = 3650
PEOPLE = (
    ("Instructor", "instructor"),
    *((f"Student {number}", "student") for number in range(1, 9)),
    ("Assistant", "assistant"),
    ("Observer", "observer"),
)


@dataclass(frozen=True, slots=True)
class DemoLink:
    """One person of the demonstration and the path of their link."""

    display_name: str
    role: str
    seat_id: str
    path: str

    def __repr__(self) -> str:
        return f"DemoLink(role={self.role!r}, seat_id={self.seat_id!r})"


async def ensure_demo(database: Database, clock: Clock, links_file: Path) -> list[DemoLink]:
    """The demonstration's links, instructor first; whatever of it is missing is made."""
    async with database.write() as connection:
        # The file is read and written inside the transaction: of two processes that start at once, the second must see
        # the links of the first, and what is in the store and not in the file would be lost.
        kept = _read(links_file)
        org_id, session_id = await _ensure_session(connection, clock)
        demo = [
            await _working_link(connection, clock, seat, kept.get(seat.seat_id, ""))
            for seat in await _ensure_seats(connection, clock, org_id, session_id, kept)
        ]
        write_private(
            links_file, json.dumps({link.seat_id: link.path.removeprefix(JOIN_PATH) for link in demo}).encode()
        )
    return demo


async def _ensure_session(connection: Connection, clock: Clock) -> tuple[str, str]:
    now_utc = clock.now_utc()
    organisation = await people.find_organisation(connection, LABEL)
    if organisation is None:
        organisation = await people.add_organisation(connection, "Demo school", now_utc, label=LABEL)
    known = await sessions.list_sessions(connection, organisation.org_id, limit=1)
    if known:
        return organisation.org_id, known[0].session_id
    series_id = await sessions.add_series(connection, organisation.org_id, TITLE, now_utc)
    session = await sessions.add_session(
        connection,
        organisation.org_id,
        TITLE,
        now_utc,
        now_utc + timedelta(days=SESSION_DAYS),
        now_utc,
        series_id=series_id,
        always_open=True,
    )
    return organisation.org_id, session.session_id


async def _ensure_seats(
    connection: Connection, clock: Clock, org_id: str, session_id: str, kept: dict[str, str]
) -> list[seats.Seat]:
    if not await seats.list_seats(connection, org_id, session_id):
        for name, role in PEOPLE:
            made = await seat_person(connection, org_id, session_id, name, role, clock.now_utc(), ACTOR)
            kept[made.seat_id] = made.link.token
    order = {name: place for place, (name, _) in enumerate(PEOPLE)}
    everyone = await seats.list_seats(connection, org_id, session_id)
    return sorted(everyone, key=lambda seat: order.get(seat.display_name, len(order)))


async def _working_link(connection: Connection, clock: Clock, seat: seats.Seat, token: str) -> DemoLink:
    """The kept link if it still leads to this Seat, a new one otherwise."""
    link = await seats.find_link(connection, token_hash(token)) if token else None
    if link is None or link.seat_id != seat.seat_id or link.revoked_utc is not None:
        token = (await mint_link(connection, seat.org_id, seat.seat_id, clock.now_utc(), actor_id=ACTOR)).token
    return DemoLink(seat.display_name, seat.role, seat.seat_id, JOIN_PATH + token)


def _read(path: Path) -> dict[str, str]:
    try:
        kept = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(seat_id): str(token) for seat_id, token in kept.items()} if isinstance(kept, dict) else {}
