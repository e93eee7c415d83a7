"""One network, one server and one event loop for all browser tests; each test file has a class (Session) of its own."""

import inspect
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.support.homeroom import Homeroom
from tests.support.netns import Namespace
from tests.support.world import World, own_network, world

TEST_S_MAX = 150


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Real browsers on a small machine: more time than other tests, and one loop that their connections live on."""
    for item in items:
        if "tests/e2e" in item.path.as_posix() or "tests/faults" in item.path.as_posix():
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(TEST_S_MAX))
            if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def network() -> Iterator[Namespace | None]:
    with own_network() as namespace:
        yield namespace


@pytest.fixture(scope="session")
def server(network: Namespace | None) -> Iterator[Homeroom]:
    homeroom = Homeroom()
    yield homeroom
    assert homeroom.stop() == 0


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(network: Namespace | None, server: Homeroom) -> AsyncIterator[World]:
    async with world(network, server) as result:
        yield result
