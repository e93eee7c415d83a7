"""DTLS with an aiortc client over made-up wires: the one contract test of aiortc's private names."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiortc import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtcdtlstransport import SRTP_AEAD_AES_256_GCM, SRTP_AES128_CM_SHA1_80

from media.agent import handshake
from media.agent.handshake import DATAGRAMS_MAX, Certificate, Handshakes
from media.contract import Fingerprint

PATIENCE_S = 10.0
KEY_NAMES = ("local_key", "local_salt", "remote_key", "remote_salt")


class Browser:
    """An aiortc DTLS client whose datagrams go where the test says."""

    role = "controlling"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.arrived: asyncio.Queue[bytes] = asyncio.Queue()
        self.certificate = RTCCertificate.generateCertificate()
        self.dtls = RTCDtlsTransport(self, [self.certificate])  # type: ignore[arg-type]
        self.dtls._set_role("client")
        self._send_out = send

    async def _recv(self) -> bytes:
        return await self.arrived.get()

    async def _send(self, data: bytes) -> None:
        self._send_out(data)

    def fingerprints(self) -> tuple[Fingerprint, ...]:
        return tuple(
            Fingerprint(algorithm=one.algorithm, value=one.value)
            for one in self.certificate.getFingerprints()
            if one.algorithm == "sha-256"
        )

    async def connect(self, certificate: Certificate) -> None:
        ours = certificate.fingerprint()
        parameters = RTCDtlsParameters(fingerprints=[RTCDtlsFingerprint(ours.algorithm, ours.value)])
        async with asyncio.timeout(PATIENCE_S):
            await self.dtls.start(parameters)


class Wires:
    """The native plane's part of a handshake, and the network between."""

    def __init__(self) -> None:
        self.certificate = Certificate.generateCertificate()
        self.keys: dict[str, dict[str, Any]] = {}
        self.ends: list[tuple[str, str, str]] = []
        self.news = asyncio.Event()
        self.browsers: dict[str, Browser] = {}
        self.lose: Callable[[int], bool] = lambda number: False
        self.sent = 0
        self.busy = 0
        self.handshakes = self.make()

    def make(self, **limits: Any) -> Handshakes:
        return Handshakes(self, self.certificate, self._ended, **limits)

    def _ended(self, transport_id: str, state: str, reason: str) -> None:
        self.ends.append((transport_id, state, reason))
        self.news.set()

    def send_handshake(self, transport_id: str, datagram: bytes) -> None:
        if transport_id not in self.browsers:
            raise ValueError(transport_id)
        if not self._is_lost():
            self.browsers[transport_id].arrived.put_nowait(datagram)

    def install_keys(self, transport_id: str, profile: str, *keys: bytes) -> None:
        if self.busy:
            self.busy -= 1
            raise BlockingIOError
        self.keys[transport_id] = {"profile": profile, **dict(zip(KEY_NAMES, keys, strict=True))}
        self.news.set()

    def browser(self, transport_id: str) -> Browser:
        def send(datagram: bytes) -> None:
            if not self._is_lost():
                self.handshakes.take(transport_id, datagram)

        self.browsers[transport_id] = Browser(send)
        return self.browsers[transport_id]

    def _is_lost(self) -> bool:
        self.sent += 1
        self.news.set()
        return self.lose(self.sent)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self.news.clear()
                await self.news.wait()

    async def ready(self, transport_id: str = "trn_1") -> Browser:
        browser = self.browser(transport_id)
        self.handshakes.open(transport_id)
        self.handshakes.set_remote(transport_id, browser.fingerprints())
        return browser


@pytest.fixture
async def wires() -> AsyncIterator[Wires]:
    wires = Wires()
    yield wires
    await wires.handshakes.stop()
    for browser in wires.browsers.values():
        if browser.dtls._task is not None:
            browser.dtls._task.cancel()


