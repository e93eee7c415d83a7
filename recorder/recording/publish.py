"""Where results go: any object store that obstore knows, a folder on this machine first. The manifest goes last."""

import contextlib
from pathlib import Path
from typing import Any

import msgspec
import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from recorder.contract import MadeFile, Manifest

MANIFEST_NAME = "manifest.json"
PART_BYTES = 8 * 1024 * 1024


class Publisher:
    """One recording's folder in the store: `<organisation>/<recording>/`."""

    def __init__(self, store_url: str, org_id: str, recording_id: str) -> None:
        self._prefix = f"{org_id}/{recording_id}/"
        try:
            self._store: Any = open_store(store_url)
        except BaseError as error:
            raise OSError(f"the store cannot be opened: {error}") from error

    def publish(self, manifest: Manifest, scratch: Path) -> None:
        """Every file that is not there yet with its size; then the manifest. Raises `OSError`: try again."""
        files = [track.file for track in manifest.tracks if track.file]
        files += [file for file in (manifest.mix, manifest.poster) if file]
        try:
            for file in files:
                if not self._has(file):
                    # Several parts, so that a large file is not lost with its last packet; a repeat replaces it whole.
                    obstore.put(self._store, self._prefix + file.name, scratch / file.name, chunk_size=PART_BYTES)
                    if not self._has(file):
                        raise OSError(f"{file.name} did not arrive whole")
            obstore.put(self._store, self._prefix + MANIFEST_NAME, msgspec.json.encode(manifest))
        except BaseError as error:
            raise OSError(f"the store refused: {type(error).__name__}") from error

    def replace(self, file: MadeFile, path: Path) -> None:
        """Put one file anew."""
        try:
            obstore.put(self._store, self._prefix + file.name, path, chunk_size=PART_BYTES)
        except BaseError as error:
            raise OSError(f"the store refused: {type(error).__name__}") from error

    def fetch(self, name: str, path: Path) -> None:
        """A published file into a local one."""
        try:
            with path.open("wb") as out:
                for piece in obstore.get(self._store, self._prefix + name).stream(min_chunk_size=PART_BYTES):
                    out.write(piece)
        except BaseError as error:
            raise OSError(f"the store refused: {type(error).__name__}") from error

    def _has(self, file: MadeFile) -> bool:
        with contextlib.suppress(BaseError, FileNotFoundError):
            return bool(obstore.head(self._store, self._prefix + file.name)["size"] == file.bytes)
        return False


def open_store(url: str) -> Any:
    """`file:///folder` (made if need be), `s3://bucket/prefix`, …: secrets come from the environment."""
    if url.startswith("file://"):
        folder = Path(url.removeprefix("file://"))
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return from_url(url)
