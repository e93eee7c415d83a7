"""The `homeroom` command: real processes, exit codes, one clear sentence."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import ssl
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, TCPConnector

from server.cli.main import main
from server.cli.serve import NO_PHONE_LOCAL, NO_PHONE_PLAIN, SELFMADE, phone_sentence
from server.config_file import parse
from tests.cli.fake_media import FakeMedia

ROOT = Path(__file__).resolve().parents[2]
WITH_TOKEN = {**os.environ, "HOMEROOM_LINK_TOKEN": "shared-word"}
START_S = 80

pytestmark = pytest.mark.timeout(180)  # real processes that import the whole house, on a machine with other work


async def homeroom(*words: str) -> tuple[int, str, str]:
    """Run a command to its end: exit code, output, complaints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", *words, cwd=ROOT, stdout=PIPE, stderr=PIPE, env=WITH_TOKEN
    )
    out, complaints = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), complaints.decode()


async def as_json(*words: str) -> Any:
    code, out, complaints = await homeroom(*words, "--json")
    assert code == 0, complaints
    return json.loads(out)


@contextlib.asynccontextmanager
async def control(data: Path, *words: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[str]]]:
    """A control process that is ready, and the lines that it told whoever started it."""
    read_fd, write_fd = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "control", "--data", str(data), "--port", "0", "--demo", *words),
        cwd=ROOT,
        env={**WITH_TOKEN, "HOMEROOM_READY_FD": str(write_fd)},
        pass_fds=(write_fd,),
    )
    os.close(write_fd)
    try:
        reader = asyncio.StreamReader()
        pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_fd, "rb")
        )
        async with asyncio.timeout(START_S):
            report = json.loads(await reader.readline())
        pipe.close()
        yield process, report["lines"]
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_control_process_from_start_to_end(tmp_path: Path) -> None:
    data = tmp_path / "d"
    async with FakeMedia(data / "run" / "media.sock") as media, control(data) as (process, lines):
        assert [line.split(": ")[0] for line in lines] == ["Instructor", "Student"]
        base, _, token = lines[1].removeprefix("Student: ").partition("/j/")
        assert base.startswith("http://localhost:")
        assert media.greeted[0].token == "shared-word"
        async with ClientSession(base) as client:
            async with client.get("/healthz/ready") as answer:
                assert await answer.json() == {"status": "ready", "checks": {"store": "ok", "media": "ok"}}
            async with client.post(f"/api/v1/join/{token}") as answer:
                assert (await answer.json())["ws_path"] == "/ws"
            async with client.get("/debug/snapshot") as answer:
                assert (await answer.json())["media"] == {"shards": []}
        people = await as_json("demo", "--data", str(data))
        assert people[1]["url"] == f"{base}/j/{token}", "the running server's own address"
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(START_S):
            assert await process.wait() == 0
    assert os.listdir(tmp_path) == ["d"], "everything stays in the data folder"


async def test_links_stay_the_same_over_a_kill_and_epochs_grow(tmp_path: Path) -> None:
    data = tmp_path / "d"
    told, epochs = [], []
    for _ in range(2):
        async with FakeMedia(data / "run" / "media.sock") as media, control(data) as (process, lines):
            told.append([line.partition("/j/")[2] for line in lines])
            epochs.append(media.greeted[0].lease_epoch)
            process.kill()
    assert told[0] == told[1]
    assert epochs[0] < epochs[1]


async def test_another_host_means_https(tmp_path: Path) -> None:
    data = tmp_path / "d"
    async with FakeMedia(data / "run" / "media.sock"), control(data, "--host", "homeroom.test") as (_, lines):
        base = lines[1].removeprefix("Student: ").partition("/j/")[0]
        assert base.startswith("https://homeroom.test:")
        trust = ssl.create_default_context(cafile=str(data / "certificates" / "selfmade.pem"))
        async with ClientSession(connector=TCPConnector(ssl=trust)) as client:
            url = base.replace("homeroom.test", "127.0.0.1")
            async with client.get(f"{url}/healthz/live", server_hostname="homeroom.test") as answer:
                assert answer.status == 200