async def test_both_ends_have_the_same_keys_and_ours_is_the_order(wires: Wires) -> None:
    browser = await wires.ready()
    await browser.connect(wires.certificate)
    await wires.until(lambda: "trn_1" in wires.keys)
    keys = wires.keys["trn_1"]
    # The client offers AES-256-GCM first; we do not speak it, and prefer GCM to CM.
    assert browser.dtls._srtp_profiles[0] == SRTP_AEAD_AES_256_GCM
    assert keys["profile"] == "AEAD_AES_128_GCM"
    assert browser.dtls._ssl is not None
    material = browser.dtls._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 56)
    assert (keys["remote_key"], keys["local_key"]) == (material[:16], material[16:32])
    assert (keys["remote_salt"], keys["local_salt"]) == (material[32:44], material[44:])
    assert wires.handshakes.counters["handshakes_completed"] == 1


async def test_a_browser_without_gcm_gets_counter_mode(wires: Wires) -> None:
    browser = await wires.ready()
    browser.dtls._srtp_profiles = [SRTP_AES128_CM_SHA1_80]
    await browser.connect(wires.certificate)
    await wires.until(lambda: "trn_1" in wires.keys)
    keys = wires.keys["trn_1"]
    assert keys["profile"] == "AES_CM_128_HMAC_SHA1_80"
    assert [len(keys[name]) for name in KEY_NAMES] == [16, 14, 16, 14]


async def test_what_comes_before_the_answer_is_kept(wires: Wires) -> None:
    browser = wires.browser("trn_1")
    wires.handshakes.open("trn_1")
    connecting = asyncio.create_task(browser.connect(wires.certificate))
    await wires.until(lambda: wires.sent > 0)
    assert wires.handshakes.snapshot()["begun"] == 0
    assert wires.handshakes.set_remote("trn_1", browser.fingerprints())
    await connecting
    await wires.until(lambda: "trn_1" in wires.keys)


async def test_another_certificate_than_the_sdp_named_fails(wires: Wires) -> None:
    browser = wires.browser("trn_1")
    wires.handshakes.open("trn_1")
    wires.handshakes.set_remote("trn_1", (wires.certificate.fingerprint(),))
    await browser.connect(wires.certificate)
    await wires.until(lambda: bool(wires.ends))
    assert wires.ends == [("trn_1", "failed", "dtls_failed")]
    assert wires.keys == {}


async def test_a_changed_fingerprint_after_the_start_is_refused(wires: Wires) -> None:
    browser = await wires.ready()
    await browser.connect(wires.certificate)
    assert wires.handshakes.set_remote("trn_1", browser.fingerprints())
    assert not wires.handshakes.set_remote("trn_1", (wires.certificate.fingerprint(),))


async def test_a_lost_last_flight_is_sent_again(wires: Wires) -> None:
    browser = await wires.ready()
    lost: list[int] = []

    def lose(number: int) -> bool:
        # The first datagram after our keys are there is our last flight: the browser has to ask again.
        if "trn_1" in wires.keys or lost or number < 4:
            return False
        lost.append(number)
        return True

    wires.lose = lose
    await browser.connect(wires.certificate)
    assert lost == [4]
    await wires.until(lambda: "trn_1" in wires.keys)


@pytest.mark.parametrize("missing", [1, 2, 3])
async def test_each_lost_datagram_is_made_good(wires: Wires, missing: int) -> None:
    browser = await wires.ready()
    wires.lose = lambda number: number == missing
    await browser.connect(wires.certificate)
    await wires.until(lambda: "trn_1" in wires.keys)


def in_two(hello: bytes) -> tuple[bytes, bytes]:
    """A ClientHello as two records, as browsers send it with a post-quantum key share (RFC 6347 section 4.2.3)."""
    record, message, body = hello[:13], hello[13:25], hello[25:]
    half = len(body) // 2

    def fragment(number: int, start: int, part: bytes) -> bytes:
        head = message[:6] + start.to_bytes(3, "big") + len(part).to_bytes(3, "big")
        sequence = number.to_bytes(6, "big")
        return record[:5] + sequence + (len(head) + len(part)).to_bytes(2, "big") + head + part

    # Numbers that the client will not use itself: they would look like repeats.
    return fragment(40, 0, body[:half]), fragment(41, half, body[half:])


