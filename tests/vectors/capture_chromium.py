"""Captures plain RTP and RTCP from Chromium: ``python -m tests.vectors.capture_chromium`` (as root, with tshark).

Two peer connections in one page send fake camera and microphone to each other with ``--disable-webrtc-encryption``. A
few packets of each shape go into ``wire/chromium_plain.json`` with what tshark (headers, feedback) and aiortc
(extensions) say of them.
"""

import asyncio
import functools
import http.server
import json
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from aiortc import rtp
from playwright.async_api import async_playwright

FOLDER = Path(__file__).parent / "wire"
PER_SHAPE = 2

CALL = """async () => {
  const stream = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 640, height: 480}});
  const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
  a.onicecandidate = (event) => event.candidate && b.addIceCandidate(event.candidate);
  b.onicecandidate = (event) => event.candidate && a.addIceCandidate(event.candidate);
  a.addTrack(stream.getAudioTracks()[0], stream);
  const camera = a.addTransceiver(stream.getVideoTracks()[0], {streams: [stream]});
  const codecs = RTCRtpReceiver.getCapabilities("video").codecs;
  camera.setCodecPreferences(codecs.filter(({mimeType}) => mimeType === "video/VP8" || mimeType === "video/rtx"));
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription);
  await new Promise((resolve) => setTimeout(resolve, 8000));
  return navigator.userAgent;
}"""

ARGUMENTS = [
    "--disable-webrtc-encryption",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--no-sandbox",
]


async def call(folder: str) -> str:
    serve = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = await browser.new_page()
        await page.goto(f"http://127.0.0.1:{server.server_port}/")
        agent = str(await page.evaluate(CALL))
        await browser.close()
    server.shutdown()
    return agent


def fields(capture: Path, decode: str, chosen: str, names: list[str]) -> list[dict[str, str]]:
    """What tshark says of the chosen datagrams, read as `decode`."""
    wanted = [part for name in ("udp.payload", *names) for part in ("-e", name)]
    decoding = ["-d", f"udp.port==1-65535,{decode}"]
    out = subprocess.run(
        ["tshark", "-r", capture, *decoding, "-Y", chosen, "-T", "fields", "-E", "aggregator=;", *wanted],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    rows = (line.split("\t") for line in out.splitlines())
    return [dict(zip(("hex", *names), row, strict=True)) for row in rows]


def rtp_cases(capture: Path) -> list[dict[str, Any]]:
    names = ["rtp.marker", "rtp.p_type", "rtp.seq", "rtp.timestamp", "rtp.ssrc", "rtp.ext.profile", "rtp.padding.count"]
    counts: dict[tuple[str, ...], int] = {}
    cases = []
    for row in fields(capture, "rtp", "rtp.ext", names):
        data = bytes.fromhex(row["hex"])
        at = 12 + 4 * (data[0] & 15)
        # Everything was decoded as RTP, name look-ups too: what has no RFC 8285 extension is not from a browser.
        if data[0] & 0xD0 != 0x90 or 192 <= data[1] <= 223 or data[at : at + 2] not in (b"\xbe\xde", b"\x10\0"):
            continue
        profile, words = struct.unpack_from("!HH", data, at)
        elements = rtp.unpack_header_extensions(profile, data[at + 4 : at + 4 + 4 * words])
        shape = (row["rtp.p_type"], row["rtp.marker"], row["rtp.padding.count"], str([i for i, _ in elements]))
        counts[shape] = counts.get(shape, 0) + 1
        if counts[shape] > PER_SHAPE:
            continue
        padding = int(row["rtp.padding.count"] or 0)
        cases.append(
            {
                "kind": "rtp",
                "hex": row["hex"],
                "marker": row["rtp.marker"] in ("1", "True"),
                "payload_type": int(row["rtp.p_type"]),
                "seq": int(row["rtp.seq"]),
                "time": int(row["rtp.timestamp"]),
                "ssrc": int(row["rtp.ssrc"], 16),
                "extensions": [[number, value.hex()] for number, value in elements],
                "payload_len": len(data) - at - 4 - 4 * words - padding,
            }
        )
    return cases


def rtcp_cases(capture: Path) -> list[dict[str, Any]]:
    feedback = [
        f"rtcp.rtpfb.transportcc.{name}" for name in ("baseseq", "statuscount", "reftime", "pktcount", "recv_delta")
    ]
    counts: dict[str, int] = {}
    cases = []
    for row in fields(capture, "rtcp", "rtcp", ["rtcp.pt", *feedback]):
        data = bytes.fromhex(row["hex"])
        if data[0] >> 6 != 2 or not 200 <= data[1] <= 206:
            continue
        shape = row["rtcp.pt"] + row["hex"][:2]
        counts[shape] = counts.get(shape, 0) + 1
        if counts[shape] > 3 * PER_SHAPE:
            continue
        case: dict[str, Any] = {"kind": "rtcp", "hex": row["hex"], "types": [int(t) for t in row["rtcp.pt"].split(";")]}
        if row[feedback[0]]:
            ticks = [int(delta, 16) for delta in row[feedback[4]].split(";") if delta]
            case |= {
                "base": int(row[feedback[0]]),
                "count": int(row[feedback[1]]),
                "reference": int(row[feedback[2]]) & 0xFFFFFF,
                "feedback_count": int(row[feedback[3]]),
                "deltas_ticks": [tick - 65536 if tick > 32767 else tick for tick in ticks],
            }
        cases.append(case)
    return cases


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        capture = Path(folder) / "capture.pcapng"
        sniffer = subprocess.Popen(["tshark", "-i", "any", "-f", "udp", "-w", capture, "-q"])
        time.sleep(2)
        agent = asyncio.run(call(folder))
        sniffer.terminate()
        sniffer.wait(10)
        cases = [*rtp_cases(capture), *rtcp_cases(capture)]
    lines = ",\n".join(json.dumps(case) for case in cases)
    note = f"Captured by capture_chromium.py from {agent}. Witness: tshark (headers, feedback), aiortc (extensions)."
    (FOLDER / "chromium_plain.json").write_text(f'{{"note": {json.dumps(note)},\n"cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
