"""Every screen, light and dark, on a desktop and on a phone: axe finds nothing serious and nothing is cut off.

A picture of each is taken; `make screenshots` keeps them in docs/screenshots.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.axe import grave_findings
from tests.support.chromium import ChromiumTab
from tests.support.fake_capture import BLUE, ORANGE, VIOLET
from tests.support.person import Person
from tests.support.roster import add_class
from tests.support.world import World

pytestmark = pytest.mark.timeout(200)

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "build" / "screenshots"
NARROWEST = 360


async def look_at(tab: ChromiumTab, name: str) -> None:
    """Take the screen's picture in light and dark, and hold it to axe in both."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        await tab.show_in(scheme)
        findings = await grave_findings(tab)
        await tab.screenshot(PICTURES / f"{name}-{scheme}.png")
        assert not findings, f"{name} ({scheme}):\n" + "\n".join(findings)
    await tab.show_in("light")
    wider = await tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{name} scrolls sideways by {wider} px"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def people(stage: World) -> AsyncIterator[dict[str, Person]]:
    """Three people; nobody has opened a link yet."""
    names = {"Iris": "instructor", "Sam": "student", "Mia": "student", "Olga": "observer"}
    made = await add_class(stage.server.database_file, "Fractions, lesson 4", names)
    found = {}
    for name, look in (("Iris", ORANGE), ("Sam", BLUE), ("Mia", VIOLET)):
        phone = name == "Mia"
        size = {"width": 390, "height": 780} if phone else {"width": 1280, "height": 800}
        tab = await stage.chromium(name, look=look, phone=phone, **size)
        found[name] = Person(name, tab, stage.server.origin + made.path(name), look)
    found["Olga"] = Person("Olga", found["Mia"].tab, stage.server.origin + made.path("Olga"))
    yield found
    for name in ("Iris", "Sam", "Mia"):
        await stage.close(found[name].tab)


def tab_of(person: Person) -> ChromiumTab:
    assert isinstance(person.tab, ChromiumTab)
    return person.tab


async def test_pages_before_the_class(stage: World, people: dict[str, Person]) -> None:
    tab = tab_of(people["Sam"])
    await tab.goto(stage.server.origin + "/")
    await tab.wait_text("personal link")
    await look_at(tab, "home")
    await tab.goto(stage.server.origin + "/j/" + "x" * 32)
    await tab.wait_text("This link does not lead to a class")
    await look_at(tab, "link-unknown")
    await tab.goto(stage.server.origin + "/selftest")
    await tab.wait("!!__probe.target('Start the checks')", "self test")
    await look_at(tab, "selftest")
    await people["Sam"].open_link()
    await look_at(tab, "join")


async def test_device_check(people: dict[str, Person]) -> None:
    for name, picture in (("Sam", "device-check"), ("Mia", "device-check-phone")):
        await people[name].open_link()
        await people[name].check_devices()
        await look_at(tab_of(people[name]), picture)


async def test_room(people: dict[str, Person]) -> None:
    await people["Iris"].enter()
    for name in ("Sam", "Mia"):
        await people[name].tab.press("@enter-room")
        await people[name].wait_in_room()
    inside = [people[name] for name in ("Iris", "Sam", "Mia")]
    for person in inside:
        for other in inside:
            if other is not person:
                await person.wait_picture(other)
    await look_at(tab_of(people["Iris"]), "room")
    await look_at(tab_of(people["Mia"]), "room-phone")
    await people["Iris"].tab.press("@layout-toggle")
    await people["Iris"].tab.wait("!!document.querySelector('[data-testid=speaker-view]')", "speaker view")
    await look_at(tab_of(people["Iris"]), "room-speaker")


async def test_what_opens_in_the_room(people: dict[str, Person]) -> None:
    for name, picture in (("Iris", ""), ("Mia", "-phone")):
        tab = tab_of(people[name])
        await tab.press("@people-toggle")
        await tab.wait("!!document.querySelector('[data-testid=people-panel]')", "list of people")
        await look_at(tab, f"people{picture}")
        await tab.press("@people-close")
        await tab.press("@settings-open")
        await tab.wait("!!document.querySelector('[role=dialog]')", "settings")
        await look_at(tab, f"settings{picture}")
        await tab.press_key("Escape")
        await tab.wait("!document.querySelector('[role=dialog]')", "end of settings")
    await people["Iris"].tab.press("@help-open")
    await people["Iris"].tab.wait("!!document.querySelector('[role=dialog]')", "help")
    await look_at(tab_of(people["Iris"]), "help")
    await people["Iris"].tab.press_key("Escape")


async def test_a_shared_screen(people: dict[str, Person]) -> None:
    await people["Iris"].tab.press("Share screen")
    await people["Sam"].wait_tile("Iris", "!!state.look", "shared screen", source="screen")
    await look_at(tab_of(people["Sam"]), "shared-screen")
    await look_at(tab_of(people["Mia"]), "shared-screen-phone")
    await look_at(tab_of(people["Iris"]), "sharing")
    await people["Iris"].tab.press("@share-toggle")


async def test_keyboard_alone(people: dict[str, Person]) -> None:
    """Leaving without a pointer: Tab reaches the button, Enter presses it."""
    tab = tab_of(people["Sam"])
    for _ in range(40):
        await tab.press_key("Tab")
        if await tab.evaluate("document.activeElement?.dataset.testid === 'leave-button'"):
            break
    else:
        pytest.fail("Tab does not reach the leave button")
    await tab.press_key("Enter")
    await tab.wait_text("You left the class", 5)
    await look_at(tab, "left")


async def test_narrowest_phone(people: dict[str, Person]) -> None:
    tab = tab_of(people["Mia"])
    await tab.page.set_viewport_size({"width": NARROWEST, "height": 640})
    await look_at(tab, "room-narrow")
    for name in ("@mic-toggle", "@camera-toggle", "@people-toggle", "@settings-open", "@leave-button"):
        assert await tab.has(name), f"{name} cannot be pressed at {NARROWEST} px"


async def test_second_device_and_observer(people: dict[str, Person]) -> None:
    tab = tab_of(people["Sam"])
    iris_again = Person("Iris", tab, people["Iris"].url, BLUE)
    await iris_again.open_link()
    await iris_again.check_devices()
    await tab.press("@enter-room")
    await tab.wait_text("Move here?")
    await look_at(tab, "move-here")
    await people["Mia"].tab.press("@leave-button")
    await people["Mia"].tab.wait_text("You left the class", 5)
    olga = people["Olga"]
    await olga.open_link()
    await olga.tab.press("@join-button")
    await olga.tab.wait("!!__probe.target('@enter-room')", "device check of an observer")
    await look_at(tab_of(olga), "observer-check-phone")
