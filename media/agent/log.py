"""Logs of a media process that was started by itself: one JSON line an event on stderr, as the rest of the house does.

Nothing here logs an address, a token or a name; ids only.
"""

import logging
import sys

import structlog


def configure_if_bare(level: str) -> None:
    """Do nothing where the command line has configured logging already."""
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
