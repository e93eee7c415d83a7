"""Debian's Firefox ESR over WebDriver BiDi, with its own fake camera and microphone."""

import asyncio
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.support.bidi import Bidi
from tests.support.tab import PROBE, Tab

EXECUTABLE = "/usr/bin/firefox-esr"
START_S = 40.0

PREFERENCES: dict[str, bool | int | str] = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.gmp-manager.updateEnabled": False,
    "media.gmp-provider.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.update.enabled": False,
    "app.normandy.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.shell.checkDefaultBrowser": False,
    "browser.sessionstore.resume_from_crash": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "toolkit.telemetry.enabled": False,
    "extensions.update.enabled": False,
    "services.settings.server": "data:,",
    "remote.active-protocols": 1,
    "ui.systemUsesDarkTheme": 0,
}
KEYS = {"Enter": "\ue007", "Tab": "\ue004", "Escape": "\ue00c", "Space": " "}


class FirefoxTab(Tab):
    """A tab in a Firefox of its own."""

    def __init__(self, name: str, folder: Path, process: subprocess.Popen[bytes], bidi: Bidi, context: str) -> None:
        self.name = name
        self._folder = folder
        self._process = process
        self._bidi = bidi
        self._context = context

    @classmethod
    async def launch(
        cls, name: str, *, width: int = 1280, height: int = 800, loopback_only: bool = False
    ) -> "FirefoxTab":
        """`loopback_only`: there is no namespace with a routable address, so let ICE use 127.0.0.1."""
        folder = Path(tempfile.mkdtemp(prefix=f"homeroom-{name}-"))
        preferences = {**PREFERENCES, "media.peerconnection.ice.loopback": loopback_only}
        lines = [f"user_pref({json.dumps(key)}, {json.dumps(value)});" for key, value in preferences.items()]
        (folder / "user.js").write_text("\n".join(lines) + "\n")
        log = folder / "firefox.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [
                    EXECUTABLE,
                    "--headless",
                    "--no-remote",
                    "--profile",
                    str(folder),
                    f"--width={width}",
                    f"--height={height}",
                    "--remote-debugging-port=0",
                ],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                env={**os.environ, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"},
            )
        bidi = await Bidi.connect(f"{await cls._address(log, process)}/session")
        tree = await bidi.send("browsingContext.getTree", {})
        context = str(tree["contexts"][0]["context"])
        await bidi.send(
            "browsingContext.setViewport", {"context": context, "viewport": {"width": width, "height": height}}
        )
        await bidi.send("script.addPreloadScript", {"functionDeclaration": f"() => {{ {PROBE} }}"})
        return cls(name, folder, process, bidi, context)

    @staticmethod
    async def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            text = log.read_text(errors="replace")
            if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", text):
                return found.group(1)
            if process.poll() is not None:
                raise RuntimeError(f"Firefox ended with {process.returncode}:\n{text[-2000:]}")
            await asyncio.sleep(0.1)
        raise TimeoutError(f"Firefox did not listen within {START_S} s:\n{text[-2000:]}")

    async def goto(self, url: str) -> None:
        await self._bidi.send("browsingContext.navigate", {"context": self._context, "url": url, "wait": "complete"})

    async def evaluate(self, expression: str) -> Any:
        result = await self._bidi.send(
            "script.evaluate",
            {
                "expression": f"(async () => JSON.stringify((await ({expression})) ?? null))()",
                "target": {"context": self._context},
                "awaitPromise": True,
                "userActivation": False,
            },
        )
        if result["type"] == "exception":
            raise RuntimeError(f"{self.name}: {result['exceptionDetails']['text']} in {expression[:200]}")
        return json.loads(result["result"]["value"])

    async def click_at(self, x: float, y: float) -> None:
        actions = [
            {"type": "pointerMove", "x": round(x), "y": round(y)},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        source = {"type": "pointer", "id": "mouse", "actions": actions}
        await self._bidi.send("input.performActions", {"context": self._context, "actions": [source]})

    async def press_key(self, key: str) -> None:
        value = KEYS.get(key, key)
        actions = [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        await self._bidi.send("input.performActions", {"context": self._context, "actions": [source]})

    async def screenshot(self, path: Path) -> None:
        result = await self._bidi.send("browsingContext.captureScreenshot", {"context": self._context})
        path.write_bytes(base64.b64decode(result["data"]))

    async def reload(self) -> None:
        await self._bidi.send("browsingContext.reload", {"context": self._context, "wait": "complete"})

    async def close(self) -> None:
        await self._bidi.close()
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, first: signal.Signals) -> None:
        for number in (first, signal.SIGKILL):
            if self._process.poll() is None:
                os.killpg(self._process.pid, number)
                try:
                    self._process.wait(timeout=5)
                except subprocess.TimeoutExpired:
                    continue
        shutil.rmtree(self._folder, ignore_errors=True)

    def console(self) -> list[str]:
        return self._bidi.console
