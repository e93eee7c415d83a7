"""The media process is killed: the supervisor starts another, and sound and picture come back in the same pages."""

import os
import signal
import time
from typing import Any

import pytest

from tests.support.fake_capture import BLUE
from tests.support.homeroom import Homeroom
from tests.support.netns import Namespace
from tests.support.person import Person
from tests.support.roster import add_class
from tests.support.world import world

BACK_S_MAX = 15.0


async def new_flows(person: Person, before: set[int]) -> None:
    """Wait until sound and decoded pictures come on SSRCs that were not there before."""
    old = sorted(before)
    await person.tab.wait(
        f"""(await __probe.inbound()).filter((row) => !{old}.includes(row.ssrc)
            && (row.kind === 'audio' ? row.packets > 20 : row.frames > 5)).length >= 2""",
        "sound and picture on new transports",
        BACK_S_MAX,
    )


async def ssrcs(person: Person) -> set[int]:
    rows: list[dict[str, Any]] = await person.tab.evaluate("__probe.inbound()")
    return {row["ssrc"] for row in rows}


@pytest.mark.timeout(180)
async def test_media_comes_back_in_the_same_page(network: Namespace | None) -> None:
    server = Homeroom()
    try:
        async with world(network, server) as stage:
            made = await add_class(server.database_file, "Verbs", {"Iris": "instructor", "Fay": "student"})
            iris = Person("Iris", await stage.chromium("Iris", look=BLUE), server.origin + made.path("Iris"), BLUE)
            fay = Person("Fay", await stage.firefox("Fay"), server.origin + made.path("Fay"))
            people = (iris, fay)
            for person in people:
                await person.enter()
                await person.tab.evaluate("(window.__samePage = true)")
            await iris.wait_picture(fay)
            await fay.wait_picture(iris)
            before = {person.name: await ssrcs(person) for person in people}

            victim = server.child("media")
            os.kill(victim, signal.SIGKILL)
            killed = time.monotonic()
            for person in people:
                await new_flows(person, before[person.name])
            await iris.wait_picture(fay)
            await fay.wait_picture(iris)

            assert time.monotonic() - killed < BACK_S_MAX
            assert server.child("media") != victim
            for person in people:
                assert await person.tab.evaluate("window.__samePage === true"), f"{person.name}'s page was loaded again"
            deaths = [one for one in server.events("child_died") if one["kind"] == "media"]
            assert len(deaths) == 1
            assert deaths[0]["reason"] == "signal SIGKILL"
    finally:
        code = server.stop()
    assert code == 0
