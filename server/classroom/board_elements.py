"""Elements of a drawing: what may be drawn, and which of two states of one element wins. Pure.

An element is Excalidraw's own object. We read its id, kind, version and what could do harm, and keep the rest as it
is. The higher `version` wins; with the same version the lower `versionNonce`: every page that merges so, in whatever
order, comes to the same drawing.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from server.classroom.people import rejected
from signaling.codes import ErrorCode

Element = dict[str, Any]

KINDS = frozenset({"rectangle", "diamond", "ellipse", "arrow", "line", "freedraw", "text", "frame"})
STAFF_KINDS = KINDS | {"image"}  # pictures of students come as materials, which are looked at first
FIELDS_MAX = 100
DEPTH_MAX = 6  # Excalidraw's own have three: points, bound elements, arrow heads' fixed points
ELEMENT_BYTES_MAX = 150_000  # a stroke of some eight thousand points: two minutes without lifting the pen
CHUNK_BYTES_MAX = 180_000  # elements in one fact, which may hold 256 kB
PAGE_ELEMENTS_MAX = 5_000  # deleted ones too: they must stay deleted
PAGE_BYTES_MAX = 2_000_000  # what somebody who opens the page waits for
NUMBER_MAX = 2**53 - 1
ID_CHARS_MAX = 64
_LINK_SCHEMES = ("http", "https")


@dataclass(slots=True)
class Drawing:
    """All elements of one page or copy, by id, and how much that is."""

    elements: dict[str, Element] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    bytes: int = 0

    def put(self, element: Element) -> int:
        """Take an element that has won; its size. Of a deleted one only the mark stays."""
        element_id: str = element["id"]
        kept = _mark(element) if is_deleted(element) else element
        size = size_of(kept)
        self.bytes += size - self.sizes.get(element_id, 0)
        self.sizes[element_id] = size
        self.elements[element_id] = kept
        return size

    def shown(self) -> tuple[Element, ...]:
        """What there is to see."""
        return tuple(element for element in self.elements.values() if not is_deleted(element))


def size_of(element: Element) -> int:
    """As large as the store will write it: escaped, with spaces."""
    return len(json.dumps(element))


def is_deleted(element: Mapping[str, Any]) -> bool:
    return element.get("isDeleted") is True


def _mark(element: Element) -> Element:
    return {name: element[name] for name in ("id", "type", "version", "versionNonce", "isDeleted")}


def check_element(element: Element, *, staff: bool) -> int:
    """Its size. Raises `Rejected` (`bad_element`) for what is no element, is too large, or could do harm to those who
    see it or to what stores it."""
    if not (
        len(element) <= FIELDS_MAX
        and _is_id(element.get("id"))
        and element.get("type") in (STAFF_KINDS if staff else KINDS)
        and _is_number(element.get("version"))
        and _is_number(element.get("versionNonce"))
        and isinstance(element.get("isDeleted", False), bool)
        and _is_link(element.get("link"), staff)
        and element.get("customData") is None
        and _is_shallow(element)
    ):
        raise rejected(ErrorCode.BAD_ELEMENT)
    try:
        text = json.dumps(element)
    except ValueError:  # a number of thousands of digits
        raise rejected(ErrorCode.BAD_ELEMENT) from None
    # A NUL in a text is JSON, and PostgreSQL stores none.
    if len(text) > ELEMENT_BYTES_MAX or "\\u0000" in text:
        raise rejected(ErrorCode.BAD_ELEMENT)
    return len(text)


def _is_shallow(element: Element) -> bool:
    """Lists in lists in lists cost more than they show, to everybody who reads them."""
    level: list[Any] = [element]
    for _ in range(DEPTH_MAX):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return True
    return False


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= ID_CHARS_MAX and value.isprintable()


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= NUMBER_MAX


def _is_link(value: object, staff: bool) -> bool:
    """Links are off for students; those of staff lead to web pages and nothing else."""
    if value is None or value == "":
        return True
    if not staff or not isinstance(value, str):
        return False
    try:
        return urlsplit(value).scheme in _LINK_SCHEMES
    except ValueError:
        return False


def wins(new: Mapping[str, Any], old: Mapping[str, Any] | None) -> bool:
    """Does this state of an element replace that one?"""
    if old is None:
        return True
    if new["version"] != old["version"]:
        return bool(new["version"] > old["version"])
    return bool(new["versionNonce"] < old["versionNonce"])


def winners(
    drawing: Drawing, elements: Iterable[Element], *, staff: bool, base: Mapping[str, Element] | None = None
) -> list[Element]:
    """Those of the elements that change the drawing. Raises `Rejected` if one of them may not be, or all do not fit.

    `base`: what lies under a copy and counts as old until the copy has its own state of it.
    """
    won: dict[str, Element] = {}
    sizes: dict[str, int] = {}
    for element in elements:
        size = check_element(element, staff=staff)
        element_id = element["id"]
        old = won.get(element_id) or drawing.elements.get(element_id) or (base or {}).get(element_id)
        if wins(element, old):
            won[element_id] = element
            sizes[element_id] = 0 if is_deleted(element) else size
    added = sum(size - drawing.sizes.get(element_id, 0) for element_id, size in sizes.items())
    new = sum(one not in drawing.elements for one in won)
    # One can always rub out, even on a page that is full.
    if added > 0 and drawing.bytes + added > PAGE_BYTES_MAX:
        raise rejected(ErrorCode.TOO_MANY)
    if new and len(drawing.elements) + new > PAGE_ELEMENTS_MAX:
        raise rejected(ErrorCode.TOO_MANY)
    return list(won.values())


def chunks(elements: Iterable[Element]) -> Iterator[tuple[Element, ...]]:
    """In their order, as many together as one fact may hold."""
    chunk: list[Element] = []
    bytes_ = 0
    for element in elements:
        size = size_of(element)
        if chunk and bytes_ + size > CHUNK_BYTES_MAX:
            yield tuple(chunk)
            chunk, bytes_ = [], 0
        chunk.append(element)
        bytes_ += size + 2  # the comma between two
    if chunk:
        yield tuple(chunk)
