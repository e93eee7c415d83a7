"""Debian's Chromium through Playwright, with a participant's fake camera and microphone.

One browser process per participant: the fake devices are per process, and one may be killed alone.
"""

import os
import signal
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright

from tests.support.fake_capture import Look, write_camera, write_microphone
from tests.support.netns import Namespace
from tests.support.tab import PROBE, Tab

EXECUTABLE = "/usr/bin/chromium"
CONSOLE_LINES_MAX = 2000

# Without the background-networking flags Chromium looks for hosts that a namespace cannot reach, many at a time.
BASE_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    # several windows side by side: none may be throttled as hidden
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
)


@dataclass(frozen=True, slots=True)
class ChromiumOptions:
    """How one Chromium is started."""

    look: Look | None = None  # None: no camera, no microphone
    width: int = 1280
    height: int = 800
    color_scheme: str = "light"
    phone: bool = False
    secure_origins: tuple[str, ...] = ()  # http origins that may use the camera all the same
    namespace: Namespace | None = None  # another one than the test's own
    grant: bool = True  # False: the person refuses camera and microphone
    extra_flags: tuple[str, ...] = ()
    init_scripts: tuple[str, ...] = field(default=())


def flags(options: ChromiumOptions, folder: Path) -> list[str]:
    """Chromium's command line for these options."""
    result = [*BASE_FLAGS, *options.extra_flags]
    if options.look is not None:
        camera, microphone = write_camera(options.look, folder), write_microphone(options.look, folder)
        result += [
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={camera}",
            f"--use-file-for-fake-audio-capture={microphone}",
            "--auto-accept-this-tab-capture",
            "--auto-select-desktop-capture-source=Entire screen",
        ]
        result.append("--use-fake-ui-for-media-stream" if options.grant else "--deny-permission-prompts")
    if options.secure_origins:
        result.append(f"--unsafely-treat-insecure-origin-as-secure={','.join(options.secure_origins)}")
    return result


def wrapper(folder: Path, namespace: Namespace | None) -> Path:
    """An executable that leaves its process id behind and becomes Chromium, in a namespace if one is given."""
    path = folder / "chromium"
    command = " ".join([*(namespace.command() if namespace else []), EXECUTABLE])
    path.write_text(f'#!/bin/sh\necho $$ > "{folder}/pid"\nexec {command} "$@"\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


class ChromiumTab(Tab):
    """A tab in a Chromium of its own."""

    def __init__(
        self, name: str, folder: tempfile.TemporaryDirectory[str], browser: Browser, context: BrowserContext, page: Page
    ) -> None:
        self.name = name
        self.page = page
        self._folder = folder
        self._browser = browser
        self._context = context
        self._console: list[str] = []
        page.on("console", self._keep)
        page.on("pageerror", lambda error: self._console.append(f"page error: {error}"))

    @classmethod
    async def launch(cls, playwright: Playwright, name: str, options: ChromiumOptions) -> "ChromiumTab":
        folder = tempfile.TemporaryDirectory(prefix=f"homeroom-{name}-", ignore_cleanup_errors=True)
        root = Path(folder.name)
        browser = await playwright.chromium.launch(
            executable_path=wrapper(root, options.namespace),
            args=flags(options, root),
            headless=True,
            env={**os.environ, "HOME": folder.name},
        )
        context = await browser.new_context(
            viewport={"width": options.width, "height": options.height},
            color_scheme="dark" if options.color_scheme == "dark" else "light",
            locale="en-GB",
            device_scale_factor=2 if options.phone else 1,
            is_mobile=options.phone,
            has_touch=options.phone,
            ignore_https_errors=True,
        )
        await context.add_init_script(PROBE)
        for script in options.init_scripts:
            await context.add_init_script(script)
        return cls(name, folder, browser, context, await context.new_page())

    def _keep(self, message: ConsoleMessage) -> None:
        if len(self._console) < CONSOLE_LINES_MAX:
            self._console.append(f"{message.type}: {message.text}")

    @property
    def process_id(self) -> int:
        return int((Path(self._folder.name) / "pid").read_text())

    async def goto(self, url: str) -> None:
        await self.page.goto(url, wait_until="load")

    async def evaluate(self, expression: str) -> Any:
        return await self.page.evaluate(f"async () => ({expression})")

    async def click_at(self, x: float, y: float) -> None:
        await self.page.mouse.click(x, y)

    async def press_key(self, key: str) -> None:
        await self.page.keyboard.press(key)

    async def screenshot(self, path: Path) -> None:
        await self.page.screenshot(path=path)

    async def show_in(self, scheme: str) -> None:
        """As if the system were set to `light` or `dark`; nothing fades, nothing is hovered over."""
        await self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        await self.page.add_style_tag(content="*, *::before, *::after { transition: none !important }")
        await self.page.mouse.move(1, 1)
        await self.page.wait_for_timeout(300)

    async def reload(self) -> None:
        await self.page.reload(wait_until="load")

    async def close(self) -> None:
        await self._browser.close()
        self._folder.cleanup()

    def kill(self) -> None:
        # Playwright makes the browser the leader of its own process group
        os.killpg(os.getpgid(self.process_id), signal.SIGKILL)
        self._folder.cleanup()

    def console(self) -> list[str]:
        return self._console
