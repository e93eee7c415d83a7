"""How a command ends: what is said, and the exit code (sysexits.h)."""

import sys

from server.errors import HomeroomError, Unavailable

OK = 0
USAGE = 2
REFUSED = 65
UNAVAILABLE = 69
CANNOT_WRITE = 73
BAD_CONFIG = 78

_CODES = {"data_folder_unusable": CANNOT_WRITE, "data_folder_in_use": CANNOT_WRITE, "store_newer": CANNOT_WRITE}


def say(line: str) -> None:
    """One line for whoever or whatever asked, on standard output."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def complain(line: str) -> None:
    """One line for a person, on standard error."""
    sys.stderr.write(f"homeroom: {line}\n")
    sys.stderr.flush()


def end_with(error: HomeroomError) -> int:
    """Say what went wrong in one sentence; the exit code for it."""
    complain(error.text)
    if isinstance(error, Unavailable):
        return _CODES.get(error.code, UNAVAILABLE)
    return REFUSED
