"""One synthetic participant: speaks docs/protocol.md, hands SDP to rtpbot and back, looks at what its layout says."""

import asyncio
import contextlib
import itertools
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from loadtest.errors import LoadtestError
from loadtest.room import RoomView, wishes
from loadtest.rtp import News, Rtp
from loadtest.scenario import Layout
from signaling.codec import decode_server, encode
from signaling.messages import (
    MESSAGE_BYTES_MAX,
    PROTOCOL_VERSION,
    Bye,
    ClientDescription,
    ClientMessage,
    Error,
    Hello,
    Leave,
    MediaReset,
    Ping,
    Publish,
    Published,
    ReplaceTransports,
    Resume,
    ServerMessage,
    SlotWish,
    SubscribeAnswer,
    SubscribeOffer,
    TrackOffer,
    Welcome,
)
from signaling.messages import Layout as LayoutMessage

ANSWER_S = 15.0
LEAVE_S = 9.0  # a server under load still hears a goodbye; one that is gone must not hold up a Ctrl-C for ever
LAYOUT_REST_S = 0.25  # tracks come in crowds: one layout for all of them
REPLACE_AFTER_S = 5.0  # docs/protocol.md: an ICE path that does not come back is given up
AGAIN_S = (0.2, 5.0)

TrackWish = dict[str, Any]
Clock = Callable[[], float]


@dataclass(slots=True)
class Moments:
    """When this bot got how far, in seconds from its first request. None: never."""

    welcomed_s: float | None = None
    connected_s: float | None = None
    picture_s: float | None = None
    sound_s: float | None = None
    reconnects: int = 0
    refusals: list[str] = field(default_factory=list)


