"""What an operator does by hand, and tests do: sessions and links, written straight into the data folder.

Works beside a running server: both are careful writers of the same database.
"""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from server.cli.ending import OK, say
from server.clock import SystemClock
from server.config import Config
from server.errors import Rejected
from server.ops.booking import Bookings
from server.ops.demo import ensure_demo
from server.store.database import Database, open_sqlite

ACTOR = "operator"


def run(name: str, config: Config, arguments: argparse.Namespace) -> int:
    """One of the commands. Raises `Rejected` or `Unavailable` with a sentence."""
    return asyncio.run(_run(_COMMANDS[name], config, arguments))


class Desk:
    """What every command gets."""

    def __init__(self, database: Database, config: Config, arguments: argparse.Namespace) -> None:
        self.database = database
        self.config = config
        self.arguments = arguments
        self.clock = SystemClock()
        self.bookings = Bookings(database, self.clock, ACTOR)

    def url(self, path: str) -> str:
        """The whole address of a link: of the server that runs on this data folder, else of the configuration."""
        try:
            base = self.config.folder.base_url.read_text("utf-8")
        except OSError:
            base = self.config.base_url(self.config.server.port)
        return base + path

    def show(self, value: Any, *lines: str) -> None:
        """The value for a program, or the lines for a person."""
        if self.arguments.json:
            say(json.dumps(value))
        else:
            for line in lines:
                say(line)


async def _run(command: Callable[[Desk], Awaitable[None]], config: Config, arguments: argparse.Namespace) -> int:
    database = await open_sqlite(config.folder.database)
    try:
        await command(Desk(database, config, arguments))
    finally:
        await database.close()
    return OK


async def print_demo(desk: Desk) -> None:
    people = await ensure_demo(desk.database, desk.clock, desk.config.folder.demo_links)
    rows = [
        {"display_name": one.display_name, "role": one.role, "seat_id": one.seat_id, "url": desk.url(one.path)}
        for one in people
    ]
    desk.show(rows, *(f"{row['display_name']}: {row['url']}" for row in rows))


async def create_session(desk: Desk) -> None:
    starts_utc = desk.clock.now_utc() if desk.arguments.starts is None else _instant(desk.arguments.starts)
    session = await desk.bookings.book(
        await desk.bookings.local_organisation(),
        desk.arguments.title,
        starts_utc,
        desk.arguments.minutes,
        always_open=desk.arguments.always_open,
        participants_max=desk.arguments.participants_max,
    )
    desk.show(
        {
            "org_id": session.org_id,
            "session_id": session.session_id,
            "title": session.title,
            "starts_utc": session.starts_utc.isoformat(),
            "ends_utc": session.ends_utc.isoformat(),
        },
        session.session_id,
    )


async def list_sessions(desk: Desk) -> None:
    sessions = await desk.bookings.sessions(await desk.bookings.local_organisation())
    rows = [
        {
            "session_id": one.session_id,
            "title": one.title,
            "starts_utc": one.starts_utc.isoformat(),
            "ends_utc": one.ends_utc.isoformat(),
            "state": one.state,
        }
        for one in sessions
    ]
    desk.show(rows, *("  ".join((row["session_id"], row["starts_utc"], row["title"])) for row in rows))


async def create_link(desk: Desk) -> None:
    arguments = desk.arguments
    person = await desk.bookings.seat(arguments.session, arguments.name, arguments.role, is_minor=arguments.minor)
    url = desk.url(person.link.path)
    desk.show(
        {
            "person_id": person.person_id,
            "seat_id": person.seat_id,
            "link_id": person.link.link_id,
            "display_name": person.display_name,
            "role": person.role,
            "url": url,
        },
        url,
    )


async def create_link_again(desk: Desk) -> None:
    link = await desk.bookings.relink(desk.arguments.seat)
    url = desk.url(link.path)
    desk.show({"seat_id": link.seat_id, "link_id": link.link_id, "url": url}, url)


async def list_links(desk: Desk) -> None:
    rows: list[dict[str, Any]] = []
    lines: list[str] = []
    for seat, links in await desk.bookings.links(desk.arguments.session):
        shown = [{"link_id": link.link_id, "revoked": link.revoked_utc is not None} for link in links]
        rows.append({"seat_id": seat.seat_id, "display_name": seat.display_name, "role": seat.role, "links": shown})
        lines.append(f"{seat.seat_id}  {seat.role:10}  {seat.display_name}")
        lines += [f"    {one['link_id']}{'  (revoked)' if one['revoked'] else ''}" for one in shown]
    desk.show(rows, *lines)


async def revoke_link(desk: Desk) -> None:
    revoked = await desk.bookings.revoke(desk.arguments.link)
    desk.show({"revoked": revoked}, "The link is withdrawn." if revoked else "The link was withdrawn before.")


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Rejected("bad_time", f"{text!r} is not a time with a zone, such as 2026-03-02T15:00+01:00.")
    return at.astimezone(UTC)


_COMMANDS: dict[str, Callable[[Desk], Awaitable[None]]] = {
    one.__name__: one
    for one in (print_demo, create_session, list_sessions, create_link, create_link_again, list_links, revoke_link)
}
