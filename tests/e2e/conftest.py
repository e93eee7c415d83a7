"""One server and its browsers for all tests here; each test file has a class (Session) of its own."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.support.homeroom import Homeroom
from tests.support.netns import Namespace
from tests.support.world import World, world


@pytest.fixture(scope="session")
def server(network: Namespace | None) -> Iterator[Homeroom]:
    homeroom = Homeroom()
    yield homeroom
    assert homeroom.stop() == 0


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(network: Namespace | None, server: Homeroom) -> AsyncIterator[World]:
    async with world(network, server) as result:
        yield result
