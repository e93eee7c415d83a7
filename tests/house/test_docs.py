"""What the documents promise is there: messages, codes, configuration, links, decisions."""

import re
from pathlib import Path
from typing import get_args

import pytest

from server.config_file import render_sample
from signaling import codes, messages
from tests.house.tree import ROOT, code, files, relative

PAGES = tuple(path for path in files() if path.suffix == ".md")
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)|src=\"(?!https?://)([^\"]+)\"")
ADR_PARTS = ("**Question.**", "**Options.**", "**Choice.**", "**What would change our mind.**")


def protocol() -> str:
    return (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")


def tags(union: object) -> list[str]:
    return [str(message.__struct_config__.tag) for message in get_args(union)]


@pytest.mark.parametrize("tag", [*tags(messages.ClientMessage), *tags(messages.ServerMessage)])
def test_every_message_is_in_the_protocol(tag: str) -> None:
    assert f"`{tag}`" in protocol()


@pytest.mark.parametrize("word", [*codes.ErrorCode, *codes.ByeCode])
def test_every_code_is_in_the_protocol(word: str) -> None:
    assert f"`{word}`" in protocol()


def test_the_sample_is_what_the_code_says() -> None:
    assert (ROOT / "deploy" / "homeroom.sample.toml").read_text(encoding="utf-8") == render_sample()


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = [first or second for first, second in LINK.findall(text)]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing, f"{relative(page)} points to nothing: {missing}"


def test_decisions_are_numbered_and_whole() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [path.name[:4] for path in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert all(part in text for part in ADR_PARTS), f"{path.name} lacks one of {ADR_PARTS}"
        assert len(text.split()) < 600, f"{path.name} is longer than a page"


def test_changelog_has_a_place_for_today() -> None:
    assert "\n## Unreleased\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_makefile_targets_are_those_of_the_readme() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"make ([a-z][a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    missing = [name for name in named if not re.search(rf"^{name}:", makefile, re.MULTILINE)]
    assert named
    assert not missing


def test_python_packages_say_what_they_are() -> None:
    silent = [
        relative(path) for path in code(".py") if not path.read_text(encoding="utf-8").lstrip().startswith(('"""', "#"))
    ]
    # an empty __init__ of a test folder has nothing to say
    silent = [name for name in silent if not (name.startswith("tests/") and name.endswith("__init__.py"))]
    assert not silent, f"no docstring that says what it promises: {silent}"
