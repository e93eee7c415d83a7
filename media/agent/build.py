"""Is the native module made of the Rust sources beside it? Only asked in a source tree; a wheel has no sources.

The digest is the one that `media/crates/bindings/build.rs` bakes in; change both together.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

MEDIA = Path(__file__).resolve().parent.parent
CRATES = ("bindings", "driver", "engine", "wire")

STALE_ALLOWED_VARIABLE = "HOMEROOM_ALLOW_STALE_ENGINE"
"""For people who change the engine while something else runs: set to 1, an old module is taken with a warning."""


class StaleEngine(Exception):
    """The text is one sentence for the person at the terminal."""


def _files(media: Path) -> Iterator[Path]:
    yield media / "Cargo.lock"
    yield media / "Cargo.toml"
    for name in CRATES:
        crate = media / "crates" / name
        yield crate / "Cargo.toml"
        if (crate / "build.rs").exists():
            yield crate / "build.rs"
        yield from (crate / "src").rglob("*.rs")


def source_digest(media: Path = MEDIA) -> str | None:
    """The digest of the Rust sources; None where there are none."""
    if not (media / "crates").is_dir():
        return None
    named = sorted((path.relative_to(media).as_posix(), path) for path in _files(media))
    digest = hashlib.sha256()
    for name, path in named:
        content = path.read_bytes()
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def is_fresh(baked: str, media: Path = MEDIA) -> bool:
    """True for a wheel, and for a module built from the sources as they are. Raises `StaleEngine` for another one, or
    answers False where that is allowed."""
    if source_digest(media) in (None, baked):
        return True
    if os.environ.get(STALE_ALLOWED_VARIABLE) == "1":
        return False
    raise StaleEngine("The media engine was built from other sources than these: run `make setup`.")
