"""`make measure-recording`: a row per fault: packets that can be had and are missing, and how long until a Case."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.measure.report import Row, publish
from tests.support.recording_faults import CASE_S_MAX, FAULTS, NEEDS_DISK, may_mount, suffer

NOTES = (
    "A class of two publishers through the real server, compared bit by bit with what they sent. Recoverable: sent at "
    "least 250 ms before a kill -9, or while media was there; what never reached a server is listed, not counted."
)


async def measure(names: list[str]) -> list[Row]:
    rows: list[Row] = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            if name in NEEDS_DISK and not may_mount(Path(folder)):
                print(f"{name}: this machine gives no disk to a test")
                continue
            outcome = await suffer(name, Path(folder))
        rows.append(Row(f"{name}.recoverable_packets_lost", outcome.lost, at_most=0))
        rows.append(Row(f"{name}.packets_changed", outcome.changed, at_most=0))
        rows.append(Row(f"{name}.packets_sent", outcome.sent, at_least=300))
        if outcome.case_after_s is not None:
            rows.append(Row(f"{name}.case_after_s", round(outcome.case_after_s, 1), at_most=CASE_S_MAX))
        print(rows[-4:], flush=True)
    return rows


def main() -> int:
    names = sys.argv[1:] or list(FAULTS)
    rows = asyncio.run(measure(names))
    return 0 if publish("recording", "Recording under faults", rows, NOTES) else 1


if __name__ == "__main__":
    sys.exit(main())
