"""`make bench`: instructions of the packet path's hot functions, counted by callgrind, so that two machines agree.

valgrind's CPU has no AVX-512: what sealing costs in time is `part_us_crypto` of `measure-forwarding`.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.measure.report import Row, publish
from tests.measure.rig import BINARY

ROUNDS = 200
FUNCTIONS = {
    "header_and_seal_1200": "bench::hot::header_and_seal",
    "header_and_seal_120": "bench::hot::header_and_seal",
    "fan_out_to_100": "bench::path::World::forward",
    "parse_rtcp": "bench::hot::parse",
}
COLLECTED = re.compile(r"Collected : (\d+)")


def instructions(name: str, function: str, folder: Path) -> int:
    """Of one round of it."""
    command = [
        "valgrind",
        "--tool=callgrind",
        f"--callgrind-out-file={folder / name}",
        f"--toggle-collect={function}",
        str(BINARY),
        "hot",
        name,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    found = COLLECTED.search(done.stderr)
    if found is None or int(found[1]) == 0:
        raise RuntimeError(f"callgrind collected nothing in {function}")
    return round(int(found[1]) / ROUNDS)


def main() -> int:
    if shutil.which("valgrind") is None or not BINARY.exists():
        print("make bench needs valgrind, and builds the rest itself", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        counts = {name: instructions(name, function, Path(folder)) for name, function in FUNCTIONS.items()}
    rows = [Row(f"instructions_{name}", count) for name, count in counts.items()]
    rows.append(Row("instructions_fan_out_per_packet", round(counts["fan_out_to_100"] / 100)))
    notes = (
        f"callgrind, each the mean of {ROUNDS} rounds. `fan_out_to_100` is one packet in, opened, stored, selected, "
        "rewritten and sealed for 100; `parse_rtcp` a sender report, a CNAME and feedback on 20 packets."
    )
    publish("bench", "Hot functions", rows, notes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
