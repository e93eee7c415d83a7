"""A whole client in Python: the protocol of `docs/protocol.md` over a real WebSocket, media by aiortc.

It knows the server only by its text. It publishes a tone and a moving picture, answers every offer, and counts what
it decodes.
"""

import asyncio
import contextlib
import fractions
import itertools
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
import numpy
from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from av import AudioFrame, VideoFrame

from signaling.codec import decode_server, encode
from signaling.messages import (
    PROTOCOL_VERSION,
    Ack,
    ClientDescription,
    ClientMessage,
    Error,
    Hello,
    Layout,
    Leave,
    Mute,
    Ping,
    Publish,
    Published,
    ReplaceTransports,
    Resume,
    ServerMessage,
    SlotWish,
    Source,
    SubscribeAnswer,
    SubscribeOffer,
    TrackOffer,
    TrackPublished,
    Welcome,
)

M = TypeVar("M", bound=ServerMessage)
PATIENCE_S = 20.0
TONE_HZ = 440


class Tone(AudioStreamTrack):
    """A sine, so that nobody takes it for silence."""

    def __init__(self) -> None:
        super().__init__()
        self._samples = 0

    async def recv(self) -> AudioFrame:
        frame = await super().recv()
        assert isinstance(frame, AudioFrame)
        time = numpy.arange(self._samples, self._samples + frame.samples) / frame.sample_rate
        self._samples += frame.samples
        wave = (numpy.sin(2 * numpy.pi * TONE_HZ * time) * 12_000).astype(numpy.int16)
        frame.planes[0].update(wave.tobytes())
        return frame


class Picture(VideoStreamTrack):
    """A bar that moves over a plain colour."""

    def __init__(self, brightness: int) -> None:
        super().__init__()
        self._brightness = brightness
        self._number = 0

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        self._number += 1
        pixels = numpy.full((120, 160, 3), self._brightness, dtype=numpy.uint8)
        pixels[:, self._number % 160] = 255
        frame = VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts, frame.time_base = pts, fractions.Fraction(time_base)
        return frame


class Heard:
    """What came out of one Slot's decoder."""

    def __init__(self) -> None:
        self.frames = 0
        self.level = 0.0
        self.brightness = 0.0

    def take(self, frame: Any) -> None:
        self.frames += 1
        if isinstance(frame, AudioFrame):
            self.level = float(numpy.abs(frame.to_ndarray().astype(numpy.float64)).mean())
        elif isinstance(frame, VideoFrame):
            self.brightness = float(numpy.median(frame.to_ndarray(format="gray")))


