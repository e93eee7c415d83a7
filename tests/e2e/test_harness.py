"""The tools of these tests measure what they say: a bad network loses and delays, a late beep is seen to be late."""

import asyncio
import functools
import http.server
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from playwright.async_api import async_playwright

from tests.support import netns
from tests.support.badnet import BadNetwork
from tests.support.chromium import ChromiumOptions, ChromiumTab
from tests.support.fake_capture import BLUE, rgb
from tests.support.firefox import FirefoxTab
from tests.support.netns import Namespace
from tests.support.sync import SYNC
from tests.support.tab import Tab

PAGE = """<!doctype html><title>harness</title><button onclick="go()">Go</button><video id="v" autoplay muted></video>
<script>
async function go() { v.srcObject = await navigator.mediaDevices.getUserMedia({ video: true, audio: true }) }
</script>"""

SO_RCVBUFFORCE = 33

# Flash and beep through two connections in one page, with a beep that is late on purpose.
LOOP = """(async () => {
  __sync.delayMs = DELAY; __sync.install();
  const s = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const a = new RTCPeerConnection(), b = new RTCPeerConnection(), got = new MediaStream();
  a.onicecandidate = (e) => b.addIceCandidate(e.candidate); b.onicecandidate = (e) => a.addIceCandidate(e.candidate);
  b.ontrack = (e) => got.addTrack(e.track);
  for (const track of s.getTracks()) a.addTrack(track, s);
  v.srcObject = got;
  await a.setLocalDescription(); await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription(); await a.setRemoteDescription(b.localDescription);
  await v.play(); await new Promise((done) => setTimeout(done, 1500));
  return await __sync.measure(v, got.getAudioTracks()[0], 4);
})()"""


@pytest.fixture(scope="module")
def page(network: Namespace | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("page")
    (folder / "index.html").write_text(PAGE)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


async def picture(tab: Tab, url: str) -> list[dict[str, object]]:
    await tab.goto(url)
    await tab.press("Go")
    await tab.wait("__probe.look(v)", "picture of the fake camera")
    looks = []
    for _ in range(4):
        looks.append(await tab.evaluate("__probe.look(v)"))
        await asyncio.sleep(0.3)
    return looks


async def test_a_chromium_picture_tells_whose_it_is(page: str) -> None:
    async with async_playwright() as playwright:
        tab = await ChromiumTab.launch(playwright, "harness", ChromiumOptions(look=BLUE))
        try:
            looks = await picture(tab, page)
        finally:
            await tab.close()
    assert len({look["bar"] for look in looks}) > 1, f"the bar does not move: {looks}"
    for look in looks:
        ground = look["ground"]
        assert isinstance(ground, list)
        assert all(abs(a - b) < 30 for a, b in zip(ground, rgb(BLUE), strict=True)), look


async def test_a_firefox_has_a_camera(page: str, network: Namespace | None) -> None:
    tab = await FirefoxTab.launch("harness", loopback_only=network is None)
    try:
        looks = await picture(tab, page)
    finally:
        await tab.close()
    assert looks[0]["width"] == 640


async def test_the_sync_meter_sees_a_late_beep(page: str) -> None:
    found = {}
    async with async_playwright() as playwright:
        for delay_ms in (0, 150):
            tab = await ChromiumTab.launch(playwright, "harness", ChromiumOptions(init_scripts=(SYNC,)))
            try:
                await tab.goto(page)
                found[delay_ms] = (await tab.evaluate(LOOP.replace("DELAY", str(delay_ms))))["skews"]
            finally:
                await tab.close()
    assert all(len(skews) >= 2 for skews in found.values()), found
    middle = {delay_ms: sorted(skews)[len(skews) // 2] for delay_ms, skews in found.items()}
    assert abs(middle[0]) < 60, found
    # A busy machine draws late, which shifts both alike; what the meter is for is the difference.
    assert abs(middle[150] - middle[0] - 150) < 60, found


@pytest.mark.skipif(not netns.available(), reason="needs root and iproute2")
def test_a_bad_network_is_bad() -> None:
    a, b = Namespace("bad-a"), Namespace("bad-b")
    try:
        network = BadNetwork((a, "10.77.1.1"), (b, "10.77.1.2"), loss=0.1, delay_ms=40, seed=7)
        with a.entered():
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with b.entered():
            receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sender, receiver:
            receiver.bind(("10.77.1.2", 9))
            receiver.settimeout(1)
            receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 22)  # all 500 arrive in one go
            sent: dict[bytes, float] = {}
            for number in range(500):
                payload = number.to_bytes(2, "big")
                sent[payload] = time.monotonic()
                sender.sendto(payload, ("10.77.1.2", 9))
            delays = []
            try:
                while True:
                    payload = receiver.recv(16)
                    delays.append(time.monotonic() - sent[payload])
            except TimeoutError:
                pass
        there, back = network.close()
    finally:
        a.close()
        b.close()
    assert there["packets"] == 500
    assert len(delays) == 500 - there["lost"] - there["overflowed"]
    assert 20 <= there["lost"] <= 90
    assert min(delays) >= 0.04
    assert back["lost"] == 0
