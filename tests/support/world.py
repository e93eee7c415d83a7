"""The network that a browser test lives in, its server and its browsers; everything ends with it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Playwright, async_playwright

from tests.support import netns
from tests.support.chromium import ChromiumOptions, ChromiumTab
from tests.support.firefox import FirefoxTab
from tests.support.homeroom import Homeroom
from tests.support.netns import Namespace
from tests.support.tab import Tab


@contextmanager
def own_network() -> Iterator[Namespace | None]:
    """This process is in a namespace of its own meanwhile; None where it may not make one."""
    if not netns.available():
        yield None
        return
    namespace = Namespace("test")
    try:
        namespace.add_local_address()
        with namespace.entered():
            yield namespace
    finally:
        namespace.close()


@dataclass(slots=True)
class World:
    """A running server and the browsers that were started against it."""

    namespace: Namespace | None
    server: Homeroom
    playwright: Playwright
    tabs: list[Tab] = field(default_factory=list)

    async def chromium(self, name: str, **options: Any) -> ChromiumTab:
        tab = await ChromiumTab.launch(self.playwright, name, ChromiumOptions(**options))
        self.tabs.append(tab)
        return tab

    async def firefox(self, name: str) -> FirefoxTab:
        tab = await FirefoxTab.launch(name, loopback_only=self.namespace is None)
        self.tabs.append(tab)
        return tab

    async def close(self, tab: Tab) -> None:
        self.tabs.remove(tab)
        await tab.close()

    def kill(self, tab: Tab) -> None:
        self.tabs.remove(tab)
        tab.kill()


@asynccontextmanager
async def world(namespace: Namespace | None, server: Homeroom) -> AsyncIterator[World]:
    """Browsers for a server that runs already; all of them are closed at the end."""
    async with async_playwright() as playwright:
        result = World(namespace, server, playwright)
        try:
            yield result
        finally:
            for tab in list(result.tabs):
                await result.close(tab)
