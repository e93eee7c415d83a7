"""What a recorder process is told when it starts."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RecorderSettings:
    """Addresses are `unix:/path` or `host:port`. `spool_dir` should be on another disk than the media process's."""

    recorder_id: str
    address: str
    orders_address: str
    token: str = field(repr=False)
    spool_dir: Path
    work_dir: Path
    store_url: str
    niceness: int = 19
    """Of the work on results: the least there is, so that live classes never feel it."""
