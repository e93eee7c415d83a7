"""Join: from the press on "Enter the class" to the first picture of somebody else, in a real Chromium on loopback.

An instructor sends; a student opens a link, checks devices, enters and leaves, twenty times, each time by a link of its
own. What is timed is what a person waits for: WebSocket, ticket, both transports (ICE, DTLS), the key frame, decoding.
"""

import asyncio
import statistics
import sys

from tests.measure.report import Row, percentile, publish
from tests.support.fake_capture import BLUE, ORANGE
from tests.support.homeroom import Homeroom
from tests.support.netns import Namespace
from tests.support.person import Person
from tests.support.roster import add_class
from tests.support.world import World, own_network, world

JOINS = 20
JOIN_MS_P95_MAX = 1000
PICTURE_S = 15.0


async def join_once(stage: World, student: Person) -> float:
    """Milliseconds from the press to the first picture, in this join."""
    await student.open_link()
    await student.check_devices()
    await student.tab.evaluate("(__probe.armFirstFrame(), true)")
    await student.tab.press("@enter-room")
    await student.tab.wait("__probe.firstFrameMs() !== null", "first picture", PICTURE_S)
    took: float = await student.tab.evaluate("__probe.firstFrameMs()")
    await student.tab.press("@leave-button")
    await student.tab.wait_text("You left the class")
    return took


async def measure(namespace: Namespace | None, server: Homeroom) -> list[float]:
    students = [f"Student {number:02}" for number in range(JOINS)]
    async with world(namespace, server) as stage:
        made = await add_class(
            server.database_file, "Joining", {"Iris": "instructor"} | dict.fromkeys(students, "student")
        )
        iris = Person("Iris", await stage.chromium("Iris", look=ORANGE), server.origin + made.path("Iris"), ORANGE)
        await iris.enter()
        tab = await stage.chromium("student", look=BLUE)
        took = []
        for name in students:
            took.append(await join_once(stage, Person(name, tab, server.origin + made.path(name), BLUE)))
            print(f"{name}: {took[-1]:.0f} ms", file=sys.stderr)
        return took


def main() -> int:
    with own_network() as namespace:
        server = Homeroom()
        try:
            took = asyncio.run(measure(namespace, server))
        finally:
            server.stop()
    rows = [
        Row("joins", len(took), at_least=JOINS),
        Row("join_ms_p50", round(statistics.median(took))),
        Row("join_ms_p95", round(percentile(took, 0.95)), at_most=JOIN_MS_P95_MAX),
        Row("join_ms_max", round(max(took))),
    ]
    notes = "Two Chromium and the server on this one machine; page and devices are open already, as before any class."
    ok = publish("join", "Join to first picture", rows, notes, {"join_ms": [round(one) for one in took]})
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