@pytest.mark.parametrize("swapped", [False, True])
async def test_a_hello_in_two_datagrams_is_put_together(wires: Wires, swapped: bool) -> None:
    browser = await wires.ready()

    def send_in_two(datagram: bytes) -> None:
        is_hello = datagram[0] == 22 and datagram[13] == 1
        parts = in_two(datagram) if is_hello else (datagram,)
        for part in reversed(parts) if swapped else parts:
            wires.handshakes.take("trn_1", part)

    browser._send_out = send_in_two
    await browser.connect(wires.certificate)
    await wires.until(lambda: "trn_1" in wires.keys)


async def test_garbage_ends_that_handshake_only(wires: Wires) -> None:
    good = await wires.ready("trn_1")
    bad = await wires.ready("trn_2")
    for length in range(1, 12):
        wires.handshakes.take("trn_2", bytes([22, 254, 253]) + bytes(length))
    wires.handshakes.take("trn_9", b"\x16")
    await good.connect(wires.certificate)
    await wires.until(lambda: "trn_1" in wires.keys)
    # DTLS drops what is none (RFC 6347 section 4.1.2.7): the honest hello after it still gets through.
    await bad.connect(wires.certificate)
    await wires.until(lambda: "trn_2" in wires.keys)


async def test_one_over_the_limit_of_waiting_datagrams_is_dropped(wires: Wires) -> None:
    wires.handshakes.open("trn_1")
    for _ in range(DATAGRAMS_MAX + 1):
        wires.handshakes.take("trn_1", b"\x16")
    assert wires.handshakes.counters["handshake_datagrams_dropped"] == 1


async def test_who_does_not_finish_in_time_fails(wires: Wires) -> None:
    wires.handshakes = wires.make(timeout_s=0.05)
    await wires.ready()
    wires.handshakes.take("trn_1", b"\x16\xfe\xfd")
    await wires.until(lambda: bool(wires.ends))
    assert wires.ends == [("trn_1", "failed", "dtls_timeout")]


async def test_so_many_at_a_time_and_the_others_wait(wires: Wires) -> None:
    wires.handshakes = wires.make(handshakes_max=1)
    browsers = [await wires.ready(f"trn_{number}") for number in range(5)]
    await asyncio.gather(*(browser.connect(wires.certificate) for browser in browsers))
    await wires.until(lambda: len(wires.keys) == 5)
    assert len({str(keys) for keys in wires.keys.values()}) == 5


async def test_a_full_command_queue_is_waited_for(wires: Wires) -> None:
    wires.busy = 2
    browser = await wires.ready()
    await browser.connect(wires.certificate)
    await wires.until(lambda: "trn_1" in wires.keys)


async def test_a_closed_transport_has_no_handshake_any_more(wires: Wires) -> None:
    browser = await wires.ready()
    await browser.connect(wires.certificate)
    await wires.until(lambda: "trn_1" in wires.keys)
    wires.handshakes.close("trn_1")
    wires.handshakes.close("trn_1")
    wires.handshakes.take("trn_1", b"\x16")
    assert wires.handshakes.snapshot()["transports"] == 0
    assert wires.ends == []


async def test_a_browser_that_says_goodbye_is_told_of(wires: Wires) -> None:
    browser = await wires.ready()
    await browser.connect(wires.certificate)
    await wires.until(lambda: "trn_1" in wires.keys)
    await browser.dtls.stop()
    await wires.until(lambda: bool(wires.ends))
    assert wires.ends[0][:2] == ("trn_1", "closed")


async def test_one_context_serves_all(wires: Wires) -> None:
    profiles = list(handshake.PROFILES)
    assert wires.certificate._create_ssl_context(profiles) is wires.certificate._create_ssl_context(profiles)
    assert len(wires.certificate.fingerprint().value.split(":")) == 32
