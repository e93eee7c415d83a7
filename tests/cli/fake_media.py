"""A media process that forwards nothing: it answers on the link, so that control becomes ready."""

import asyncio
from pathlib import Path

from media.contract import (
    HEADER_BYTES,
    LINK_VERSION,
    Candidate,
    Counters,
    CurrentState,
    Fingerprint,
    GetSnapshot,
    LinkHello,
    MediaHello,
    ShardAddress,
    Snapshot,
    WantedState,
    decode_command,
    encode_frame,
    frame_length,
)


class FakeMedia:
    """Listens on a Unix socket. `greeted` holds every hello that came."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.greeted: list[LinkHello] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "FakeMedia":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self._path)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                length = frame_length(await reader.readexactly(HEADER_BYTES))
                for answer in self._answers(decode_command(await reader.readexactly(length))):
                    writer.write(encode_frame(answer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # control went away
        finally:
            writer.close()

    def _answers(self, command: object) -> list[MediaHello | CurrentState | Counters | Snapshot]:
        match command:
            case LinkHello():
                self.greeted.append(command)
                return [
                    MediaHello(
                        version=LINK_VERSION,
                        media_id="med_fake",
                        node="local",
                        fingerprint=Fingerprint(algorithm="sha-256", value=":".join(["AB"] * 32)),
                        shards=(ShardAddress(shard=0, candidates=(Candidate(address="127.0.0.1", port=9),)),),
                        build="fake",
                    ),
                    Counters(values={"datagrams_in": 7}),
                ]
            case WantedState():
                return [CurrentState(rooms=(), transports=(), tracks=(), subscriptions=())]
            case GetSnapshot(command_id=command_id):
                return [Snapshot(command_id=command_id, json='{"shards": []}')]
            case _:
                return []