def test_an_operators_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*words: str) -> Any:
        assert main([*words, "--data", str(tmp_path / "d"), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    session = run("session", "create", "--title", "Maths", "--starts", "2026-03-02T15:00+01:00")
    assert session["starts_utc"] == "2026-03-02T14:00:00+00:00"
    assert [one["session_id"] for one in run("session", "list")] == [session["session_id"]]
    person = run("link", "create", "--session", session["session_id"], "--name", "Ada", "--role", "student")
    assert person["url"].startswith("http://localhost:8080/j/")
    again = run("link", "again", "--seat", person["seat_id"])
    assert again["url"] != person["url"]
    assert run("link", "revoke", "--link", person["link_id"]) == {"revoked": True}
    (seat,) = run("link", "list", "--session", session["session_id"])
    assert {link["link_id"]: link["revoked"] for link in seat["links"]} == {
        person["link_id"]: True,
        again["link_id"]: False,
    }


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ("link create --session ses_x --name Ada --role student", 65, "There is no such session."),
        ("link revoke --link lnk_x", 65, "There is no such link."),
        ("link again --seat sea_x", 65, "There is no such seat."),
        ("link list --session ses_x", 65, "There is no such session."),
        ("session create --title \t", 65, "A title has from 1 to 200 printable characters."),
        ("session create --title x --minutes 0", 65, "A session lasts from 1 to 1440 minutes."),
        ("session create --title x --starts 2026-03-02T15:00", 65, "is not a time with a zone"),
        ("serve --port 99999", 78, "server.port: must be from 0 to 65535, not 99999"),
        ("serve --config nowhere.toml", 78, "cannot read nowhere.toml"),
    ],
)
def test_refusals_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str, code: int, sentence: str
) -> None:
    assert main([*words.split(" "), "--data", str(tmp_path / "d")]) == code
    out, complaints = capsys.readouterr()
    assert out == ""
    assert sentence in complaints
    assert complaints.startswith("homeroom: ") and complaints.count("\n") == 1


def test_a_wrong_key_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "homeroom.toml"
    file.write_text("[server]\nprot = 80\nhots = 'x'\n")
    for words in (("config", "check", str(file)), ("serve", "--config", str(file))):
        assert main(words) == 78
        assert capsys.readouterr().err.splitlines() == [
            "homeroom: unknown key server.prot; did you mean port?",
            "homeroom: unknown key server.hots; did you mean host?",
        ]
    file.write_text("[server]\nport = 80\n")
    assert main(("config", "check", str(file))) == 0


async def test_a_busy_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        where = ("--port", str(port), "--data", str(tmp_path / "d"))
        for words in (("serve", "--without-web-client"), ("control",)):
            code, out, complaints = await homeroom(*words, *where)
            assert (code, out) == (69, "")
            assert complaints.count("\n") == 1
            assert complaints.startswith(f"homeroom: Port {port} is in use by another program. Stop that, or choose")


async def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, complaints = await homeroom("serve", "--without-web-client", "--data", str(tmp_path / "file" / "d"))
    assert code == 73
    assert complaints.startswith("homeroom: Cannot write the data folder ")


async def test_two_servers_do_not_share_a_folder(tmp_path: Path) -> None:
    from server.cli.serve import _only_one

    with _only_one(tmp_path / "run" / "serve.lock"):
        code, _, complaints = await homeroom("serve", "--without-web-client", "--port", "0", "--data", str(tmp_path))
    assert code == 73
    assert "Another Homeroom runs on the data folder" in complaints


async def test_control_alone_needs_the_shared_word(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "control", "--port", "0", "--data", str(tmp_path)),
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "HOMEROOM_LINK_TOKEN"},
        stderr=PIPE,
    )
    _, complaints = await process.communicate()
    assert process.returncode == 69
    assert b"HOMEROOM_LINK_TOKEN" in complaints


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({}, NO_PHONE_LOCAL),
        ({"server": {"host": "192.168.1.20"}}, SELFMADE),
        ({"server": {"host": "192.168.1.20"}, "tls": {"mode": "off"}}, NO_PHONE_PLAIN),
        ({"server": {"public_url": "http://class.example.org"}}, NO_PHONE_PLAIN),
        ({"server": {"public_url": "https://class.example.org"}}, None),
        ({"server": {"host": "class.example.org"}, "tls": {"mode": "acme"}}, None),
    ],
)
def test_why_a_phone_cannot_join(document: dict[str, Any], sentence: str | None) -> None:
    assert phone_sentence(parse(document)) == sentence


async def test_the_version_and_the_sample() -> None:
    assert (await homeroom("--version"))[1].startswith("homeroom 0.")
    assert (await homeroom("config", "sample"))[1] == await asyncio.to_thread(
        (ROOT / "deploy" / "homeroom.sample.toml").read_text
    )
