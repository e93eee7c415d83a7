"""Forwarding: what a packet costs, what a core carries, how late packets get, what a subscriber and a join cost.

The media plane with real sockets and real SRTP, its clients in another process, and beside it, in the same minutes and
in turn, a bare forwarder with the same crypto and a plain relay in Python. CPU time is user and system time of the
whole forwarding process, by the process clock; every figure per packet is the median of stretches that alternate.
"""

import argparse
import json
import statistics
import subprocess
import sys
import threading
import time

from tests.measure.dtls import handshake_cpu_ms
from tests.measure.report import Row, publish
from tests.measure.rig import BINARY, Rig, Stretch, rigs, sink
from tests.support.netns import Namespace

ROUNDS = 5
STRETCH_S = 1.0
PACKETS_PER_S = 100_000
"""Out of the server, in every comparison: a fifth of a core or less, so that the ends on this machine keep up."""

SUBSCRIBERS = (25, 100, 500)
TALKERS_HEARD = 3
VIDEO_FRAMES_PER_S = 50
AUDIO_FRAMES_PER_S = 50
LATENCY_S = 5.0
CORE_S = 3.0
JOINS = 500
JOINS_S = 10
JOIN_CHUNK = 10
OPEN_EVERY_S = 0.85 * JOINS_S * JOIN_CHUNK / JOINS
LISTENERS = 25

CPU_US_MAX = 0.6
CPU_US_LOOPBACK_MAX = 1.2
RATIO_MAX = 1.3
LATENCY_MS_MAX = 2.0
MEMORY_KIB_MAX = 64
JOINS_PER_S_MIN = 50
LATE_AUDIO_MS_MAX = 20


def alternate(ends: tuple[Rig, ...], packets_per_s: float, rounds: int = ROUNDS) -> dict[str, list[Stretch]]:
    """Stretches of each in turn, at the same rate out; the first of each only warms up."""
    found: dict[str, list[Stretch]] = {rig.kind: [] for rig in ends}
    for number in range(rounds + 1):
        for rig in ends:
            frames_per_s = packets_per_s / (rig.subscribers * rig.packets_per_frame)
            stretch = rig.go(max(2, round(frames_per_s * STRETCH_S)), frames_per_s)
            if number > 0:
                found[rig.kind].append(stretch)
            for other in ends:
                other.check()
    return found


def cpu_us(stretches: list[Stretch]) -> float:
    return statistics.median(one.cpu_us for one in stretches)


def ratio(found: dict[str, list[Stretch]]) -> float:
    """Median of the ratios of neighbours in time, which a change of the machine's mood hits alike."""
    return statistics.median(a.cpu_us / b.cpu_us for a, b in zip(found["sfu"], found["bare"], strict=True))


def video(away: Namespace | None, details: dict[str, object]) -> list[Row]:
    """A camera to 25, 100 and 500, ours and the bare one in turn."""
    rows = []
    suffix = "" if away else "_loopback"
    for count in SUBSCRIBERS:
        with rigs(Rig("sfu", "video", away), Rig("bare", "video", away)) as pair:
            for rig in pair:
                rig.join(count)
            found = alternate(pair, PACKETS_PER_S)
        at_most = (CPU_US_MAX if away else CPU_US_LOOPBACK_MAX) if count == 100 else None
        rows.append(Row(f"cpu_us_per_packet_video_{count}{suffix}", round(cpu_us(found["sfu"]), 3), at_most=at_most))
        if count == 100:
            bound = None if away else RATIO_MAX
            name = "ratio_to_bare_forwarder" + ("_transmit_only" if away else "")
            rows.append(Row(f"cpu_us_per_packet_bare_{count}{suffix}", round(cpu_us(found["bare"]), 3)))
            rows.append(Row(name, round(ratio(found), 2), at_most=bound))
            runs = statistics.mean(one.run for one in found["sfu"])
            rows.append(Row(f"datagrams_per_send{suffix}", round(runs, 2)))
        if not away:
            rows.append(Row(f"packets_lost_{count}", sum(one.lost for one in found["sfu"]), at_most=0))
            wrong = sum(int(one.clients["wrong"]) for one in found["sfu"])
            rows.append(Row(f"packets_wrong_{count}", wrong, at_most=0))
        details[f"video_{count}{suffix}"] = {kind: [one.cpu_us for one in all_] for kind, all_ in found.items()}
        details[f"opened_{count}{suffix}"] = sum(int(one.clients["verified"]) for one in found["sfu"])
        details[f"own_drops_{count}{suffix}"] = sum(int(one.clients["own_drops"]) for one in found["sfu"])
    return rows


