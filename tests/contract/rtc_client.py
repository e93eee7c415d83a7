"""aiortc as the browsers of a test: one publishes a tone and a picture, one subscribes to slots. SDP is written here by
hand, apart from the server's own, so that the media process is tried against a second opinion."""

import asyncio
import fractions
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.mediastreams import AudioStreamTrack
from av import AudioFrame, VideoFrame

from media.contract import (
    Candidate,
    Codec,
    ExtensionIds,
    Fingerprint,
    MediaHello,
    RemoteParams,
    SetTrack,
    SetTransport,
    SlotSpec,
    SsrcPair,
)

EXTENSIONS = {
    "urn:ietf:params:rtp-hdrext:sdes:mid": "mid",
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level": "audio_level",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time": "abs_send_time",
}
OPUS = Codec(name="opus", payload_type=111, clock_rate_hz=48000)
VP8 = Codec(name="vp8", payload_type=96, clock_rate_hz=90000, rtx_payload_type=97, nack=True)
TONE_HZ = 440
DARK, BRIGHT = 40, 200


class Tone(AudioStreamTrack):
    """A loud tone in real time."""

    async def recv(self) -> AudioFrame:
        silent = await super().recv()
        assert isinstance(silent, AudioFrame)
        samples, rate = silent.samples, silent.sample_rate
        at = ((silent.pts or 0) + np.arange(samples)) / rate
        wave = (12000 * np.sin(2 * np.pi * TONE_HZ * at)).astype(np.int16)
        frame = AudioFrame.from_ndarray(wave.reshape(1, -1), format="s16", layout="mono")
        frame.pts, frame.sample_rate, frame.time_base = silent.pts, rate, fractions.Fraction(1, rate)
        return frame


