"""A person in class, as the others and the tests see them: enters by their link, looks at tiles, presses buttons."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from tests.support.fake_capture import Look, rgb
from tests.support.tab import Tab

# VP8 at a low layer, scaled down, still keeps each channel this close.
COLOUR_TOLERANCE = 40
ENTER_S = 30.0
# Longer than the fake voices' loop; the energy (totalAudioEnergy of getStats) is a hundred times less than theirs.
LISTEN_S = 3.0
VOICE_ENERGY = 1e-4


@dataclass(slots=True)
class Person:
    """A tab with somebody in it. `look` None: this browser's camera shows no colour of ours (Firefox)."""

    name: str
    tab: Tab
    url: str
    look: Look | None = None

    async def open_link(self) -> None:
        await self.tab.goto(self.url)
        await self.tab.wait("!!__probe.target('@join-button')", "join page", ENTER_S)

    async def check_devices(self) -> None:
        """From the join page to the device check, with the camera's picture in it."""
        await self.tab.press("@join-button")
        await self.tab.wait("!!document.querySelector('[data-testid=device-check]')", "device check", ENTER_S)
        await self.tab.wait(
            "document.querySelector('[data-testid=preview]')?.dataset.live === 'true'", "live preview", ENTER_S
        )

    async def enter(self) -> None:
        """All the way from the link into the room."""
        await self.open_link()
        await self.check_devices()
        await self.tab.press("@enter-room")
        await self.wait_in_room()

    async def wait_in_room(self, timeout_s: float = ENTER_S) -> None:
        await self.tab.wait("!!document.querySelector('[data-testid=room]')", "room", timeout_s)

    async def tile(self, name: str, source: str = "camera") -> dict[str, Any] | None:
        state: dict[str, Any] | None = await self.tab.evaluate(f"__probe.tileState({_js(name)}, {_js(source)})")
        return state

    async def wait_tile(
        self, name: str, condition: str, what: str, timeout_s: float = 15, source: str = "camera"
    ) -> None:
        """Wait until `condition`, JavaScript over the tile's `state`, holds."""
        await self.tab.wait(
            f"((state) => !!state && ({condition}))(__probe.tileState({_js(name)}, {_js(source)}))",
            f"tile of {name} ({source}): {what}",
            timeout_s,
        )

    async def wait_gone(self, name: str, timeout_s: float) -> None:
        await self.tab.wait(f"!__probe.tile({_js(name)})", f"{name} gone", timeout_s)

    async def wait_picture(self, other: "Person", timeout_s: float = 20) -> None:
        """Wait until the other's tile shows the other's own camera, and until it has moved."""
        state = f"__probe.tileState({_js(other.name)}, 'camera')"
        if other.look is None:
            seen = f"((s) => s?.look && {_saturated()} ? s.look : null)({state})"
        else:
            seen = f"((s) => s?.look && {_is_colour(other.look)} ? s.look : null)({state})"
        first = await self.tab.wait(seen, f"picture of {other.name}", timeout_s)
        moved = "s.look.bar !== first.bar" if other.look else "s.look.ground.join() !== first.ground.join()"
        await self.tab.wait(
            f"((s, first) => !!s?.look && ({moved}))({state}, {json.dumps(first)})",
            f"motion of {other.name}",
            timeout_s,
        )

    async def inbound(self, kind: str) -> list[dict[str, Any]]:
        """Receiving RTP streams of this kind that have had a packet."""
        rows: list[dict[str, Any]] = await self.tab.evaluate("__probe.inbound()")
        return [row for row in rows if row["kind"] == kind and row["packets"] > 0]

    async def hears(self) -> int:
        """How many voices are heard now: tracks whose sound has energy over some seconds."""
        before = {row["ssrc"]: row["energy"] for row in await self.inbound("audio")}
        await asyncio.sleep(LISTEN_S)
        after = {row["ssrc"]: row["energy"] for row in await self.inbound("audio")}
        return sum(after[ssrc] - before.get(ssrc, 0.0) > VOICE_ENERGY for ssrc in after)

    async def wait_hears(self, voices: int, tries: int = 3) -> None:
        """Wait until just so many voices are heard; what a jitter buffer still held may sound for a moment."""
        heard = -1
        for _ in range(tries):
            if (heard := await self.hears()) == voices:
                return
        raise AssertionError(f"{self.name} hears {heard} voices, not {voices}")

    async def descriptions(self) -> int:
        """How often any of the open peer connections was given a remote description: grows with a renegotiation."""
        count: int = await self.tab.evaluate("__probe.open().reduce((sum, one) => sum + one.__descriptions, 0)")
        return count


def _js(text: str) -> str:
    return json.dumps(text)


def _is_colour(look: Look) -> str:
    return f"s.look.ground.every((c, i) => Math.abs(c - {list(rgb(look))}[i]) < {COLOUR_TOLERANCE})"


def _saturated() -> str:
    """Firefox's fake camera: one full colour at a time, slowly changing, and no bar."""
    return "Math.max(...s.look.ground) - Math.min(...s.look.ground) > 150"
