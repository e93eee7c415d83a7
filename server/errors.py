"""The tree of errors: who broke the rule is the first split.

    HomeroomError
    ├── Rejected      the other side asked for something that is not allowed: expected, goes back on the wire
    ├── Unavailable   a thing outside failed (disk, database, media process): try again or open a Case
    └── Fault         our own bug: ends the Room or the request it happened in

`code` is stable and for programs, `text` is one sentence for people. Neither may hold a name, an address or a token:
both are logged and sent.
"""

import re

_CODE = re.compile(r"^[a-z][a-z0-9_]{0,63}$")


class HomeroomError(Exception):
    """Root of all errors that we raise on purpose."""

    def __init__(self, code: str, text: str) -> None:
        if not _CODE.match(code):
            raise ValueError(f"error code {code!r} is not lower_case_with_underscores")
        super().__init__(code, text)
        self.code = code
        self.text = text

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


class Rejected(HomeroomError):
    """The other side asked for something that is not allowed. Logged at info at most."""


class Unavailable(HomeroomError):
    """Something outside of this process failed; the same request may work later."""


class Fault(HomeroomError):
    """An invariant of ours is broken. Raise it where that is noticed; never go on."""

    def __init__(self, text: str) -> None:
        super().__init__("fault", text)
