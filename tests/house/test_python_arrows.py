"""The import contracts of pyproject.toml bite, and what import-linter cannot see holds too."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT, code, relative

PACKAGES = ("server", "signaling", "media", "recorder", "loadtest")

# The compiled module has no Python source, and aiortc's private names are nobody else's business.
ONLY_IN = {
    "media._native": ("media/agent/", "tests/"),
    "aiortc": ("media/agent/handshake", "tests/"),
    "playwright": ("tests/",),
    "sqlalchemy": ("server/store/", "server/access/", "tests/"),
    "alembic": ("server/store/", "tests/"),
    "uvloop": ("server/", "media/agent/"),
}

NO_PYTHON = ("__pycache__", "target", "crates", "fuzz", "static")


def imported(path: Path) -> set[str]:
    """Full names of everything that a file imports, at the top or inside a function."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("name", ONLY_IN)
def test_only_in_its_room(name: str) -> None:
    found = [
        relative(path)
        for path in code(".py")
        if not relative(path).startswith(ONLY_IN[name])
        and any(one == name or one.startswith(f"{name}.") for one in imported(path))
    ]
    assert not found, f"{name} may be imported in {ONLY_IN[name]} only"


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [str(command), "--no-cache"], cwd=tree, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The Python packages alone, to break them."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=lambda _, names: [n for n in names if not keep(n)])
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def keep(name: str) -> bool:
    return name.endswith(".py") or ("." not in name and name not in NO_PYTHON)


@pytest.mark.parametrize(
    ("victim", "line"),
    [
        ("server/classroom/broken.py", "import server.live.actor"),
        ("server/classroom/broken.py", "import server.rtc.plane"),
        ("server/classroom/broken.py", "import asyncio"),
        ("server/rtc/broken.py", "import server.classroom.state"),
        ("server/live/broken.py", "import server.http.websocket"),
        ("server/live/broken.py", "import server.app"),
        ("server/store/broken.py", "import server.access.policy"),
        ("signaling/broken.py", "import asyncio"),
        ("signaling/broken.py", "import server.clock"),
        ("media/agent/broken.py", "import server.clock"),
        ("media/agent/broken.py", "import signaling.sdp"),
        ("recorder/broken.py", "import server.clock"),
        ("loadtest/broken.py", "import media.contract"),
        ("server/broken.py", ""),
    ],
)
def test_contracts_bite(copy: Path, victim: str, line: str) -> None:
    path = copy / victim
    if not path.parent.is_dir():
        pytest.fail(f"{path.parent.name} is not a room of the house")
    path.write_text(line + "\n")
    done = lint(copy)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout, done.stdout + done.stderr


def test_contracts_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
