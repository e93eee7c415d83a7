"""A segment as a capture: every packet under its own time and port, as another program reads it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from recorder.dump import main
from tests.recorder.made import ZERO_UTC_US, a_class, write_segment


def test_a_segment_becomes_a_capture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mic, camera = a_class(0.5)
    segment = write_segment(tmp_path, "a", 1, [mic.head(), *mic.records, camera.head(), *camera.records])
    out = tmp_path / "out.pcap"
    assert main([str(segment), str(out), "--key", mic.key.hex()]) == 0
    packets = len(mic.packets) + len(camera.packets)
    assert f"{packets} packets written" in capsys.readouterr().out
    assert main([str(segment), str(out.with_suffix(".other")), "--key", bytes(32).hex()]) == 0
    assert f"0 packets written, {packets} under another key" in capsys.readouterr().out
    if shutil.which("tshark") is None:
        pytest.skip("no second witness here")
    fields = ["-e", "rtp.seq", "-e", "frame.time_epoch"]
    done = subprocess.run(
        [
            "tshark",
            "-r",
            str(out),
            "-d",
            "udp.port==20000,rtp",
            "-Y",
            "rtp && udp.srcport==20000",
            "-T",
            "fields",
            *fields,
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=25,
    )
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [int(seq) for seq, _ in rows] == [packet.seq & 0xFFFF for packet in mic.packets]
    assert float(rows[0][1]) == pytest.approx((ZERO_UTC_US + mic.packets[0].at_us) / 1e6, abs=1e-5)
