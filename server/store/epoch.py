"""The lease epoch: a number that every start of a control process raises, so that media knows the newest one."""

from pathlib import Path

from server.clock import Clock
from server.errors import Unavailable
from server.store.files import write_private


def next_epoch(path: Path, clock: Clock) -> int:
    """One more than the last, and at least the time in seconds: a data folder from a backup must not go back."""
    try:
        last = int(path.read_text("ascii"))
    except (FileNotFoundError, ValueError):
        last = 0
    except OSError as error:
        raise Unavailable("data_folder_unusable", f"Cannot read {path}: {error.strerror}.") from error
    epoch = max(last + 1, int(clock.now_utc().timestamp()))
    try:
        write_private(path, str(epoch).encode())
    except OSError as error:
        raise Unavailable("data_folder_unusable", f"Cannot write {path}: {error.strerror}.") from error
    return epoch
