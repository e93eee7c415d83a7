"""What every operator command gets: the open database, the arguments, a way to show the result."""

import argparse
import json
from datetime import UTC, datetime
from typing import Any

from server.cli.ending import say
from server.clock import SystemClock
from server.config import Config
from server.errors import Rejected
from server.ops.booking import Bookings
from server.store.database import Database

ACTOR = "operator"


class Desk:
    """One command's."""

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


def instant(text: str) -> datetime:
    """A time with a zone. Raises `Rejected`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Rejected("bad_time", f"{text!r} is not a time with a zone, such as 2026-03-02T15:00+01:00.")
    return at.astimezone(UTC)
