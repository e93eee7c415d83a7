"""Ids: a three-letter prefix that tells the kind, and 128 random bits that nobody can guess.

Control mints every id, so that a command can name its object before the answer comes.
"""

import secrets
from typing import Literal

Prefix = Literal[
    "org", "per", "grd", "ser", "ses", "sea", "lnk", "con", "cas", "aud", "fac",
    "rom", "par", "trn", "trk", "sub", "tap", "tic", "cmd", "ctl", "req",
]  # fmt: skip

RANDOM_BYTES = 16


def mint(prefix: Prefix) -> str:
    """A new id such as `ses_9xT0…`: url-safe, 26 characters, fits `signaling.messages.Id`."""
    return f"{prefix}_{secrets.token_urlsafe(RANDOM_BYTES)}"
