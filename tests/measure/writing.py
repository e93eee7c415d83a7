"""What recording costs the media process while it forwards: the same class recorded twice and not at all, in turn.

Copy A goes to a folder on this machine's disk, copy B over a Unix socket to a process that takes and acknowledges it.
CPU time is user and system time of the whole media process, with the spool's threads; each ratio is one of neighbours
in time.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from tests.measure.report import Row, publish
from tests.measure.rig import BINARY, End, Rig, Stretch, rigs

ROUNDS = 5
STRETCH_S = 1.0
FRAMES_PER_S = 600
"""Of 5 packets: 28 Mbit/s, what sixty people with pictures send; the fixed cost of a second is shared by them."""

SUBSCRIBERS = (1, 9, 29)
"""A lesson of two, a class of ten, a class of thirty: what each publisher's packets go to."""

SHARE_PERCENT_MAX = 10.0
LATENCY_MS_MORE_MAX = 1.0


def alternate(plain: Rig, recorded: Rig) -> list[tuple[Stretch, Stretch]]:
    """Stretches of both in turn; the first of each only warms up."""
    found = []
    for number in range(ROUNDS + 1):
        pair = tuple(rig.go(round(FRAMES_PER_S * STRETCH_S), FRAMES_PER_S) for rig in (plain, recorded))
        if number > 0:
            found.append((pair[0], pair[1]))
        for rig in (plain, recorded):
            rig.check()
    return found


def one(count: int, folder: Path, details: dict[str, object]) -> list[Row]:
    socket = folder / f"recorder-{count}.sock"
    recorder = End([str(BINARY), "recorder", str(socket)], None)
    try:
        places = (str(folder / f"spool-{count}"), str(socket))
        with rigs(Rig("sfu", "video"), Rig("sfu", "video", recorded=places)) as (plain, recorded):
            for rig in (plain, recorded):
                rig.join(count)
            found = alternate(plain, recorded)
    finally:
        recorder.close()
    share = statistics.median((b.cpu_ns - a.cpu_ns) / b.cpu_ns * 100 for a, b in found)
    packets = FRAMES_PER_S * STRETCH_S * 5
    each = statistics.median((b.cpu_ns - a.cpu_ns) / 1000 / packets for a, b in found)
    late = [statistics.median(pair[at].clients["latency_us_p99"] / 1000 for pair in found) for at in (0, 1)]
    details[f"cpu_ns_{count}"] = [(a.cpu_ns, b.cpu_ns) for a, b in found]
    bound = count == SUBSCRIBERS[-1]
    return [
        Row(f"recording_cpu_percent_{count + 1}", round(share, 1), at_most=SHARE_PERCENT_MAX if bound else None),
        Row(f"recording_cpu_us_per_packet_in_{count + 1}", round(each, 2)),
        Row(f"latency_ms_p99_{count + 1}", round(late[0], 3)),
        Row(f"latency_ms_p99_more_{count + 1}", round(late[1] - late[0], 3), at_most=LATENCY_MS_MORE_MAX),
        Row(f"records_dropped_{count + 1}", recorded_dropped(found), at_most=0),
    ]


def recorded_dropped(found: list[tuple[Stretch, Stretch]]) -> int:
    return sum(b.counters.get("driver_tap_records_dropped", 0) for _, b in found)


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    if not BINARY.exists():
        print(f"{BINARY} is missing: make measure-writing builds it", file=sys.stderr)
        return 2
    details: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        rows = [row for count in SUBSCRIBERS for row in one(count, Path(folder), details)]
    notes = (
        "Media process alone, loopback, one camera of 5 packets a frame at 600 frames/s to so many others; both copies "
        "written. The share is of the recording process's whole CPU time."
    )
    return 0 if publish("writing", "Writing recordings", rows, notes, details) else 1


if __name__ == "__main__":
    sys.exit(main())
