"""Session descriptions as lines (RFC 8866): parse, keep everything, write back.

This file knows only the shape of SDP: one letter, `=`, a value; a session part and media sections; attributes in the
order in which they stood. What an attribute says is read in `signaling/sdp_fields.py`, a whole section in
`signaling/sdp_media.py`. The text is foreign input: whatever is wrong with it raises `SdpError`, and nothing else is
ever raised. Must not be used to decide what is allowed. Pure: no aiohttp, asyncio or database.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# Chromium's offer with every codec and 3 m-lines has 200 lines; its answer to 31 m-lines about 700.
SDP_CHARS_MAX = 200_000
LINE_CHARS_MAX = 4096
SECTIONS_MAX = 128
LINES_PER_SECTION_MAX = 1000
FORMATS_MAX = 64

_LINE = re.compile(r"^([a-z])=(.*)$")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_TOKEN = re.compile(r"^[!#-'*+\-.0-9A-Z^-~]+$")  # RFC 8866 section 9, token
_PORT = re.compile(r"^([0-9]{1,5})(?:/[0-9]{1,5})?$")
MEDIA_KINDS = ("audio", "video", "application")


class SdpError(ValueError):
    """The text is not a session description that we read, with the reason as a sentence."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One `a=` line. `value` None: a property attribute such as `a=rtcp-mux`."""

    name: str
    value: str | None = None

    def line(self) -> str:
        return f"a={self.name}" if self.value is None else f"a={self.name}:{self.value}"


@dataclass(frozen=True, slots=True)
class MediaLine:
    """The `m=` line."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]

    def line(self) -> str:
        return f"m={self.kind} {self.port} {self.protocol} {' '.join(self.formats)}"


@dataclass(frozen=True, slots=True)
class Section:
    """A media section: its `m=` line, lines that are no attributes (`c=`, `b=`) as they stood, then attributes."""

    media: MediaLine
    other: tuple[str, ...]
    attributes: tuple[Attribute, ...]

    def values(self, name: str) -> tuple[str, ...]:
        return attribute_values(self.attributes, name)

    def value(self, name: str) -> str | None:
        return first_value(self.attributes, name)

    def has(self, name: str) -> bool:
        return any(attribute.name == name for attribute in self.attributes)


@dataclass(frozen=True, slots=True)
class Description:
    """A whole session description. `head` are the session's lines that are no attributes, `v=` first."""

    head: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    sections: tuple[Section, ...]

    def values(self, name: str) -> tuple[str, ...]:
        return attribute_values(self.attributes, name)

    def value(self, name: str) -> str | None:
        return first_value(self.attributes, name)


def attribute_values(attributes: Iterable[Attribute], name: str) -> tuple[str, ...]:
    """All values of the attributes with this name, in order; property attributes are left out."""
    return tuple(a.value for a in attributes if a.name == name and a.value is not None)


def first_value(attributes: Iterable[Attribute], name: str) -> str | None:
    """The first value of an attribute, None when it does not stand there."""
    return next((a.value for a in attributes if a.name == name and a.value is not None), None)


def parse(text: str) -> Description:
    """Read a session description. Raises `SdpError`."""
    if len(text) > SDP_CHARS_MAX:
        raise SdpError(f"longer than {SDP_CHARS_MAX} characters")
    groups = _split(_lines(text))
    head, attributes = _read_part(groups[0])
    _check_head(head)
    sections = tuple(_read_section(group) for group in groups[1:])
    return Description(tuple(f"{letter}={value}" for letter, value in head), attributes, sections)


def write(description: Description) -> str:
    """The text, lines ended by CR LF. `parse(write(x)) == x` for every x that came from `parse`."""
    lines = [*description.head, *(attribute.line() for attribute in description.attributes)]
    for section in description.sections:
        lines.append(section.media.line())
        lines += section.other
        lines += (attribute.line() for attribute in section.attributes)
    return "\r\n".join(lines) + "\r\n"


def _lines(text: str) -> Iterator[tuple[str, str]]:
    lines = text.split("\n")
    if lines and lines[-1] in ("", "\r"):
        lines.pop()
    for number, raw in enumerate(lines, 1):
        line = raw.removesuffix("\r")
        if len(line) > LINE_CHARS_MAX:
            raise SdpError(f"line {number} is longer than {LINE_CHARS_MAX} characters")
        match = _LINE.match(line)
        if match is None or _CONTROL.search(line):
            raise SdpError(f"line {number} is not a letter, an equals sign and printable text")
        yield match[1], match[2]


def _split(lines: Iterable[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """The session's lines, then a group for every `m=`."""
    groups: list[list[tuple[str, str]]] = [[]]
    for letter, value in lines:
        if letter == "m":
            if len(groups) > SECTIONS_MAX:
                raise SdpError(f"more than {SECTIONS_MAX} media sections")
            groups.append([])
        elif len(groups[-1]) >= LINES_PER_SECTION_MAX:
            raise SdpError(f"more than {LINES_PER_SECTION_MAX} lines in a section")
        groups[-1].append((letter, value))
    return groups


def _check_head(head: list[tuple[str, str]]) -> None:
    """RFC 8866 section 5: version first, then one origin and one name."""
    letters = [letter for letter, _ in head]
    if not head or head[0] != ("v", "0"):
        raise SdpError("the first line is not v=0")
    if letters.count("v") != 1 or letters.count("o") != 1 or letters.count("s") != 1:
        raise SdpError("v=, o= and s= must stand once in the session part")


def _read_part(lines: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], tuple[Attribute, ...]]:
    other = [(letter, value) for letter, value in lines if letter != "a"]
    return other, tuple(_read_attribute(value) for letter, value in lines if letter == "a")


def _read_attribute(text: str) -> Attribute:
    name, colon, value = text.partition(":")
    if not _TOKEN.match(name):
        raise SdpError("an attribute has no name")
    return Attribute(name, value if colon else None)


def _read_section(lines: list[tuple[str, str]]) -> Section:
    media = _read_media_line(lines[0][1])
    other, attributes = _read_part(lines[1:])
    return Section(media, tuple(f"{letter}={value}" for letter, value in other), attributes)


def _read_media_line(text: str) -> MediaLine:
    words = text.split(" ")
    if len(words) < 4 or "" in words:
        raise SdpError("an m= line needs kind, port, protocol and a format")
    kind, port_text, protocol, *formats = words
    match = _PORT.match(port_text)
    if kind not in MEDIA_KINDS:
        raise SdpError("the kind of an m= line is not audio, video or application")
    if match is None or int(match[1]) > 65535:
        raise SdpError("the port of an m= line is not a number up to 65535")
    if len(formats) > FORMATS_MAX:
        raise SdpError(f"more than {FORMATS_MAX} formats in an m= line")
    return MediaLine(kind, int(match[1]), protocol, tuple(formats))
