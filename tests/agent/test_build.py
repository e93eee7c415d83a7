"""A module that was built from other sources is noticed."""

import shutil
from pathlib import Path

import pytest

from media.agent.build import CRATES, MEDIA, STALE_ALLOWED_VARIABLE, StaleEngine, is_fresh, source_digest


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The sources that count, to change them."""
    shutil.copy(MEDIA / "Cargo.toml", tmp_path)
    shutil.copy(MEDIA / "Cargo.lock", tmp_path)
    for name in CRATES:
        shutil.copytree(MEDIA / "crates" / name, tmp_path / "crates" / name)
    return tmp_path


def test_a_changed_added_or_removed_source_changes_the_digest(tree: Path) -> None:
    before = source_digest(tree)
    assert before is not None
    assert source_digest(tree) == before
    added = tree / "crates" / "wire" / "src" / "added.rs"
    added.write_text("//! Added.\n")
    second = source_digest(tree)
    added.write_text("//! Changed.\n")
    third = source_digest(tree)
    added.unlink()
    assert len({before, second, third}) == 3
    assert source_digest(tree) == before


def test_what_is_not_compiled_in_does_not_count(tree: Path) -> None:
    before = source_digest(tree)
    (tree / "crates" / "wire" / "notes.md").write_text("notes")
    assert source_digest(tree) == before


def test_a_stale_module_is_refused_in_one_sentence(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(STALE_ALLOWED_VARIABLE, raising=False)
    with pytest.raises(StaleEngine, match=r"^[^.]+: run `make setup`\.$"):
        is_fresh("0" * 64, tree)
    monkeypatch.setenv(STALE_ALLOWED_VARIABLE, "1")
    assert not is_fresh("0" * 64, tree)


def test_a_wheel_has_no_sources(tmp_path: Path) -> None:
    assert source_digest(tmp_path) is None
    assert is_fresh("whatever", tmp_path)