class Bot:
    """`run()` until cancelled or told goodbye; `leave()` says so in order."""

    def __init__(
        self,
        number: int,
        link: str,
        role: str,
        http: aiohttp.ClientSession,
        rtp: Rtp,
        layout: Layout,
        owners: dict[str, int],
    ) -> None:
        self.number = number
        self.role = role
        self.moments = Moments()
        self.view = RoomView()
        self._origin, _, self._token = link.partition("/j/")
        self._http = http
        self._rtp = rtp
        self._layout = layout
        self._owners = owners
        self._tracks: list[TrackWish] = []
        self._told: list[TrackWish] | None = None
        self._entered_anew = True
        self._page = 0
        self._ids = itertools.count(1)
        self._hello_id = 0
        self._seq = 0
        self._resume: str | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._answers: dict[int, asyncio.Future[ServerMessage]] = {}
        self._began_s = 0.0
        self._leaving = asyncio.Event()
        self._goodbye = False  # said and heard, or said by the server
        self._over = asyncio.Event()  # the server holds no place for this bot
        self._over.set()
        self._look = asyncio.Event()
        self._shown: tuple[SlotWish, ...] | None = None
        self._publishing = asyncio.Lock()
        self._work: asyncio.TaskGroup | None = None
        self._in_class = False
        self._lost_since_s: float | None = None
        rtp.listen(number, self._news)

    # --- what the director says -------------------------------------------------------------------------------------

    def publish(self, tracks: list[TrackWish]) -> None:
        """Publish exactly these from now on: at once, or as soon as there is a Connection."""
        self._tracks = tracks
        if self._work is not None and self.moments.welcomed_s is not None:
            self._go(self._publish(fresh=False))

    def turn(self) -> None:
        """Look at the next page."""
        self._page += 1
        self._look.set()

    async def leave(self) -> bool:
        """Gone at once, also out of the middle of entering or of coming back. Whether the server has heard it."""
        self._leaving.set()
        if self._in_class:
            self._go(self._say_goodbye())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                await self._over.wait()
        self._rtp.order("drop", bot=self.number)
        return self._over.is_set()

    async def _say_goodbye(self) -> None:
        await self._ask(Leave(id=next(self._ids)))
        self._goodbye = True
        if self._socket is not None:
            await self._socket.close()

    # --- its life ---------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Enter, and come back whenever the Connection is lost without a goodbye.

        Whoever is to leave and still has a place on the server comes back to say so: else the place would stay for the
        whole grace period.
        """
        self._began_s = time.monotonic()
        wait_s = AGAIN_S[0]
        while not self._is_done():
            self._over.clear()
            try:
                await self._connection()
                wait_s = AGAIN_S[0]
            except* (aiohttp.ClientError, LoadtestError, TimeoutError, OSError) as group:
                self._note(group)
            if self._is_done():
                break
            self.moments.reconnects += 1
            await self._rest(wait_s * random.uniform(0.5, 1.0))
            wait_s = min(AGAIN_S[1], wait_s * 2)
        self._over.set()

    def _is_done(self) -> bool:
        return self._goodbye or (self._leaving.is_set() and self._resume is None)

    async def _rest(self, wait_s: float) -> None:
        """Before the next try; shorter for whoever is to leave."""
        if self._leaving.is_set():
            await asyncio.sleep(AGAIN_S[0])
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._leaving.wait()

    async def _connection(self) -> None:
        """One WebSocket from hello to its end."""
        self._entered_anew = self._resume is None
        ticket = None if self._resume else await self._ticket()
        url = self._origin.replace("http", "ws", 1) + "/ws"
        async with self._http.ws_connect(url, max_msg_size=4 * MESSAGE_BYTES_MAX) as socket:
            if self._is_done():
                return  # nobody has entered yet
            self._socket = socket
            resume = Resume(token=self._resume, seq=self._seq) if self._resume else None
            self._hello_id = next(self._ids)
            hello = Hello(
                id=self._hello_id,
                version=PROTOCOL_VERSION,
                client=ClientDescription(name="homeroom-loadtest", browser="rtpbot"),
                ticket=ticket,
                resume=resume,
            )
            await socket.send_str(encode(hello).decode())
            async with asyncio.TaskGroup() as work:
                self._work = work
                side: list[asyncio.Task[None]] = []
                try:
                    async for frame in socket:
                        if frame.type is aiohttp.WSMsgType.TEXT:
                            self._take(decode_server(frame.data.encode()), side)
                finally:
                    self._in_class = False
                    self._work = None
                    self._fail_answers()
                    for task in side:
                        task.cancel()

    async def _ticket(self) -> str:
        async with self._http.post(f"{self._origin}/api/v1/join/{self._token}") as answer:
            body = json.loads(await answer.read())
            if answer.status != 200:
                raise LoadtestError(f"no ticket: {body.get('text')}")
            return str(body["ticket"])

    def _take(self, message: ServerMessage, side: list[asyncio.Task[None]]) -> None:
        self._seq = max(self._seq, getattr(message, "seq", 0))
        if (waiting := self._answers.pop(getattr(message, "re", -1), None)) is not None and not waiting.done():
            waiting.set_result(message)
        match message:
            case Welcome():
                side.append(self._go(self._pinging(message.ping_s)))
                side.append(self._go(self._looking()))
                self._welcomed(message)
            case Error(re=re) if re == self._hello_id:
                self.moments.refusals.append(f"hello: {message.code}: {message.text}")
                if message.code == "resume_unknown":
                    self._resume = None
                # The answer to a refusal is another ticket or another moment: both are a new Connection here.
                raise LoadtestError(f"hello was refused: {message.code}")
            case Error():
                self.moments.refusals.append(f"{message.code}: {message.text}")
            case Bye():
                self._goodbye = True
            case SubscribeOffer():
                self._go(self._answer(message))
            case MediaReset():
                self.moments.reconnects += 1
                self._go(self._publish(fresh=True))
            case _:
                pass
        if self.view.apply(message):
            self._look.set()

    def _welcomed(self, message: Welcome) -> None:
        self._resume = message.resume_token
        self._in_class = True
        if self._leaving.is_set():
            self._go(self._say_goodbye())
        if self._entered_anew:
            self._seq = message.seq
        self._owners[message.participant_id] = self.number
        if message.room is not None:
            self.view.reset(message.participant_id, message.room)
            self._shown = None
            self._look.set()
        if self.moments.welcomed_s is None:
            self.moments.welcomed_s = self._since()
        if self._tracks and (self._entered_anew or self._told is not self._tracks):
            # An offer whose answer was lost cannot be made again on the same transport.
            self._go(self._publish(fresh=True))

    async def _answer(self, offer: SubscribeOffer) -> None:
        answer = await self._rtp.ask(
            "answer", "subscribe_offer", self.number, generation=offer.generation, sdp=offer.sdp, fresh=offer.fresh
        )
        await self._ask(SubscribeAnswer(id=next(self._ids), generation=offer.generation, sdp=answer["sdp"]))
        if offer.fresh:
            self._shown = None  # new eyes know nothing of what they should see
        self._look.set()

    async def _publish(self, *, fresh: bool) -> None:
        """The whole publish transport as it should be; `fresh`: on a new one."""
        async with self._publishing:
            tracks = self._tracks
            offer = await self._rtp.ask("offer", "publish", self.number, tracks=tracks, fresh=fresh)
            named = tuple(TrackOffer(mid=one["mid"], source=one["source"]) for one in offer["tracks"])
            answer = await self._ask(Publish(id=next(self._ids), sdp=offer["sdp"], tracks=named))
            if isinstance(answer, Published):
                self._rtp.order("publish_answer", bot=self.number, sdp=answer.sdp)
                self._told = tracks

    async def _pinging(self, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            lost_s = self._lost_since_s
            if lost_s is not None and time.monotonic() - lost_s > REPLACE_AFTER_S:
                self._lost_since_s = None
                self.moments.reconnects += 1
                await self._ask(ReplaceTransports(id=next(self._ids)))
            await self._ask(Ping(id=next(self._ids), seq=self._seq))

    async def _looking(self) -> None:
        """Says what is wanted in the slots whenever that changed."""
        while True:
            await self._look.wait()
            await asyncio.sleep(LAYOUT_REST_S)
            self._look.clear()
            wanted = wishes(self.view, self._layout, self._page)
            if wanted == self._shown or not self.view.slots:
                continue
            self._shown = wanted
            self._show(wanted)
            answer = await self._ask(LayoutMessage(id=next(self._ids), slots=wanted))
            if isinstance(answer, Error):
                self._shown = None

    def _show(self, wanted: tuple[SlotWish, ...]) -> None:
        """Tell rtpbot what to expect where, so that it can judge what comes."""
        by_slot = {wish.slot: wish.track_id for wish in wanted}
        slots = []
        for slot in self.view.slots:
            if slot.kind == "video":
                track = self.view.tracks.get(by_slot.get(slot.slot) or "")
                owner = None if track is None else self._owners.get(track.participant_id)
                source = None if track is None or owner is None else track.source
                slots.append({"mid": slot.mid, "from": owner, "source": source})
        self._rtp.order("show", bot=self.number, slots=slots)

    def stop_judging(self) -> None:
        """From now on nothing is expected: the end of a run is no freeze."""
        slots = [{"mid": slot.mid, "from": None, "source": None} for slot in self.view.slots if slot.kind == "video"]
        self._rtp.order("show", bot=self.number, slots=slots)

    # --- small things -----------------------------------------------------------------------------------------------

    async def _ask(self, message: ClientMessage) -> ServerMessage:
        """Send; the answer. What is refused is counted when it arrives."""
        if self._socket is None or self._socket.closed:
            raise LoadtestError("the connection is closed")
        future: asyncio.Future[ServerMessage] = asyncio.get_running_loop().create_future()
        self._answers[message.id] = future
        await self._socket.send_str(encode(message).decode())
        async with asyncio.timeout(ANSWER_S):
            return await future

    def _fail_answers(self) -> None:
        for future in self._answers.values():
            if not future.done():
                future.set_exception(LoadtestError("the connection was lost"))
                future.exception()  # whoever waited may be gone too
        self._answers.clear()

    def _go(self, work: Any) -> asyncio.Task[None]:
        assert self._work is not None  # only called while a Connection is read
        return self._work.create_task(work)

    def _note(self, group: BaseExceptionGroup[BaseException]) -> None:
        """Why a Connection ended. What the server refused is noted already."""
        first: BaseException = group
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        text = str(first) or type(first).__name__
        if not text.startswith("hello was refused"):
            self.moments.refusals.append(f"connection: {text}")

    def _since(self) -> float:
        return time.monotonic() - self._began_s

    def _news(self, news: News) -> None:
        moments = self.moments
        match news:
            case {"news": "state", "direction": "subscribe", "state": "connected"}:
                moments.connected_s = moments.connected_s or self._since()
                self._lost_since_s = None
            case {"news": "state", "state": "connected"}:
                self._lost_since_s = None
            case {"news": "state", "state": "disconnected" | "failed"} if not self._leaving.is_set():
                self._lost_since_s = self._lost_since_s or time.monotonic()
            case {"news": "picture"}:
                moments.picture_s = moments.picture_s or self._since()
            case {"news": "sound"}:
                moments.sound_s = moments.sound_s or self._since()
            case {"news": "refused"}:
                moments.refusals.append(f"rtpbot: {news['text']}")
            case _:
                pass
