"""The link to a recorder: orders out, news in. What is not done is asked again at the next connection."""

import asyncio
from collections.abc import Callable

import structlog

from recorder.contract import (
    HEADER_BYTES,
    RECORDER_LINK_VERSION,
    Challenge,
    CopyDropped,
    DropCopy,
    FrameError,
    Hello,
    MixRemade,
    News,
    OrderFailed,
    Processed,
    ProcessRecording,
    Progress,
    RemakeMix,
    decode_news,
    encode,
    frame_length,
    order_proof,
)

CONNECT_TIMEOUT_S = 5.0
BACKOFF_S = (0.2, 0.5, 1.0, 2.0)

_log = structlog.get_logger("recordings")

Wanted = ProcessRecording | DropCopy | RemakeMix


class RecorderLink:
    """`want` may be called before the link stands, and repeated. `on_news` must return at once."""

    def __init__(self, address: str, token: str, on_news: Callable[[News], None]) -> None:
        self._address = address
        self._token = token
        self._on_news = on_news
        self._wanted: dict[tuple[type[Wanted], str], Wanted] = {}
        self._writer: asyncio.StreamWriter | None = None

    @property
    def linked(self) -> bool:
        return self._writer is not None

    def want(self, order: Wanted) -> None:
        """Ask for it until it is done or has failed."""
        key = (type(order), order.recording_id)
        if key in self._wanted:
            return
        self._wanted[key] = order
        if self._writer is not None:
            self._writer.write(encode(order))

    def wants(self, recording_id: str) -> bool:
        """Is something asked of this recording already?"""
        return any(key[1] == recording_id for key in self._wanted)

    def forget(self, recording_id: str) -> None:
        """Nothing is wanted of this recording any more."""
        for key in [key for key in self._wanted if key[1] == recording_id]:
            del self._wanted[key]

    async def run(self) -> None:
        """Connect, serve, and again, for ever."""
        tries = 0
        while True:
            try:
                await self._serve()
            except (OSError, EOFError, TimeoutError, FrameError) as error:
                if self._writer is not None or tries == 0:
                    _log.info("recorder_link_lost", reason=str(error)[:200])
                tries = 0 if self._writer is not None else tries + 1
            finally:
                writer, self._writer = self._writer, None
                if writer is not None:
                    writer.close()
            await asyncio.sleep(BACKOFF_S[min(tries, len(BACKOFF_S) - 1)])

    async def _serve(self) -> None:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            reader, writer = await self._connect()
            try:
                challenge = await _read(reader)
                if not isinstance(challenge, Challenge) or challenge.version != RECORDER_LINK_VERSION:
                    raise FrameError("a recorder of another version")
                writer.write(encode(Hello(RECORDER_LINK_VERSION, order_proof(self._token, challenge.nonce))))
            except BaseException:
                writer.close()
                raise
        self._writer = writer
        _log.info("recorder_linked", recorder=challenge.recorder_id)
        for order in self._wanted.values():
            writer.write(encode(order))
        while True:
            self._take(await _read(reader))

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.startswith("unix:"):
            return await asyncio.open_unix_connection(self._address.removeprefix("unix:"))
        host, _, port = self._address.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port))

    def _take(self, news: News) -> None:
        match news:
            case Processed(recording_id=recording_id):
                self._wanted.pop((ProcessRecording, recording_id), None)
            case CopyDropped(recording_id=recording_id):
                self._wanted.pop((DropCopy, recording_id), None)
            case MixRemade(recording_id=recording_id):
                self._wanted.pop((RemakeMix, recording_id), None)
            case OrderFailed(recording_id=recording_id):
                self.forget(recording_id)
            case Progress() | Challenge():
                pass
        self._on_news(news)


async def _read(reader: asyncio.StreamReader) -> News:
    return decode_news(await reader.readexactly(frame_length(await reader.readexactly(HEADER_BYTES))))
