"""Garbage: malformed datagrams and messages while a class of two talks. The class must not notice.

Half of the 100,000 datagrams claim to come from the addresses of the browsers themselves. What the two people hear is
measured in their browsers: the longest time for which sound had to be made up.
"""

import asyncio
import random
import re
import sys
import time
import urllib.request
from collections import Counter

import aiohttp

from tests.measure import malformed
from tests.measure.datagrams import ForgedSender, Listener, garbage
from tests.measure.report import Row, publish
from tests.support import netns
from tests.support.fake_capture import BLUE, ORANGE
from tests.support.homeroom import Homeroom
from tests.support.netns import ADDRESS, Namespace
from tests.support.person import Person
from tests.support.roster import add_class
from tests.support.wire_client import Refused, WireClient
from tests.support.world import World, own_network, world

DATAGRAMS = 100_000
MESSAGES = 10_000
SECONDS = 50
SOUND_GAP_MS_MAX = 200
TICK_S = 0.02
SEED = 20_261
STRANGER = (ADDRESS, 4444)


async def send_datagrams(port: int) -> int:
    """All of them, evenly over `SECONDS`; how many claimed a browser's address."""
    dice = random.Random(SEED)
    listener, sender = Listener(port), ForgedSender()
    sent = forged = 0
    try:
        await asyncio.sleep(1)  # hear the class first: real datagrams to spoil, and whose they are
        listener.drain()
        browsers = [one for one, packets in listener.senders.items() if packets > 20]
        if not browsers:
            raise RuntimeError(f"nobody sends media to port {port}")
        begun = time.monotonic()
        while sent < DATAGRAMS:
            due = min(DATAGRAMS, int((time.monotonic() - begun) / SECONDS * DATAGRAMS) + 1)
            for number in range(sent, due):
                trusted = number % 2 == 0
                source = dice.choice(browsers) if trusted else STRANGER
                sender.send(garbage(dice, listener.kept), source, (ADDRESS, port))
                forged += trusted
            sent = due
            await asyncio.sleep(TICK_S)
    finally:
        listener.close()
        sender.close()
    return forged


async def send_messages(origin: str, paths: list[str]) -> tuple[int, Counter[str]]:
    """All of them, half before and half after a proper hello; what the server answered, by code."""
    dice = random.Random(SEED)
    answers: Counter[str] = Counter()
    sent = connections = 0
    url = f"{origin.replace('http', 'ws', 1)}/ws"
    async with aiohttp.ClientSession() as http:
        while sent < MESSAGES:
            connections += 1
            try:
                if connections % 2:
                    raise Refused("stranger", "says no proper hello")
                path = paths[connections // 2 % len(paths)]
                client = await WireClient.join(http, origin, path, takeover=True)
                answers["welcome"] += 1
            except Refused as refused:
                answers[f"connection of a {refused.code}"] += 1
                client = WireClient(await http.ws_connect(url, headers={"Origin": origin}))
            sent += await pour(client, dice, min(200, MESSAGES - sent))
            await client.close()
            answers.update(
                str(one.get("code", one["type"])) for one in client.messages if one["type"] in ("error", "bye")
            )
    return sent, answers


async def pour(client: WireClient, dice: random.Random, number: int) -> int:
    """Up to so many malformed messages, until the server closes; how many went out."""
    for count in range(number):
        if client.socket.closed:
            return count
        text = malformed.message(dice)
        try:
            if isinstance(text, bytes):
                await client.socket.send_bytes(text)
            else:
                await client.socket.send_str(text)
        except (ConnectionError, aiohttp.ClientError):
            return count
        await asyncio.sleep(0.002)
    return number


def counters(origin: str) -> dict[str, float]:
    """What /metrics counts."""
    with urllib.request.urlopen(f"{origin}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return {
        name: float(value) for name, value in re.findall(r"^([a-z_]+(?:\{[^}]*\})?) ([\d.e+]+)$", text, re.MULTILINE)
    }


async def lesson(stage: World) -> tuple[list[Person], list[str]]:
    """Two people who see and hear each other, and the links of those who will misbehave."""
    bad = [f"Mallory {number:02}" for number in range(20)]
    names = {"Iris": "instructor", "Sam": "student"} | dict.fromkeys(bad, "student")
    made = await add_class(stage.server.database_file, "Garbage", names)
    people = []
    for name, look in (("Iris", ORANGE), ("Sam", BLUE)):
        tab = await stage.chromium(name, look=look)
        people.append(Person(name, tab, stage.server.origin + made.path(name), look))
        await people[-1].enter()
    await people[0].wait_picture(people[1])
    await people[1].wait_picture(people[0])
    return people, [made.path(name) for name in bad]


async def measure(namespace: Namespace, server: Homeroom) -> tuple[list[Row], dict[str, object]]:
    async with world(namespace, server) as stage:
        people, mallory = await lesson(stage)
        port = int(server.events("media_ready")[-1]["port_first"])
        await asyncio.sleep(8)  # counters come every other second; jitter buffers settle
        before, pids = counters(server.origin), [server.child(kind) for kind in ("control", "media")]
        for person in people:
            await person.tab.evaluate("__probe.startGapMeter(50)")
        forged, (messages, answers) = await asyncio.gather(send_datagrams(port), send_messages(server.origin, mallory))
        await asyncio.sleep(5)
        meters = [await person.tab.evaluate("window.__gapMeter") for person in people]
        after = counters(server.origin)
        await people[0].wait_picture(people[1])
        await people[1].wait_picture(people[0])
    dead = len(server.events("child_died"))
    crashes = dead + sum(before != server.child(kind) for kind, before in zip(("control", "media"), pids, strict=True))
    counted = {
        name: round(after[name] - before.get(name, 0))
        for name in sorted(after)
        if re.search(r"drop|panic|fault|refus|malformed", name) and after[name] > before.get(name, 0)
    }
    for name, count in counted.items():
        print(f"{name} {count}")
    dropped = sum(count for name, count in counted.items() if 'name="drop_' in name)
    rows = [
        Row("datagrams_sent", DATAGRAMS, at_least=100_000),
        Row("datagrams_forged_from_a_browser", forged),
        Row("datagrams_dropped_and_counted", dropped, at_least=DATAGRAMS * 0.9),
        Row("messages_sent", messages, at_least=10_000),
        Row("connections_with_a_proper_hello", answers["welcome"], at_least=50),
        Row("sound_gap_ms_max", round(max(one["gapMsMax"] for one in meters)), at_most=SOUND_GAP_MS_MAX),
        Row("packet_gap_ms_max", round(max(one["stalledMsMax"] for one in meters))),
        Row("crashes", crashes, at_most=0),
    ]
    return rows, {"counters": counted, "answers": dict(answers), "polls": [one["polls"] for one in meters]}


def main() -> int:
    if not netns.available():
        print("measure-garbage needs root and iproute2: it forges addresses in a network namespace of its own.")
        return 2
    with own_network() as namespace:
        assert namespace is not None
        server = Homeroom()
        try:
            rows, details = asyncio.run(measure(namespace, server))
        finally:
            server.stop()
    notes = f"Seed {SEED}, over {SECONDS} s, two Chromium and the server on this one machine."
    return 0 if publish("garbage", "A class under garbage", rows, notes, details) else 1


if __name__ == "__main__":
    sys.exit(main())
