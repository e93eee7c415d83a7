"""A file holds one idea."""

from pathlib import Path

from tests.house.tree import code, relative

LINES_MAX = 450
SUFFIXES = (".py", ".rs", ".ts", ".tsx")

# A file that is one idea and longer all the same, with the reason. Shorten this list, do not grow it.
LONGER_FOR_A_REASON: dict[str, str] = {}


def lines(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def test_no_file_holds_a_second_idea() -> None:
    long = {relative(path): lines(path) for path in code(*SUFFIXES) if lines(path) > LINES_MAX}
    for name in LONGER_FOR_A_REASON:
        long.pop(name, None)
    assert not long, f"over {LINES_MAX} lines; split it, or list it with a reason: {long}"


def test_every_excuse_is_still_needed() -> None:
    long = {relative(path) for path in code(*SUFFIXES) if lines(path) > LINES_MAX}
    assert LONGER_FOR_A_REASON.keys() <= long, "no longer too long: strike from the list"
