"""What a lesson's script does in its browsers, and when: wall-clock brackets around what the record must show."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.support.chromium import ChromiumTab
from tests.support.person import ENTER_S, Person

WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Bracket:
    """It happened between these two moments: before the hand moved, and after everybody saw it."""

    from_s: float
    to_s: float

    def holds(self, instant: str) -> bool:
        """Is this instant of the record (whole seconds) inside?"""
        at = datetime.fromisoformat(instant).timestamp()
        return int(self.from_s) <= at <= self.to_s + 1


@dataclass(slots=True)
class Notes:
    """What the script did, by what it calls it."""

    brackets: dict[str, Bracket] = field(default_factory=dict)

    @asynccontextmanager
    async def noting(self, what: str) -> AsyncIterator[None]:
        start = time.time()
        yield
        self.brackets[what] = Bracket(start, time.time())

    def length_s(self, first: str, last: str) -> tuple[float, float]:
        """The shortest and the longest that lies between two things."""
        one, other = self.brackets[first], self.brackets[last]
        return other.from_s - one.to_s, other.to_s - one.from_s


def tab_of(person: Person) -> ChromiumTab:
    assert isinstance(person.tab, ChromiumTab)
    return person.tab


def by_id(test_id: str) -> str:
    return f"[data-testid={test_id}]"


async def see(person: Person, selector: str, what: str, timeout_s: float = WAIT_S) -> None:
    await person.tab.wait(f"!!document.querySelector({selector!r})", f"{what} at {person.name}", timeout_s)


async def gone(person: Person, selector: str, what: str, timeout_s: float = WAIT_S) -> None:
    await person.tab.wait(f"!document.querySelector({selector!r})", f"end of {what} at {person.name}", timeout_s)


async def see_all(people: list[Person], selector: str, what: str) -> None:
    await asyncio.gather(*(see(person, selector, what) for person in people))


async def write(person: Person, test_id: str, text: str) -> None:
    await see(person, by_id(test_id), test_id)
    await tab_of(person).page.fill(by_id(test_id), text)


async def choose(person: Person, test_id: str, value: str) -> None:
    await see(person, by_id(test_id), test_id)
    await tab_of(person).page.select_option(by_id(test_id), value)


async def tool(person: Person, test_id: str) -> None:
    """A teaching tool out of the menu of them."""
    await person.tab.press("@tools-toggle")
    await person.tab.press(f"@{test_id}")


async def check_devices_without(person: Person) -> None:
    """The device check of somebody who has neither camera nor microphone: it says so and lets them in."""
    await person.open_link()
    await person.tab.press("@join-button")
    await see(person, by_id("device-check"), "device check")
    await see(person, "[data-problem^=camera]", "what is wrong with the camera")


async def draw(person: Person, across: float = 0.5, down: float = 0.5) -> None:
    """One stroke on the board that is in front of this person."""
    page = tab_of(person).page
    await see(person, f"{by_id('board-canvas')} canvas", "board", ENTER_S)
    await page.click(f"{by_id('board-canvas')} {by_id('toolbar-freedraw')}", force=True)
    box = await page.locator(by_id("board-canvas")).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * across, box["y"] + box["height"] * down
    await page.mouse.move(x, y)
    await page.mouse.down()
    for step in range(1, 12):
        await page.mouse.move(x + step * 5, y + (step % 4) * 6)
    await page.mouse.up()


def row_of(report: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in report["people"] if one["display_name"] == name)
    return found
