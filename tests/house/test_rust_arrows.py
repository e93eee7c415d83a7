"""Rust crates: bindings -> driver -> engine -> wire, never back. Only bindings knows PyO3, only driver the system."""

import json
import subprocess
from functools import cache

import pytest

from tests.house.tree import ROOT

PREFIX = "homeroom-"
ALLOWED = {
    "wire": set[str](),
    "engine": {"wire"},
    "driver": {"engine", "wire"},
    "bindings": {"driver", "engine", "wire"},
    "sim": {"engine", "wire"},
}
# Crates from outside that only one room may name: PyO3 for bindings; sockets, threads and file descriptors for driver.
ONLY = {
    "pyo3": {"bindings"},
    "libc": {"driver", "bindings"},
    "socket2": {"driver"},
    "mio": {"driver"},
    "tokio": set[str](),
    "rand": set[str](),
}


@cache
def dependencies() -> dict[str, set[str]]:
    """Direct, non-development dependencies of each of our crates, by package name."""
    done = subprocess.run(
        ["cargo", "metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path", "media/Cargo.toml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return {
        package["name"].removeprefix(PREFIX): {one["name"] for one in package["dependencies"] if one["kind"] != "dev"}
        for package in json.loads(done.stdout)["packages"]
    }


def test_crates_are_those_of_the_house() -> None:
    assert dependencies().keys() == ALLOWED.keys()


def test_arrows_between_crates() -> None:
    for crate, names in dependencies().items():
        ours = {name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)}
        assert ours <= ALLOWED[crate], f"{crate} may not depend on {ours - ALLOWED[crate]}"


def test_outside_crates_stay_in_their_room() -> None:
    for crate, names in dependencies().items():
        for name in names:
            assert crate in ONLY.get(name, {crate}), f"{crate} may not depend on {name}"


def test_pure_crates_forbid_unsafe_code() -> None:
    for crate in ("wire", "engine"):
        text = (ROOT / "media" / "crates" / crate / "src" / "lib.rs").read_text(encoding="utf-8")
        assert "#![forbid(unsafe_code)]" in text, f"{crate} does not forbid unsafe code"


@pytest.mark.parametrize("crate", ["wire", "engine"])
def test_pure_crates_may_not_take_the_time(crate: str) -> None:
    text = (ROOT / "media" / "crates" / crate / "clippy.toml").read_text(encoding="utf-8")
    for name in ("std::time::Instant::now", "std::time::SystemTime::now", "std::thread::spawn", "std::sync::Mutex"):
        assert name in text, f"clippy.toml of {crate} does not disallow {name}"
