"""Logs: one line per event on stderr, JSON or, on a terminal, text. The event's name first, then ids from the outside
in, then the rest.

Everything goes through `redact.scrub`, also what libraries log. Nothing in this house prints.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from server.limits import LOG_VALUE_CHARS_MAX
from server.telemetry.redact import BLANK, PRIVATE_KEYS, scrub, scrub_text

_THINGS = ("org", "session", "room", "seat", "participant", "transport", "track", "subscription")
ID_ORDER = tuple(name for thing in _THINGS for name in (thing, f"{thing}_id"))
HEAD = ("event", "level", "at", "process", "logger", *ID_ORDER)
TRACEBACK_CHARS_MAX = 8 * LOG_VALUE_CHARS_MAX

_Event = MutableMapping[str, Any]


def configure_logging(level: str, format_: str, process: str, out: TextIO | None = None) -> None:
    """Send structlog and the standard library's loggers through one door. Call once, first thing in a process."""
    out = out or sys.stderr
    as_text = format_ == "text" or (format_ == "auto" and out.isatty())
    renderer: Any = _as_text if as_text else structlog.processors.JSONRenderer(ensure_ascii=False)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _Stamp(process),
            private_out,
            in_order,
            renderer,
        ],
    )
    door = logging.StreamHandler(out)
    door.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [door]
    root.setLevel(level.upper())
    # Libraries say at info what is of use to their own authors only.
    for chatty in ("aiohttp", "aioice", "aiortc", "aiosqlite", "alembic", "asyncio", "sqlalchemy"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class _Stamp:
    """Says which process wrote the line."""

    def __init__(self, process: str) -> None:
        self._process = process

    def __call__(self, _logger: object, _method: str, event: _Event) -> _Event:
        event["process"] = self._process
        return event


def private_out(_logger: object, _method: str, event: _Event) -> _Event:
    """Blank what is private, in every value of the line."""
    cleaned: dict[str, Any] = {}
    for key, value in event.items():
        if key in PRIVATE_KEYS:
            cleaned[key] = BLANK
        elif key == "exception" and isinstance(value, str):
            cleaned[key] = scrub_text(value[-TRACEBACK_CHARS_MAX:], TRACEBACK_CHARS_MAX)
        elif key in ("at", "level", "logger", "process"):
            cleaned[key] = value
        else:
            cleaned[key] = scrub(value)
    return cleaned


def in_order(_logger: object, _method: str, event: _Event) -> _Event:
    """The event's name first, ids in one order, so that eyes and grep find them."""
    ordered = {key: event[key] for key in HEAD if key in event}
    return ordered | {key: value for key, value in event.items() if key not in ordered}


def _as_text(_logger: object, _method: str, event: _Event) -> str:
    exception = event.pop("exception", None)
    head = f"{event.pop('at', '')} {event.pop('level', ''):7} {event.pop('event', '')}"
    line = " ".join([head, *(f"{key}={value}" for key, value in event.items())])
    return f"{line}\n{exception}" if exception else line
