"""Recordings' files on this machine and in the store: raw copies to be removed, results to be read or removed."""

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store, from_url

from server.errors import Unavailable

SIGNED_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CopyFolders:
    """Where media processes of this machine write copy A: `<folder>/<recording_id>`."""

    copy_a: tuple[str, ...]

    def remove(self, recording_id: str) -> None:
        """Nothing is left of this copy. Raises `OSError`."""
        for folder in self.copy_a:
            path = Path(folder) / recording_id
            if path.exists():
                shutil.rmtree(path)


class ResultFiles:
    """The published files: `<organisation>/<recording>/<name>` in a folder or an object store."""

    def __init__(self, store_url: str) -> None:
        self._folder = Path(store_url.removeprefix("file://")) if store_url.startswith("file://") else None
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._store: Any = from_url(store_url)

    def local(self, org_id: str, recording_id: str, name: str) -> Path | None:
        """The file itself, where results lie in a folder; None where they do not."""
        return None if self._folder is None else self._folder / org_id / recording_id / name

    async def address(self, org_id: str, recording_id: str, name: str) -> str:
        """A signed address in the object store, good for an hour. Raises `Unavailable`."""
        if not isinstance(self._store, S3Store):
            raise Unavailable("store_unavailable", "This store cannot sign addresses.")
        try:
            signed = await obstore.sign_async(self._store, "GET", f"{org_id}/{recording_id}/{name}", SIGNED_FOR)
        except BaseError as error:
            raise Unavailable("store_unavailable", "The store of recordings does not answer.") from error
        return str(signed)

    async def remove(self, org_id: str, recording_id: str, names: list[str] | None = None) -> int:
        """Remove these files, or all of the recording; how many were there. Raises `Unavailable`."""
        prefix = f"{org_id}/{recording_id}/"
        try:
            there = [
                str(meta["path"])
                async for batch in obstore.list(self._store, prefix)
                for meta in batch
                if names is None or str(meta["path"]).removeprefix(prefix) in names
            ]
            if there:
                await obstore.delete_async(self._store, there)
        except BaseError as error:
            raise Unavailable("store_unavailable", "The store of recordings does not answer.") from error
        if self._folder is not None and names is None:
            shutil.rmtree(self._folder / org_id / recording_id, ignore_errors=True)
        return len(there)