def offloads() -> list[Row]:
    """The same without the kernel's cutting and joining, and the relay in Python, at a rate that it can hold."""
    with rigs(Rig("sfu", "video"), Rig("sfu", "video", plain=True), Rig("relay", "video")) as ends:
        ends[1].kind = "plain"
        for rig in ends:
            rig.join(100)
        found = alternate(ends, 100 * 5 * 25, rounds=3)
    return [
        Row("cpu_us_per_packet_without_gso_loopback", round(cpu_us(found["plain"]), 3)),
        Row("cpu_us_per_packet_python_relay_loopback", round(cpu_us(found["relay"]), 3)),
        Row("cpu_us_per_packet_beside_the_relay_loopback", round(cpu_us(found["sfu"]), 3)),
    ]


def audio() -> list[Row]:
    """A microphone to 100, and the loudest three of fifty to 100, at the rate of real ones; loopback."""
    rows = []
    for scene, heard in (("audio", 1), ("loudest", TALKERS_HEARD)):
        with rigs(Rig("sfu", scene)) as (rig,):
            rig.join(100)
            rig.go(100, AUDIO_FRAMES_PER_S, heard)
            found = [rig.go(100, AUDIO_FRAMES_PER_S, heard) for _ in range(3)]
        rows.append(Row(f"cpu_us_per_packet_{scene}_100_loopback", round(cpu_us(found), 3)))
        if scene == "audio":
            rows.append(Row("packets_lost_audio", sum(one.lost for one in found), at_most=0))
    return rows


def core(away: Namespace | None, packet_us: float) -> list[Row]:
    """Packets a second that a core carries at 80 %: offered at that rate, and counted."""
    with rigs(Rig("sfu", "video", away)) as (rig,):
        rig.join(100)
        rate = 0.8e6 / packet_us / 500
        rig.go(round(rate), rate)
        found = rig.go(round(rate * CORE_S), rate)
    carried = found.datagrams_out / found.clients["took_s"]
    return [
        Row("packets_per_s_core", round(carried * min(1.0, 0.8 / found.core))),
        Row("core_percent_there", round(found.core * 100)),
        Row("packets_unsent_there", found.expected - found.datagrams_out, at_most=0),
    ]


def latency(packet_us: float) -> list[Row]:
    """From just before a publisher's send to the subscriber's kernel, through the plane at half a core."""
    with rigs(Rig("sfu", "video")) as (rig,):
        rig.join(100)
        rate = 0.5e6 / packet_us / 500
        rig.go(round(rate), rate)
        found = rig.go(round(rate * LATENCY_S), rate)
    at = {name: round(float(found.clients[f"latency_us_{name}"]) / 1000, 3) for name in ("p50", "p99", "p999")}
    return [
        Row("core_percent_at_latency", round(found.core * 100)),
        Row("added_latency_ms_p50", at["p50"]),
        Row("added_latency_ms_p99", at["p99"], at_most=LATENCY_MS_MAX),
        Row("added_latency_ms_p999", at["p999"]),
        Row("packets_lost_at_latency", found.lost),
    ]


def memory() -> list[Row]:
    """Resident memory that 400 more subscribers take, with all slots of a desktop and video flowing."""
    with rigs(Rig("sfu", "video")) as (rig,):
        rig.join(100)
        few = rig.go(250, VIDEO_FRAMES_PER_S)
        rig.join(400)
        many = rig.go(250, VIDEO_FRAMES_PER_S)
    each = (many.resident_kib - few.resident_kib) / 400
    return [Row("memory_kib_per_subscriber", round(each, 1), at_most=MEMORY_KIB_MAX)]


