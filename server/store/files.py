"""Small files in the data folder: written whole or not at all, readable by their owner only."""

import os
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """Replace the file by this content."""
    draft = _draft(path, content)
    draft.replace(path)


def write_private_once(path: Path, content: bytes) -> bool:
    """Make the file unless it exists; says whether it was made. Of two processes that try at once, one wins."""
    draft = _draft(path, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _draft(path: Path, content: bytes) -> Path:
    """A complete, synced file beside the wanted one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft
