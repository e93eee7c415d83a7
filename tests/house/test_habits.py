"""No sleeps where a condition can be waited for, nothing unfinished, nothing of one machine in a committed file."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, code, files, relative, texts

# Rooms whose tests run against real time: browsers, killed processes, long runs, measures.
REAL_TIME = (
    "tests/e2e/",
    "tests/e2e_aiortc/",
    "tests/soak/",
    "tests/faults/",
    "tests/measure/",
    "tests/support/",
    "tests/wheel/",
)

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|unimplemented!|todo!\(|NotImplementedError")
LOCKS = ("requirements.lock", "requirements-dev.lock", "package-lock.json", "Cargo.lock")
MACHINE_PATH = re.compile(r"(?<![\w.{<$-])/(?:work|root|home)/[\w.-]+")


def sleeps(path: Path) -> list[int]:
    """Lines on which something called `sleep` is called with anything but 0 (`asyncio.sleep(0)` only yields)."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        zero = len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
        if name == "sleep" and not zero:
            found.append(node.lineno)
    return found


def test_tests_wait_for_conditions_not_for_time() -> None:
    found = {}
    for path in code(".py"):
        name = relative(path)
        is_test = path.name.startswith(("test_", "conftest")) and not name.startswith(REAL_TIME)
        if is_test and (lines := sleeps(path)):
            found[name] = lines
    for path in code(".rs"):
        name, text = relative(path), path.read_text(encoding="utf-8")
        # the driver is the room that owns real time; its own tests may wait for its threads
        if "/tests/" in name and "crates/driver" not in name and "thread::sleep" in text:
            found[name] = [text[: text.index("thread::sleep")].count("\n") + 1]
    assert not found, f"wait for a condition instead of sleeping: {found}"


def test_sleep_finder_finds(tmp_path: Path) -> None:
    sample = tmp_path / "sample.py"
    sample.write_text("import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    await asyncio.sleep(0.1)\n")
    assert sleeps(sample) == [4]


def test_nothing_is_left_unfinished() -> None:
    found = [
        f"{relative(path)}:{number}: {line.strip()[:100]}"
        for path in code(".py", ".rs", ".ts", ".tsx")
        if relative(path) != "tests/house/test_habits.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert not found, "\n".join(found)


def test_no_machine_path_is_committed() -> None:
    found = [
        f"{relative(path)}:{number}: {match.group(0)}"
        for path in texts()
        if path.name not in LOCKS
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        for match in MACHINE_PATH.finditer(line)
    ]
    assert not found, "a path of one machine:\n" + "\n".join(found)


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_files_name_no_private_registry(lock: str) -> None:
    paths = [path for path in files() if path.name == lock]
    assert paths, f"{lock} is not committed"
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert "--index-url" not in text and "--extra-index-url" not in text, f"{relative(path)} names an index"
        assert '"resolved"' not in text, f"{relative(path)} holds download addresses"
        if lock == "Cargo.lock":
            sources = set(re.findall(r'^source = "([^"]+)"', text, re.MULTILINE))
            assert sources <= {"registry+https://github.com/rust-lang/crates.io-index"}, sources


def test_no_package_client_is_configured_in_the_tree() -> None:
    configured = {".npmrc", "pip.conf", "uv.toml", ".yarnrc", ".pypirc"}
    found = [relative(path) for path in files() if path.name in configured]
    found += [relative(path) for path in files() if path.parent.name == ".cargo" and path.name == "config.toml"]
    for name in found:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text, f"{name} names a registry"
