"""One vocabulary (ARCHITECTURE.md, "Words"): no name for a thing that has a name already, no name that says nothing."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import code, relative

# Alone as the name of a class, a type, a file or a folder they say nothing, or another word stands for it.
EMPTY_WORDS = frozenset(
    {"stream", "peer", "channel", "manager", "handler", "util", "utils", "helper", "helpers", "data", "info"}
)
# Part of a class's name they bring in another project's word for what we call publisher, subscriber, track, Transport.
FOREIGN_WORDS = frozenset({"producer", "consumer", "peer", "manager", "helper", "util", "utils"})
# Names that are not ours: what a browser's API or a library calls a thing.
BORROWED = re.compile(r"RTCPeerConnection|PeerConnection")

WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
RUST_TYPE = re.compile(r"^\s*(?:pub(?:\([\w:]+\))?\s+)?(?:struct|enum|trait|union|type|mod)\s+(\w+)", re.MULTILINE)
TYPESCRIPT_TYPE = re.compile(
    r"^\s*(?:export\s+)?(?:default\s+)?(?:abstract\s+)?(?:class|interface|enum|type)\s+(\w+)", re.MULTILINE
)


def words(name: str) -> list[str]:
    return [word.lower() for word in WORDS.findall(name)]


def is_banned(name: str) -> bool:
    if BORROWED.search(name):
        return False
    parts = words(name)
    return (len(parts) == 1 and parts[0] in EMPTY_WORDS) or bool(FOREIGN_WORDS & set(parts))


def type_names(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from (node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef))
    elif path.suffix == ".rs":
        yield from RUST_TYPE.findall(text)
    else:
        yield from TYPESCRIPT_TYPE.findall(text)


def module_names(path: Path) -> Iterator[str]:
    yield path.name.split(".")[0]
    yield from relative(path).split("/")[:-1]


def test_types_and_modules_speak_our_words() -> None:
    found = set()
    for path in code(".py", ".rs", ".ts", ".tsx"):
        found |= {f"{relative(path)}: {name}" for name in type_names(path) if is_banned(name)}
        found |= {f"{relative(path)}: {name}" for name in module_names(path) if is_banned(name)}
    assert not found, "names that say nothing, or another word for one of ours:\n" + "\n".join(sorted(found))


@pytest.mark.parametrize(
    "name", ["Manager", "RoomManager", "Producer", "utils", "TrackConsumer", "Peer", "helpers", "Stream"]
)
def test_banned(name: str) -> None:
    assert is_banned(name)


@pytest.mark.parametrize(
    "name", ["RtpStream", "RTCPeerConnection", "Track", "ParticipantInfo", "commandHandler", "Subscription"]
)
def test_allowed(name: str) -> None:
    assert not is_banned(name)
