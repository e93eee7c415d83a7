"""Flash and beep: what is seen and what is heard of one person stays together, through a good network and a bad one."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.support import netns
from tests.support.badnet import BadNetwork
from tests.support.homeroom import Homeroom
from tests.support.netns import Namespace
from tests.support.person import Person
from tests.support.roster import add_class
from tests.support.sync import INSTALL, SYNC
from tests.support.world import World, world

pytestmark = pytest.mark.timeout(200)

HERE, FAR = "10.77.1.1", "10.77.1.2"
LOSS, DELAY_MS = 0.02, 40  # each way: 80 ms there and back
FREEZE_MS_MAX = 1000
MAIN_SKEW_MS_MAX, OTHER_SKEW_MS_MAX = 80, 200
WATCH_S = 15
# Sound and picture find each other after the first sender reports, which come every second or so.
SETTLE_S = 8


async def lesson(stage: World, origin: str, far: Namespace | None) -> tuple[Person, Person]:
    """Instructor and student with flashing and beeping cameras; the student in another namespace if one is given."""
    made = await add_class(stage.server.database_file, "Rhythm", {"Iris": "instructor", "Sam": "student"})
    people = []
    for name, namespace in (("Iris", None), ("Sam", far)):
        tab = await stage.chromium(name, namespace=namespace, init_scripts=(SYNC, INSTALL))
        person = Person(name, tab, origin + made.path(name))
        await person.enter()
        people.append(person)
    iris, sam = people
    await iris.wait_tile("Sam", "!!state.look", "picture")
    await sam.wait_tile("Iris", "!!state.look", "picture")
    return iris, sam


async def skew(watcher: Person, other: str) -> list[int]:
    found: dict[str, Any] = await watcher.tab.evaluate(
        f"__sync.measure(__probe.tile('{other}').querySelector('video'), await __probe.loudestTrack(), {WATCH_S})"
    )
    skews: list[int] = found["skews"]
    assert len(skews) >= WATCH_S * 0.6, f"{watcher.name} saw and heard too little of {other}: {found}"
    return sorted(skews)


async def settle(person: Person) -> None:
    await person.tab.evaluate(f"new Promise((done) => setTimeout(done, {SETTLE_S * 1000}))")


def typical(skews: list[int]) -> int:
    """The median: a single flash that a lost packet delayed is a freeze, not a skew."""
    return skews[len(skews) // 2]


async def test_on_a_good_network(stage: World) -> None:
    iris, sam = await lesson(stage, stage.server.origin, None)
    try:
        await settle(sam)
        main, other = await skew(sam, "Iris"), await skew(iris, "Sam")
        print(f"main pair {main}\nother pair {other}")
        assert abs(typical(main)) <= MAIN_SKEW_MS_MAX, main
        assert abs(typical(other)) <= OTHER_SKEW_MS_MAX, other
    finally:
        for person in (iris, sam):
            await stage.close(person.tab)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bad(network: Namespace | None) -> AsyncIterator[tuple[World, Namespace]]:
    """A server that is reached through a bad network, by its https address."""
    if network is None:
        pytest.skip("needs root and iproute2")
    far = Namespace("far")
    path = BadNetwork((network, HERE), (far, FAR), loss=LOSS, delay_ms=DELAY_MS)
    server = Homeroom(["--host", HERE])
    try:
        async with world(network, server) as stage:
            yield stage, far
    finally:
        server.stop()
        counts = path.close()
        far.close()
        assert all(way["lost"] > 0 for way in counts), f"the bad network was not used: {counts}"


@pytest.mark.skipif(not netns.available(), reason="needs root and iproute2")
async def test_on_a_bad_network_nothing_freezes_and_lips_stay_in_sync(bad: tuple[World, Namespace]) -> None:
    stage, far = bad
    iris, sam = await lesson(stage, stage.server.origin, far)
    await settle(sam)
    for watcher, other in ((iris, "Sam"), (sam, "Iris")):
        await watcher.tab.evaluate(f"__probe.startFrameMeter(__probe.tile('{other}').querySelector('video'))")
    main, other_pair = await skew(sam, "Iris"), await skew(iris, "Sam")
    for watcher in (iris, sam):
        meter: dict[str, Any] = await watcher.tab.evaluate("window.__frameMeter")
        print(f"{watcher.name}: {meter['frames']} frames, longest gap {meter['gapMsMax']:.0f} ms")
        assert meter["frames"] > WATCH_S * 10, meter
        assert meter["gapMsMax"] < FREEZE_MS_MAX, meter
    print(f"main pair {main}\nother pair {other_pair}")
    assert abs(typical(main)) <= MAIN_SKEW_MS_MAX, main
    assert abs(typical(other_pair)) <= OTHER_SKEW_MS_MAX, other_pair
