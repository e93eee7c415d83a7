"""What must never stand in a log: names, addresses, tokens, what people say. Two nets, because one has holes.

The first is the caller's: `redact(value)` wraps what is private, and prints as `[redacted]` wherever it ends up. The
second looks at every line on its way out: keys that name private things, and texts that look like an address, a token,
a ticket or a mail address, are blanked. Ids of ours pass.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from server.limits import LOG_VALUE_CHARS_MAX

BLANK = "[redacted]"
NESTING_MAX = 4

# Keys under which private things travel in this house. Whole words: `track_id` passes, `display_name` does not.
PRIVATE_KEYS = frozenset(
    {
        "address",
        "answer",
        "authorization",
        "body_text",
        "chat",
        "cookie",
        "display_name",
        "email",
        "full_name",
        "host",
        "ice_pwd",
        "ip",
        "key",
        "link",
        "name",
        "offer",
        "password",
        "peername",
        "person_name",
        "pwd",
        "remote",
        "remote_address",
        "resume_token",
        "sdp",
        "secret",
        "text",
        "ticket",
        "title",
        "token",
        "transcript",
        "url",
        "user_agent",
    }
)

_JOIN_PATH = re.compile(r"(/(?:j|join)/)[A-Za-z0-9_\-]+")
_JWT = re.compile(r"\b[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{16,}\b")
_EMAIL = re.compile(r"[\w.+\-]+@[\w\-]+\.[\w.\-]+")
# Our ids have 26 characters; link and resume tokens 32 and more. What has one case only is a hash or a name in code.
_TOKEN = re.compile(r"(?<![A-Za-z0-9_\-.])[A-Za-z0-9_\-]{32,}(?![A-Za-z0-9_\-])")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])")
_SECRET_ALPHABET = re.compile(r"(?=.*[A-Z])(?=.*[a-z])")


class Redacted:
    """A private value: usable by who unwraps it on purpose, blank for who prints it."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __repr__(self) -> str:
        return BLANK

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return BLANK


def redact(value: object) -> Redacted:
    """Wrap something private that has to pass through code which may print it."""
    return Redacted(value)


def scrub_text(text: str, chars_max: int = LOG_VALUE_CHARS_MAX) -> str:
    """The text without what looks private, cut to a bounded length."""
    if len(text) > chars_max:
        text = text[:chars_max] + "…"
    text = _JOIN_PATH.sub(rf"\1{BLANK}", text)
    text = _JWT.sub(BLANK, text)
    text = _EMAIL.sub(BLANK, text)
    text = _TOKEN.sub(lambda match: BLANK if _SECRET_ALPHABET.search(match.group()) else match.group(), text)
    text = _IPV4.sub(_blank_address, text)
    return _IPV6.sub(_blank_address, text)


def scrub(value: Any, depth: int = 0) -> Any:
    """Plain data without what is private; anything that is not plain data becomes scrubbed text."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return scrub_text(value)
        case Redacted():
            return BLANK
        case Mapping() | list() | tuple() | set() | frozenset() if depth >= NESTING_MAX:
            return "…"
        case Mapping():
            return {
                str(key): BLANK if str(key).lower() in PRIVATE_KEYS else scrub(one, depth + 1)
                for key, one in value.items()
            }
        case list() | tuple() | set() | frozenset():
            return [scrub(one, depth + 1) for one in value]
        case _:
            return scrub_text(repr(value))


def _blank_address(match: re.Match[str]) -> str:
    """An IP address is blanked unless it says nothing about a person; `12:30:05` is a time, not an address."""
    text = match.group()
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    return text if address.is_unspecified or address.is_loopback else BLANK
