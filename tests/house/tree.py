"""The project's own files, as git would commit them."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT_SUFFIXES = frozenset(
    ".py .pyi .rs .ts .tsx .js .css .html .toml .lock .md .json .sh .yml .yaml .cfg .txt .sdp .in".split()
)


@cache
def files() -> tuple[Path, ...]:
    """Every file that is committed or would be: tracked and untracked, without what .gitignore names."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=20,
    )
    paths = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


def texts() -> tuple[Path, ...]:
    """Those of `files()` that hold text; Makefile, Dockerfile and .ci/run among them."""
    return tuple(path for path in files() if path.suffix in TEXT_SUFFIXES or not path.suffix)


def code(*suffixes: str) -> tuple[Path, ...]:
    return tuple(path for path in files() if path.suffix in suffixes and not path.name.endswith(".gen.ts"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