class Picture(VideoStreamTrack):
    """A small picture, dark on the left, bright on the right, with a bar that moves."""

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        luma = np.full((240, 320), DARK, np.uint8)
        luma[:, 160:] = BRIGHT
        luma[(pts // 3000 * 4) % 240, :] = 128
        planes = np.concatenate([luma.ravel(), np.full(320 * 240 // 2, 128, np.uint8)])
        frame = VideoFrame.from_ndarray(planes.reshape(360, 320), format="yuv420p")
        frame.pts, frame.time_base = pts, time_base
        return frame


def make_connection() -> RTCPeerConnection:
    return RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))


def _remote(sdp: str) -> RemoteParams:
    fingerprints = re.findall(r"^a=fingerprint:(\S+) (\S+)", sdp, re.MULTILINE)
    return RemoteParams(
        ice_ufrag=_first(sdp, "ice-ufrag"),
        ice_pwd=_first(sdp, "ice-pwd"),
        fingerprints=tuple(
            Fingerprint(algorithm=algorithm, value=value)
            for algorithm, value in dict.fromkeys(fingerprints)
            if algorithm == "sha-256"
        ),
    )


def _first(sdp: str, attribute: str) -> str:
    found = re.search(rf"^a={attribute}:(\S+)", sdp, re.MULTILINE)
    assert found is not None, attribute
    return found[1]


def _head(hello: MediaHello) -> str:
    return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n"


def _transport_lines(hello: MediaHello, shard: int, ufrag: str, pwd: str, setup: str) -> str:
    candidates: tuple[Candidate, ...] = hello.shards[shard].candidates
    lines = [
        f"a=ice-ufrag:{ufrag}",
        f"a=ice-pwd:{pwd}",
        f"a=fingerprint:{hello.fingerprint.algorithm} {hello.fingerprint.value}",
        f"a=setup:{setup}",
        "a=rtcp-mux",
        *(f"a=candidate:{n} 1 udp {100 - n} {one.address} {one.port} typ host" for n, one in enumerate(candidates)),
        "a=end-of-candidates",
    ]
    return "\r\n".join(lines) + "\r\n"


@dataclass
class Publisher:
    """Offers a microphone and a camera."""

    hello: MediaHello
    room_id: str
    name: str
    connection: RTCPeerConnection = field(default_factory=make_connection)

    async def offer(self) -> tuple[SetTransport, SetTrack, SetTrack]:
        """What control would make of this browser's offer."""
        self.connection.addTransceiver(Tone(), direction="sendonly")
        self.connection.addTransceiver(Picture(), direction="sendonly")
        await self.connection.setLocalDescription(await self.connection.createOffer())
        sdp = self.connection.localDescription.sdp
        _, audio, video = re.split(r"^(?=m=)", sdp, flags=re.MULTILINE)
        ids = {EXTENSIONS[u]: int(n) for n, u in re.findall(r"^a=extmap:(\d+) (\S+)", sdp, re.M) if u in EXTENSIONS}
        self._opus, self._vp8 = _payload_type(audio, "opus"), _payload_type(video, "VP8")
        opus = Codec(name="opus", payload_type=self._opus, clock_rate_hz=48000)
        vp8 = Codec(name="vp8", payload_type=self._vp8, clock_rate_hz=90000, rtx_payload_type=self._vp8 + 1, nack=True)
        transport = SetTransport(
            transport_id=f"trn_pub_{self.name}",
            room_id=self.room_id,
            participant_id=f"par_{self.name}",
            direction="publish",
            ice_ufrag=f"pub{self.name}".ljust(8, "x"),
            ice_pwd=f"pub{self.name}".ljust(24, "y"),
            remote=_remote(sdp),
            extensions=ExtensionIds(**ids),
            codecs=(opus, vp8),
        )
        group = re.search(r"^a=ssrc-group:FID (\d+) (\d+)", video, re.MULTILINE)
        assert group is not None
        mic = self._track("mic", "audio", "0", opus, SsrcPair(media=int(_first(audio, "ssrc"))), transport)
        pair = SsrcPair(media=int(group[1]), rtx=int(group[2]))
        return transport, mic, self._track("cam", "video", "1", vp8, pair, transport)

    def _track(
        self, source: str, kind: Any, mid: str, codec: Codec, pair: SsrcPair, transport: SetTransport
    ) -> SetTrack:
        return SetTrack(
            track_id=f"trk_{source}_{self.name}",
            transport_id=transport.transport_id,
            participant_id=transport.participant_id,
            kind=kind,
            mid=mid,
            codec=codec,
            ssrcs=(pair,),
            audible=kind == "audio",
        )

    async def answered(self, transport: SetTransport, shard: int = 0) -> None:
        """Take our answer; ICE and DTLS begin."""
        ids = transport.extensions
        ours = _transport_lines(self.hello, shard, transport.ice_ufrag, transport.ice_pwd, "passive")
        sdp = _head(self.hello) + "a=group:BUNDLE 0 1\r\n"
        sdp += f"m=audio 9 UDP/TLS/RTP/SAVPF {self._opus}\r\nc=IN IP4 127.0.0.1\r\na=mid:0\r\na=recvonly\r\n{ours}"
        sdp += f"a=rtpmap:{self._opus} opus/48000/2\r\n"
        sdp += f"a=extmap:{ids.mid} urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
        if ids.audio_level is not None:
            sdp += f"a=extmap:{ids.audio_level} urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
        rtx = self._vp8 + 1
        sdp += f"m=video 9 UDP/TLS/RTP/SAVPF {self._vp8} {rtx}\r\nc=IN IP4 127.0.0.1\r\na=mid:1\r\na=recvonly\r\n{ours}"
        sdp += f"a=rtpmap:{self._vp8} VP8/90000\r\na=rtpmap:{rtx} rtx/90000\r\na=fmtp:{rtx} apt={self._vp8}\r\n"
        sdp += f"a=rtcp-fb:{self._vp8} nack\r\na=rtcp-fb:{self._vp8} nack pli\r\n"
        sdp += f"a=extmap:{ids.mid} urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))


async def is_connected(connection: RTCPeerConnection) -> None:
    """Wait until the browser, too, has finished its handshake."""
    changed = asyncio.Event()
    connection.on("connectionstatechange", changed.set)
    async with asyncio.timeout(15):
        while connection.connectionState != "connected":
            changed.clear()
            await changed.wait()


def _payload_type(section: str, name: str) -> int:
    found = re.search(rf"^a=rtpmap:(\d+) {name}/", section, re.MULTILINE)
    assert found is not None, name
    return int(found[1])


@dataclass
class Subscriber:
    """Answers our offer of slots; keeps what it decodes, by mid."""

    hello: MediaHello
    room_id: str
    name: str
    slots: tuple[SlotSpec, ...]
    connection: RTCPeerConnection = field(default_factory=make_connection)
    frames: dict[str, list[Any]] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def transport(self) -> SetTransport:
        """Before the answer: nothing is known of the browser."""
        return SetTransport(
            transport_id=f"trn_sub_{self.name}",
            room_id=self.room_id,
            participant_id=f"par_{self.name}",
            direction="subscribe",
            ice_ufrag=f"sub{self.name}".ljust(8, "x"),
            ice_pwd=f"sub{self.name}".ljust(24, "y"),
            extensions=ExtensionIds(mid=1),
            codecs=(OPUS, VP8),
            slots=self.slots,
        )

    async def answer(self, shard: int = 0) -> RemoteParams:
        """Take the offer; what its answer says."""
        transport = self.transport()
        ours = _transport_lines(self.hello, shard, transport.ice_ufrag, transport.ice_pwd, "actpass")
        sdp = _head(self.hello) + "a=group:BUNDLE " + " ".join(slot.mid for slot in self.slots) + "\r\n"
        sdp += "".join(_slot_section(slot, ours) for slot in self.slots)
        self.connection.on("track", self._on_track)
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return _remote(self.connection.localDescription.sdp)

    def _on_track(self, track: MediaStreamTrack) -> None:
        mid = next(one.mid for one in self.connection.getTransceivers() if one.receiver.track is track)
        assert mid is not None
        self._tasks.append(asyncio.create_task(self._keep(mid, track)))

    async def _keep(self, mid: str, track: MediaStreamTrack) -> None:
        kept = self.frames.setdefault(mid, [])
        while True:
            kept.append(await track.recv())
            del kept[:-100]
            self._news.set()

    async def sees(self, mid: str, fits: Callable[[Any], bool], timeout_s: float = 15.0) -> Any:
        """Wait for a decoded frame that fits, from now on."""
        self.frames.setdefault(mid, []).clear()
        async with asyncio.timeout(timeout_s):
            while True:
                for frame in self.frames[mid]:
                    if fits(frame):
                        return frame
                self._news.clear()
                await self._news.wait()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.connection.close()


def _slot_section(slot: SlotSpec, ours: str) -> str:
    types = "111" if slot.kind == "audio" else "96 97"
    lines = (
        f"m={slot.kind} 9 UDP/TLS/RTP/SAVPF {types}\r\nc=IN IP4 127.0.0.1\r\na=mid:{slot.mid}\r\na=sendonly\r\n{ours}"
    )
    lines += f"a=msid:s{slot.slot} t{slot.slot}\r\na=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
    if slot.kind == "audio":
        lines += "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
    else:
        lines += "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n"
        lines += f"a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=ssrc-group:FID {slot.ssrc} {slot.rtx_ssrc}\r\n"
    lines += f"a=ssrc:{slot.ssrc} cname:c{slot.slot}\r\n"
    if slot.rtx_ssrc is not None:
        lines += f"a=ssrc:{slot.rtx_ssrc} cname:c{slot.slot}\r\n"
    return lines


def is_loud(frame: AudioFrame) -> bool:
    """The tone, not silence."""
    return float(np.abs(frame.to_ndarray().astype(np.int32)).mean()) > 1000


def is_the_picture(frame: VideoFrame) -> bool:
    """Dark on the left, bright on the right."""
    luma = frame.reformat(format="gray").to_ndarray()
    middle = luma.shape[1] // 2
    left, right = luma[:, : middle - 8].mean(), luma[:, middle + 8 :].mean()
    return bool(abs(left - DARK) < 30 and abs(right - BRIGHT) < 30)
