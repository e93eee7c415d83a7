"""The wheel alone, in an empty environment: a `homeroom` command with the web client inside."""

import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.support.homeroom import ROOT, Homeroom

pytestmark = pytest.mark.timeout(300)


def newest_wheel() -> Path:
    wheels = sorted((ROOT / "dist").glob("homeroom-*.whl"), key=lambda path: path.stat().st_mtime)
    assert wheels, "no wheel in dist/: run `make build`"
    return wheels[-1]


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `homeroom` command of a new environment that holds the wheel and its locked dependencies only."""
    folder = tmp_path_factory.mktemp("wheel")

    def run(*words: str) -> None:
        subprocess.run(words, cwd=folder, check=True, timeout=240)

    run(sys.executable, "-m", "venv", "env")
    pip = ("env/bin/python", "-m", "pip", "install", "--quiet", "--no-deps")
    run(*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(ROOT / "requirements.lock"))
    run(*pip, str(newest_wheel()))
    run("env/bin/python", "-m", "pip", "check")
    return folder / "env" / "bin" / "homeroom"


def test_version(command: Path) -> None:
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True, timeout=30)
    assert re.search(r"\d+\.\d+", done.stdout)


def test_demo_serves_the_web_client(command: Path, tmp_path: Path) -> None:
    server = Homeroom(command=(str(command),), cwd=tmp_path)
    try:
        with urllib.request.urlopen(server.links["Student"], timeout=10) as answer:
            page = answer.read().decode()
        script = re.search(r'src="(/[^"]+\.js)"', page)
        assert script, page
        with urllib.request.urlopen(server.origin + script.group(1), timeout=10) as answer:
            assert len(answer.read()) > 10_000
    finally:
        code = server.stop()
    assert code == 0
