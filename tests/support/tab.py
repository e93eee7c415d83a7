"""One tab of one browser, the same for Chromium and Firefox: what a person does, and what a test may look at."""

import asyncio
import json
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

PROBE = (Path(__file__).parent / "probe.js").read_text(encoding="utf-8")
POLL_S = 0.05
WAIT_S = 15.0


class Tab(ABC):
    """Drives a page as a person would; `probe.js` runs in every page before its own scripts."""

    name: str

    @abstractmethod
    async def goto(self, url: str) -> None: ...

    @abstractmethod
    async def evaluate(self, expression: str) -> Any:
        """The JSON value of a JavaScript expression; a promise is awaited."""

    @abstractmethod
    async def click_at(self, x: float, y: float) -> None: ...

    @abstractmethod
    async def press_key(self, key: str) -> None:
        """One key by its WebDriver/Playwright name: Tab, Enter, Escape, or a character."""

    @abstractmethod
    async def screenshot(self, path: Path) -> None: ...

    @abstractmethod
    async def reload(self) -> None: ...

    @abstractmethod
    async def close(self) -> None:
        """Close the tab and its browser in good order."""

    @abstractmethod
    def kill(self) -> None:
        """The browser is gone at once, as by kill -9."""

    @abstractmethod
    def console(self) -> list[str]: ...

    async def wait(self, expression: str, what: str, timeout_s: float = WAIT_S) -> Any:
        """Wait until the expression is truthy and give it. Fails with the page's text and last console lines."""
        end = time.monotonic() + timeout_s
        while True:
            value = await self.evaluate(expression)
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(await self.complaint(what, timeout_s))
            await asyncio.sleep(POLL_S)

    async def complaint(self, what: str, timeout_s: float) -> str:
        text = await self.evaluate("document.body ? document.body.innerText.slice(0, 1500) : '(no body)'")
        stats = await self.evaluate("window.__probe ? __probe.summary() : null")
        console = "\n".join(self.console()[-15:])
        return (
            f"{self.name}: no {what} within {timeout_s} s\n--- page\n{text}\n--- console\n{console}\n"
            f"--- rtc\n{json.dumps(stats, indent=1)}"
        )

    async def press(self, name: str, *, timeout_s: float = WAIT_S) -> None:
        """Press the control with this accessible name (a whole match, or /regex/), as a real pointer does."""
        target = await self.wait(f"__probe.target({json.dumps(name)})", f"control named {name!r}", timeout_s)
        await self.click_at(target["x"], target["y"])

    async def has(self, name: str) -> bool:
        """Is a control with this accessible name to be seen?"""
        return bool(await self.evaluate(f"!!__probe.target({json.dumps(name)})"))

    async def wait_text(self, text: str, timeout_s: float = WAIT_S) -> None:
        await self.wait(f"document.body.innerText.includes({json.dumps(text)})", f"text {text!r}", timeout_s)
