"""The bytes of materials: written into a quarantine, moved out of it once their content was looked at.

Names on disk are our own ids: nothing that a person typed becomes part of a path.
"""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import BinaryIO

from server.errors import Fault, Rejected, Unavailable

WRITE_BYTES = 1024 * 1024

_ID = re.compile(r"^mat_[A-Za-z0-9_-]{10,40}$")


class Draft:
    """A file on its way in, in quarantine. Leave it with `keep` or `drop`."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self.size_bytes = 0
        self._file = file
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> bytes:
        return self._digest.digest()

    async def fill(self, pieces: AsyncIterator[bytes], bytes_max: int) -> None:
        """Write what comes, in a thread: live Rooms share this process. Raises `Rejected` (`too_large`) at the first
        byte over the limit."""
        waiting = bytearray()
        try:
            async for piece in pieces:
                self.size_bytes += len(piece)
                if self.size_bytes > bytes_max:
                    raise Rejected("too_large", f"A file may have at most {bytes_max // 1024 // 1024} MB.")
                waiting += piece
                if len(waiting) >= WRITE_BYTES:
                    await asyncio.to_thread(self._write, bytes(waiting))
                    waiting.clear()
            await asyncio.to_thread(self._finish, bytes(waiting))
        except OSError as error:
            raise Unavailable("store_unavailable", "The file cannot be stored right now.") from error
        finally:
            self._file.close()

    def _write(self, piece: bytes) -> None:
        self._digest.update(piece)
        self._file.write(piece)

    def _finish(self, piece: bytes) -> None:
        self._write(piece)
        self._file.flush()
        os.fsync(self._file.fileno())

    def drop(self) -> None:
        """Forget it, whatever became of it."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class MaterialFiles:
    """The two folders: `quarantine` for what nobody looked at yet, and the one that is served."""

    def __init__(self, folder: Path) -> None:
        self._served = folder / "served"
        self._quarantine = folder / "quarantine"

    def prepare(self) -> None:
        """Make the folders; what an earlier process left half way is gone."""
        for folder in (self._served, self._quarantine):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in self._quarantine.iterdir():
            left.unlink(missing_ok=True)

    def draft(self, material_id: str) -> Draft:
        """A new file in quarantine, readable by its owner only."""
        path = self._quarantine / _safe(material_id)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Unavailable("store_unavailable", "The file cannot be stored right now.") from error
        return Draft(path, os.fdopen(descriptor, "wb"))

    def keep(self, draft: Draft, material_id: str) -> None:
        """Out of quarantine: it may be served from now on."""
        draft.path.replace(self._served / _safe(material_id))

    def path(self, material_id: str) -> Path:
        """Where a kept file is."""
        return self._served / _safe(material_id)

    def remove(self, material_id: str) -> None:
        """The bytes are gone from the disk."""
        self.path(material_id).unlink(missing_ok=True)

    def sweep(self, known_ids: Iterable[str]) -> int:
        """Remove kept files that no list knows: a process died between two steps. How many there were."""
        known = set(known_ids)
        orphans = [path for path in self._served.iterdir() if path.name not in known]
        for path in orphans:
            path.unlink(missing_ok=True)
        return len(orphans)


def _safe(material_id: str) -> str:
    if not _ID.match(material_id):
        raise Fault("a material's id is not one of ours")
    return material_id