class Client:
    """`async with Client(link) as client`: one person's page."""

    def __init__(self, link: str) -> None:
        self._base, _, self._token = link.partition("/j/")
        self._ids = itertools.count(1)
        self._http = aiohttp.ClientSession()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Condition()
        self.told: list[ServerMessage] = []
        self.subscribe: RTCPeerConnection | None = None
        self.publish_side: RTCPeerConnection | None = None
        self.heard: dict[str, Heard] = {}
        self.seq = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.vanish()
        for side in (self.subscribe, self.publish_side):
            if side is not None:
                await side.close()
        await self._http.close()

    # --- signaling --------------------------------------------------------------------------------------------------

    async def ticket(self) -> str:
        async with self._http.post(f"{self._base}/api/v1/join/{self._token}") as answer:
            found = await answer.json()
            assert answer.status == 200, found
            return str(found["ticket"])

    async def enter(self, *, takeover: bool = False, resume: Resume | None = None) -> Welcome:
        """Connect and say hello; the `welcome`. `AssertionError` with the code when refused."""
        self._socket = await self._http.ws_connect(f"{self._base}/ws")
        self._go(self._read(self._socket))
        hello = Hello(
            id=next(self._ids),
            version=PROTOCOL_VERSION,
            client=ClientDescription(name="aiortc", tier="phone"),
            ticket=None if resume else await self.ticket(),
            resume=resume,
            takeover=takeover,
        )
        answer = await self.ask(hello)
        assert isinstance(answer, Welcome), answer
        self._go(self._ping(self._socket, answer.ping_s))
        return answer

    async def ask(self, message: ClientMessage) -> ServerMessage:
        """Send; the answer with the same number."""
        assert self._socket is not None
        await self._socket.send_str(encode(message).decode())
        answer: ServerMessage = await self.until(
            lambda: next((m for m in self.told if getattr(m, "re", None) == message.id), None)
        )
        return answer

    async def until(self, look: Callable[[], Any]) -> Any:
        """Wait until this gives something."""
        async with asyncio.timeout(PATIENCE_S), self._changed:
            while not (found := look()):
                await self._changed.wait()
            return found

    def all(self, kind: type[M]) -> list[M]:
        return [message for message in self.told if isinstance(message, kind)]

    async def vanish(self) -> None:
        """The page is gone without a word."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()

    def _go(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            message = decode_server(frame.data.encode())
            self.seq = max(self.seq, getattr(message, "seq", 0))
            self.told.append(message)
            if isinstance(message, SubscribeOffer):
                self._go(self._answer(message))
            await self._notify()

    async def _ping(self, socket: aiohttp.ClientWebSocketResponse, every_s: float) -> None:
        while not socket.closed:
            await socket.send_str(encode(Ping(id=next(self._ids), seq=self.seq)).decode())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(every_s), self._changed:
                    await self._changed.wait_for(lambda: socket.closed)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # --- media ------------------------------------------------------------------------------------------------------

    async def _answer(self, offer: SubscribeOffer) -> None:
        if offer.fresh:
            if self.subscribe is not None:
                await self.subscribe.close()
            self.subscribe = _connection()
            self.heard.clear()
            self.subscribe.on("track", self._attach)
        side = self.subscribe
        assert side is not None
        await side.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
        await side.setLocalDescription(await side.createAnswer())
        answer = SubscribeAnswer(id=next(self._ids), generation=offer.generation, sdp=side.localDescription.sdp)
        assert isinstance(await self.ask(answer), Ack)

    def _attach(self, track: MediaStreamTrack) -> None:
        side = self.subscribe
        assert side is not None
        mid = next(t.mid for t in side.getTransceivers() if t.receiver.track is track)
        self.heard[str(mid)] = Heard()
        self._go(self._listen(track, self.heard[str(mid)]))

    async def _listen(self, track: MediaStreamTrack, heard: Heard) -> None:
        while True:
            heard.take(await track.recv())
            await self._notify()

    async def publish(self, brightness: int = 90) -> dict[Source, str]:
        """A tone and a picture on a new publish transport; the Track ids."""
        if self.publish_side is not None:
            await self.publish_side.close()
        side = self.publish_side = _connection()
        side.addTransceiver(Tone(), direction="sendonly")
        side.addTransceiver(Picture(brightness), direction="sendonly")
        await side.setLocalDescription(await side.createOffer())
        sources: tuple[Source, ...] = ("mic", "camera")
        offers = tuple(
            TrackOffer(mid=str(t.mid), source=source) for t, source in zip(side.getTransceivers(), sources, strict=True)
        )
        answer = await self.ask(Publish(id=next(self._ids), sdp=side.localDescription.sdp, tracks=offers))
        assert isinstance(answer, Published), answer
        await side.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        by_mid = {track.mid: track.track_id for track in answer.tracks}
        return {offer.source: by_mid[offer.mid] for offer in offers}

    async def show(self, slots: dict[int, str]) -> None:
        wishes = tuple(
            SlotWish(slot=slot, track_id=track_id, width=640, height=360) for slot, track_id in slots.items()
        )
        answer = await self.ask(Layout(id=next(self._ids), slots=wishes))
        assert isinstance(answer, Ack), answer

    async def track_of(self, participant_id: str, source: Source) -> str:
        """The Track of somebody else, as soon as it is there."""

        def look() -> str | None:
            found = [m.track for m in self.all(TrackPublished)]
            found += [track for m in self.all(Welcome) if m.room is not None for track in m.room.tracks]
            return next(
                (t.track_id for t in reversed(found) if (t.participant_id, t.source) == (participant_id, source)), None
            )

        return str(await self.until(look))

    async def mute(self, track_id: str, muted: bool) -> None:
        assert isinstance(await self.ask(Mute(id=next(self._ids), track_id=track_id, muted=muted)), Ack)

    async def replace_transports(self) -> None:
        answer = await self.ask(ReplaceTransports(id=next(self._ids)))
        assert not isinstance(answer, Error), answer

    async def leave(self) -> None:
        await self.ask(Leave(id=next(self._ids)))


def _connection() -> RTCPeerConnection:
    # Without this aiortc asks a public server for its address, and mixes m-lines of one kind.
    return RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
