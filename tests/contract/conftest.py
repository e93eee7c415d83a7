"""The media sides that a test may ask for."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from server.rtc.fake_plane import FakeMedia
from tests.contract.sides import TOKEN, Conversation, FakeLink, MediaProcess

Connect = Callable[[], Awaitable[Conversation]]


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[MediaProcess]:
    """A running media process."""
    process = MediaProcess(tmp_path)
    await process.start()
    yield process
    await process.stop()


@pytest.fixture(params=["fake", "native"])
async def connect(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Connect]:
    """Opens links to one media side: the fake one, then the real one."""
    links: list[Conversation] = []
    process: MediaProcess | None = None
    if request.param == "fake":
        media = FakeMedia(token=TOKEN)

        async def connect() -> Conversation:
            links.append(Conversation(FakeLink(media)))
            return links[-1]
    else:
        process = MediaProcess(tmp_path)
        await process.start()
        running = process

        async def connect() -> Conversation:
            links.append(await running.connect())
            return links[-1]

    yield connect
    for link in links:
        await link.close()
    if process is not None:
        await process.stop()
