"""Addresses that open one file for a while and for nobody else's use: an HMAC over file, person and end of validity.

A player cannot send a header with each request for a piece of a film, so the right is in the address itself.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from server.errors import Rejected
from server.store.files import write_private_once

KEY_BYTES = 32
VALID_FOR = timedelta(hours=6)  # longer than any class, so that a pause for lunch breaks nothing
TEXT_CHARS_MAX = 200


@dataclass(frozen=True, slots=True)
class AddressSigner:
    """Signs and checks. The key never leaves this machine."""

    key: bytes = field(repr=False)

    def query(self, recording_id: str, name: str, person_id: str, now_utc: datetime) -> str:
        """What to hang on the address, after `?`."""
        until = str(int((now_utc + VALID_FOR).timestamp()))
        return urlencode({"until": until, "for": person_id, "sign": self._sign(recording_id, name, person_id, until)})

    def check(self, recording_id: str, name: str, person_id: str, until: str, sign: str, now_utc: datetime) -> None:
        """Raises `Rejected` for what we did not sign, or whose time is over."""
        too_long = max(len(person_id), len(until), len(sign)) > TEXT_CHARS_MAX
        if too_long or not hmac.compare_digest(
            sign.encode(), self._sign(recording_id, name, person_id, until).encode()
        ):
            raise Rejected("not_allowed", "This address was not made here. Open the recording again.")
        if now_utc.timestamp() > int(until):
            raise Rejected("address_expired", "This address has expired. Open the recording again.")

    def _sign(self, recording_id: str, name: str, person_id: str, until: str) -> str:
        text = "\n".join((recording_id, name, person_id, until)).encode()
        return hmac.digest(self.key, text, hashlib.sha256).hex()


def load_or_make_signer(path: Path) -> AddressSigner:
    """The signer of this data folder."""
    write_private_once(path, secrets.token_bytes(KEY_BYTES))
    return AddressSigner(path.read_bytes())