def joins() -> list[Row]:
    """500 arrivals in 10 s while 25 listen. The rate that one core holds counts the handshake in Python, too."""
    with rigs(Rig("sfu", "audio")) as (rig,):
        engine_ms = rig.join(JOINS)
    with rigs(Rig("sfu", "audio")) as (rig,):
        rig.join(LISTENERS)
        rig.go(100, AUDIO_FRAMES_PER_S)
        quiet = rig.go(JOINS_S * AUDIO_FRAMES_PER_S, AUDIO_FRAMES_PER_S)

        def open_seats() -> None:
            began = time.monotonic()
            for number, first in enumerate(range(LISTENERS, LISTENERS + JOINS, JOIN_CHUNK)):
                # A little ahead of the arrivals, whatever the answers take.
                time.sleep(max(0.0, began + number * OPEN_EVERY_S - time.monotonic()))
                rig.server.ask(f"open {first} {first + JOIN_CHUNK}")

        before = rig.server.ask("mark")
        opener = threading.Thread(target=open_seats)
        opener.start()
        time.sleep(0.3)
        frames = JOINS_S * AUDIO_FRAMES_PER_S
        arrived = rig.clients.ask(f"arrive {frames} {AUDIO_FRAMES_PER_S} {LISTENERS + JOINS}")
        opener.join()
        after = rig.server.ask("mark")
    cpu_s = (after["after"]["cpu_ns"] - before["before"]["cpu_ns"]) / 1e9
    dtls_ms = handshake_cpu_ms()
    return [
        Row("joins_per_s", round(1000 / (engine_ms + dtls_ms)), at_least=JOINS_PER_S_MIN),
        Row("join_cpu_ms_engine", round(engine_ms, 3)),
        Row("join_cpu_ms_handshake", round(dtls_ms, 3)),
        Row("joins_with_sound_in_10_s", arrived["newcomers"], at_least=JOINS),
        Row("core_percent_while_joining", round(cpu_s / JOINS_S * 100)),
        Row("audio_late_ms_max_before_joins", round(quiet.clients["latency_us_max"] / 1000, 2)),
        Row("audio_late_ms_max", round(arrived["latency_us_max"] / 1000, 2), at_most=LATE_AUDIO_MS_MAX),
    ]


def composition(packet_us: float) -> list[Row]:
    """What of a packet's cost is crypto, what the engine around it, what the kernel and the driver."""
    done = subprocess.run([str(BINARY), "seal"], capture_output=True, text=True, check=True, timeout=60)
    costs: dict[str, float] = json.loads(done.stdout)
    crypto, engine = costs["seal_ns_1200"] / 1000, costs["engine_ns_1200"] / 1000
    return [
        Row("part_us_crypto", round(crypto, 3)),
        Row("part_us_engine", round(engine - crypto, 3)),
        Row("part_us_syscalls", round(packet_us - engine, 3)),
    ]


def measure(details: dict[str, object]) -> list[Row]:
    rows: list[Row] = []
    with sink() as away:
        if away is not None:
            rows += video(away, details)
        rows += video(None, details)
        value = {row.name: row.value for row in rows}
        loopback_us = value["cpu_us_per_packet_video_100_loopback"]
        packet_us = value.get("cpu_us_per_packet_video_100", loopback_us)
        rows += core(away, packet_us)
        rows += composition(packet_us)
    rows += latency(loopback_us)
    rows += offloads()
    rows += audio()
    rows += memory()
    rows += joins()
    return rows


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    if not BINARY.exists():
        print(f"{BINARY} is missing: make measure-forwarding builds it", file=sys.stderr)
        return 2
    details: dict[str, object] = {}
    rows = measure(details)
    notes = (
        "Forwarding process alone, user and system; 100,000 packets/s out unless said. Without `_loopback` the egress "
        "is a device that drops (ifb), which neither cuts runs nor wakes a reader; with it, readers on this machine "
        "count every packet and open those of one subscriber in twenty, and the sender pays for their softirq."
    )
    return 0 if publish("forwarding", "Forwarding", rows, notes, details) else 1


if __name__ == "__main__":
    sys.exit(main())
