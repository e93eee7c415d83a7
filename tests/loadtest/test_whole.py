"""The whole tool against the whole product: real processes and sockets, DTLS and SRTP by another stack than ours."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.homeroom import ROOT, Homeroom

TOKEN = "correct horse battery staple"
SEMINAR = """
title = "Seminar of six"
duration_s = {duration_s}
[people]
students = 5
[join]
burst_s = {burst_s}
[sound]
turn_s = 3
[camera]
fps = 20
width = 640
height = 360
layers_kbps = [100, 300]
[screen]
from_s = 2
for_s = 3
[layout]
tiles = 4
turn_s = 3
[limits]
sound_delivered_percent_min = 99.9
video_lost_percent = 0.1
freezes = 0
frames_foreign = 0
{more}
"""

# Building rtpbot for the first time takes minutes; `make test` has built it before.
pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def homeroom() -> Iterator[Homeroom]:
    os.environ["HOMEROOM_LOADTEST_TOKEN"] = TOKEN
    server = Homeroom(["--without-web-client"])
    try:
        yield server
    finally:
        server.stop()
        del os.environ["HOMEROOM_LOADTEST_TOKEN"]


def start(
    homeroom: Homeroom, folder: Path, duration_s: int, more: str = "", token: str = TOKEN, burst_s: float = 1
) -> subprocess.Popen[str]:
    path = folder / "seminar.toml"
    path.write_text(SEMINAR.format(duration_s=duration_s, more=more, burst_s=burst_s))
    line = [sys.executable, "-m", "server", "loadtest", str(path), "--server", homeroom.origin, "--report", str(folder)]
    return subprocess.Popen(
        line,
        cwd=ROOT,
        env={**os.environ, "HOMEROOM_LOADTEST_TOKEN": token},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_progress(tool: subprocess.Popen[str], until: str = " s  joined 100 %") -> None:
    """Until everybody is there."""
    assert tool.stderr is not None
    while (line := tool.stderr.readline()) and until not in line:
        pass


def test_a_seminar_of_six_is_seen_and_heard_whole(homeroom: Homeroom, tmp_path: Path) -> None:
    tool = start(homeroom, tmp_path, 10)
    out, err = tool.communicate(timeout=60)
    assert tool.returncode == 0, out + err
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    figures = report["figures"]
    assert report["passed"] and figures["joined_percent"] == 100
    assert (figures["freezes"], figures["frames_garbled"], figures["sound_gaps"]) == (0, 0, 0)
    # Both ways: each sends, and each hears and sees others.
    for bot in report["media"]["bots"].values():
        assert bot["sent_packets"] > 100
        assert bot["received_audio"] > 20
        assert bot["frames"] > 200
    assert figures["media_cpu_percent"] is not None
    assert (tmp_path / "report.html").is_file()


def test_a_server_that_stalls_breaks_a_limit(homeroom: Homeroom, tmp_path: Path) -> None:
    tool = start(homeroom, tmp_path, 6)
    wait_for_progress(tool)
    media = homeroom.child("media")
    os.kill(media, signal.SIGSTOP)
    try:
        time.sleep(1.0)  # the fault itself: nothing flows for this long
    finally:
        os.kill(media, signal.SIGCONT)
    out, err = tool.communicate(timeout=60)
    assert tool.returncode == 1, out + err
    assert "homeroom: Failed: " in err and err.count("homeroom: Failed") == 1
    figures = json.loads((tmp_path / "report.json").read_text("utf-8"))["figures"]
    assert figures["freezes"] > 0
    assert figures["freeze_ms_max"] >= 900


def test_another_token_fires_nothing(homeroom: Homeroom, tmp_path: Path) -> None:
    tool = start(homeroom, tmp_path, 5, token="another token altogether")
    out, err = tool.communicate(timeout=30)
    assert tool.returncode == 65
    assert err.strip().endswith("holds another load-test token than this one; it was sent nothing else.")
    assert not out


def test_ctrl_c_leaves_nobody_behind(homeroom: Homeroom, tmp_path: Path) -> None:
    before = len(homeroom.events("participant_left"))
    tool = start(homeroom, tmp_path, 60)
    wait_for_progress(tool)
    tool.send_signal(signal.SIGINT)
    _, err = tool.communicate(timeout=30)
    assert tool.returncode == 130 and "every bot has left" in err
    left = homeroom.events("participant_left")[before:]
    assert [one["reason"] for one in left] == ["left"] * 6


def test_ctrl_c_while_people_arrive_leaves_nobody_behind(homeroom: Homeroom, tmp_path: Path) -> None:
    joined, left = len(homeroom.events("participant_joined")), len(homeroom.events("participant_left"))
    tool = start(homeroom, tmp_path, 60, burst_s=6)
    wait_for_progress(tool, " s  joined")
    tool.send_signal(signal.SIGINT)  # some are in or entering, some have not set out
    _, err = tool.communicate(timeout=30)
    assert tool.returncode == 130 and "every bot has left" in err
    came = {one["participant_id"] for one in homeroom.events("participant_joined")[joined:]}
    gone = {one["participant_id"]: one["reason"] for one in homeroom.events("participant_left")[left:]}
    assert gone == dict.fromkeys(came, "left")
