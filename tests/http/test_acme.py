"""A certificate from a real authority: pebble, the ACME test server, with its own DNS that leads every name to us."""

import asyncio
import json
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession
from cryptography import x509

from server.clock import ManualClock, SystemClock
from server.config import ServerConfig, TlsConfig
from server.errors import Unavailable
from server.http.acme import AcmeKeeper
from server.http.certificates import RENEW_BEFORE_DAYS, is_good, selfmade

pytestmark = [
    pytest.mark.skipif(
        not (shutil.which("pebble") and shutil.which("pebble-challtestsrv")), reason="pebble is not installed"
    ),
    pytest.mark.timeout(180),  # real processes, and keys that are computed
]
START_S = 60


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Pebble:
    """The authority and its DNS, on ports of their own."""

    def __init__(self, folder: Path) -> None:
        selfmade(folder, "localhost", (), SystemClock().now_utc())
        self.trust = folder / "selfmade.pem"
        self.port, self.http_port, dns, management = (free_port() for _ in range(4))
        settings = {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{management}",
            "certificate": str(self.trust),
            "privateKey": str(folder / "selfmade.key"),
            "httpPort": self.http_port,
            "tlsPort": 1,
            "ocspResponderURL": "",
        }
        file = folder / "pebble.json"
        file.write_text(json.dumps({"pebble": settings}))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        off = [word for name in ("http01", "https01", "tlsalpn01") for word in (f"-{name}", "")]
        self._dns = subprocess.Popen(
            [
                *("pebble-challtestsrv", *off, "-dns01", f"127.0.0.1:{dns}"),
                *("-management", f"127.0.0.1:{free_port()}", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""),
            ],
            **quiet,  # type: ignore[call-overload]
        )
        self._authority = subprocess.Popen(
            ["pebble", "-config", str(file), "-dnsserver", f"127.0.0.1:{dns}"],
            env={"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"},
            **quiet,  # type: ignore[call-overload]
        )

    async def wait(self) -> None:
        async with asyncio.timeout(START_S):
            while True:
                try:
                    (await asyncio.open_connection("127.0.0.1", self.port))[1].close()
                    return
                except OSError:
                    await asyncio.sleep(0)

    def stop(self) -> None:
        for one in (self._dns, self._authority):
            one.kill()
            one.wait()


@pytest.fixture
async def pebble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pebble]:
    made = Pebble(tmp_path / "pebble")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made.trust))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    try:
        await made.wait()
        yield made
    finally:
        made.stop()


def keeper(pebble: Pebble, folder: Path, clock: ManualClock | SystemClock, *names: str, port: int = 0) -> AcmeKeeper:
    tls = TlsConfig(
        mode="acme",
        names=names,
        acme_directory_url=f"https://localhost:{pebble.port}/dir",
        acme_email="operator@example.com",
        acme_http_port=port or pebble.http_port,
    )
    server = ServerConfig(host="class.example.com", bind=("127.0.0.1",))
    return AcmeKeeper(folder, server, tls, "https://class.example.com", clock)


async def test_a_certificate_is_fetched_kept_and_renewed(pebble: Pebble, tmp_path: Path) -> None:
    folder, clock = tmp_path / "certificates", ManualClock(SystemClock().now_utc())
    acme = keeper(pebble, folder, clock, "www.class.example.com")
    try:
        certificate = await acme.start()
        names = {"class.example.com", "www.class.example.com"}
        assert is_good(folder / "acme.pem", folder / "acme.key", names, clock.now_utc())
        first = (folder / "acme.pem").read_bytes()
        await acme.renew()
        assert (folder / "acme.pem").read_bytes() == first, "not before its time"
        account = (folder / "acme-account.key").read_bytes()
        end = x509.load_pem_x509_certificate(first).not_valid_after_utc
        clock.advance((end - clock.now_utc()).total_seconds() - (RENEW_BEFORE_DAYS - 1) * 86400)
        await acme.renew()
        assert (folder / "acme.pem").read_bytes() != first
        assert (folder / "acme-account.key").read_bytes() == account, "the same account"
        assert certificate.reload()
    finally:
        await acme.stop()


async def test_everybody_else_is_sent_to_https(pebble: Pebble, tmp_path: Path) -> None:
    acme = keeper(pebble, tmp_path / "certificates", SystemClock())
    await acme.start()
    try:
        async with ClientSession(f"http://127.0.0.1:{pebble.http_port}") as client:
            async with client.get("/j/some?x=1", allow_redirects=False) as answer:
                assert answer.status == 308
                assert answer.headers["Location"] == "https://class.example.com/j/some?x=1"
            async with client.get("/.well-known/acme-challenge/guess", allow_redirects=False) as answer:
                assert answer.status == 404
    finally:
        await acme.stop()


async def test_an_authority_that_cannot_reach_us_is_one_sentence(pebble: Pebble, tmp_path: Path) -> None:
    acme = keeper(pebble, tmp_path / "certificates", SystemClock(), port=free_port())
    try:
        with pytest.raises(Unavailable, match="must reach this machine on port 80") as caught:
            await acme.start()
        assert caught.value.code == "certificate_not_fetched"
    finally:
        await acme.stop()


async def test_an_authority_that_is_away_is_one_sentence(pebble: Pebble, tmp_path: Path) -> None:
    acme = keeper(pebble, tmp_path / "certificates", SystemClock())
    pebble.stop()
    try:
        with pytest.raises(Unavailable, match="gave no certificate"):
            await acme.start()
    finally:
        await acme.stop()
