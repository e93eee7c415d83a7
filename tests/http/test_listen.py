"""Sockets and certificates."""

import datetime
import os
import socket
import ssl
import stat
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector, web
from cryptography import x509

from server.clock import ManualClock, SystemClock
from server.config import ServerConfig
from server.errors import Unavailable
from server.http.build import WebServer
from server.http.certificates import RENEW_BEFORE_DAYS, Certificate, selfmade
from server.http.listen import bind_addresses, hand_down, inherited, listen, port_of


def test_localhost_is_this_machine_only() -> None:
    assert bind_addresses(ServerConfig()) == ("127.0.0.1", "::1")
    assert bind_addresses(ServerConfig(host="127.0.0.1")) == ("127.0.0.1", "::1")
    assert bind_addresses(ServerConfig(host="192.168.1.20")) == ("0.0.0.0", "::")
    assert bind_addresses(ServerConfig(host="class.example.org", bind=("10.0.0.5",))) == ("10.0.0.5",)


def test_both_families_share_one_port() -> None:
    sockets = listen(ServerConfig(port=0))
    assert {one.getsockname()[1] for one in sockets} == {port_of(sockets)}
    assert port_of(sockets) != 0
    for one in sockets:
        one.close()


def test_a_busy_port_gets_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(Unavailable, match=f"Port {port} is in use by another program"):
            listen(ServerConfig(port=port))


def test_an_address_of_another_machine_gets_a_sentence() -> None:
    with pytest.raises(Unavailable, match="not one of this machine's"):
        listen(ServerConfig(port=0, bind=("192.0.2.1",)))


def test_sockets_are_handed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    sockets = listen(ServerConfig(port=0))
    port = port_of(sockets)
    copies = [os.dup(one.fileno()) for one in sockets]
    environment = hand_down(sockets)
    monkeypatch.setenv("HOMEROOM_LISTEN_FDS", ",".join(str(fd) for fd in copies))
    assert environment.keys() == {"HOMEROOM_LISTEN_FDS"}
    found = inherited()
    assert port_of(found) == port
    assert "HOMEROOM_LISTEN_FDS" not in os.environ, "a grandchild must not take them for its own"
    for one in [*sockets, *found]:
        one.close()
    assert inherited() == []


def names_in(certificate: x509.Certificate) -> set[str]:
    alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(one) for one in alternative.get_values_for_type(x509.IPAddress)} | set(
        alternative.get_values_for_type(x509.DNSName)
    )


def read(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / "selfmade.pem").read_bytes())


def test_a_selfmade_certificate_names_the_host_and_is_kept(tmp_path: Path) -> None:
    clock = ManualClock()
    selfmade(tmp_path, "192.168.1.20", ("laptop.local", "bücher.example"), clock.now_utc())
    first = read(tmp_path)
    assert {"192.168.1.20", "laptop.local", "xn--bcher-kva.example", "127.0.0.1", "::1"} <= names_in(first)
    assert stat.S_IMODE((tmp_path / "selfmade.key").stat().st_mode) == 0o600
    clock.advance(86400)
    selfmade(tmp_path, "192.168.1.20", ("laptop.local", "bücher.example"), clock.now_utc())
    assert read(tmp_path) == first
    selfmade(tmp_path, "192.168.1.21", (), clock.now_utc())
    assert "192.168.1.21" in names_in(read(tmp_path)) and read(tmp_path) != first


def test_it_is_renewed_before_it_ends_and_served_at_once(tmp_path: Path) -> None:
    clock = ManualClock()
    certificate = selfmade(tmp_path, "laptop.local", (), clock.now_utc())
    first = read(tmp_path)
    assert not certificate.reload()
    left = first.not_valid_after_utc - clock.now_utc() - datetime.timedelta(days=RENEW_BEFORE_DAYS)
    clock.advance(left.total_seconds() - 1)
    selfmade(tmp_path, "laptop.local", (), clock.now_utc())
    assert read(tmp_path) == first
    clock.advance(1)
    selfmade(tmp_path, "laptop.local", (), clock.now_utc())
    assert read(tmp_path) != first
    assert certificate.reload()


def test_files_that_do_not_fit_get_a_sentence_and_the_old_ones_stay(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="Cannot read the certificate"):
        Certificate(tmp_path / "none.pem", tmp_path / "none.key")
    certificate = selfmade(tmp_path, "laptop.local", (), ManualClock().now_utc())
    (tmp_path / "selfmade.pem").write_text("half a file")
    with pytest.raises(Unavailable, match="are not a certificate and its key"):
        certificate.reload()


async def test_https_with_the_made_certificate(tmp_path: Path) -> None:
    certificate = selfmade(tmp_path, "localhost", (), SystemClock().now_utc())

    async def hello(_: web.Request) -> web.StreamResponse:
        return web.Response(text="hello")

    application = web.Application()
    application.add_routes([web.get("/", hello)])
    sockets = listen(ServerConfig(port=0))
    server = WebServer(application, sockets, certificate.context)
    await server.start()
    try:
        trust = ssl.create_default_context(cafile=str(tmp_path / "selfmade.pem"))
        async with ClientSession(connector=TCPConnector(ssl=trust)) as client:
            for host in ("localhost", "127.0.0.1"):
                async with client.get(f"https://{host}:{port_of(sockets)}/") as answer:
                    assert await answer.text() == "hello"
    finally:
        await server.stop()
