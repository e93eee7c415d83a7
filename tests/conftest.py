"""What browser tests in several rooms share: one network namespace and one event loop for all of them."""

import inspect
from collections.abc import Iterator

import pytest

from tests.support.netns import Namespace
from tests.support.world import own_network

BROWSER_ROOMS = ("tests/e2e/", "tests/faults/")
BROWSER_TEST_S_MAX = 150


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Real browsers on a small machine: more time than other tests, and one loop that their connections live on."""
    for item in items:
        if not any(room in item.path.as_posix() for room in BROWSER_ROOMS):
            continue
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(BROWSER_TEST_S_MAX))
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def network() -> Iterator[Namespace | None]:
    """This process is in a namespace of its own from here on; None where it may not make one."""
    with own_network() as namespace:
        yield namespace
