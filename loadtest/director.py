"""What happens in a class while it lasts: who speaks, who shares a screen, when pages turn. One per class."""

import asyncio
import random
from collections.abc import Sequence

from loadtest.bot import Bot, TrackWish
from loadtest.rtp import Rtp
from loadtest.scenario import Scenario, Screen, Video
from loadtest.speech import conversation, monologue

RIDS = {1: ("",), 2: ("q", "f"), 3: ("q", "h", "f")}  # lowest first; one layer has no rid


def mic() -> TrackWish:
    return {"source": "mic"}


def picture(source: str, video: Video | Screen) -> TrackWish:
    """As rtpbot wants it: each layer half as wide and high as the next."""
    count = len(video.layers_kbps)
    layers = [
        {
            "rid": RIDS[count][place],
            "kbps": kbps,
            "width": video.width >> (count - 1 - place),
            "height": video.height >> (count - 1 - place),
        }
        for place, kbps in enumerate(video.layers_kbps)
    ]
    return {"source": source, "fps": video.fps, "layers": layers}


def tracks_of(scenario: Scenario, role: str, place: int) -> list[TrackWish]:
    """What the student number `place`, or an instructor, publishes from the start."""
    student = role == "student"
    tracks: list[TrackWish] = []
    if not student or place < scenario.sound.microphones:
        tracks.append(mic())
    if not student or place < scenario.camera.students:
        tracks.append(picture("camera", scenario.camera))
    return tracks


class Director:
    """Runs a class: `run()` until cancelled."""

    def __init__(self, scenario: Scenario, bots: Sequence[Bot], rtp: Rtp, chance: random.Random) -> None:
        self._scenario = scenario
        self._bots = bots
        self._rtp = rtp
        self._chance = chance
        self._instructors = [bot for bot in bots if bot.role == "instructor"]
        students = [bot for bot in bots if bot.role == "student"]
        self._speakers = self._instructors + students[: scenario.sound.microphones]

    async def run(self) -> None:
        async with asyncio.TaskGroup() as work:
            match self._scenario.sound.talk:
                case "conversation":
                    work.create_task(self._conversation())
                case "everyone":
                    for bot in self._speakers:
                        work.create_task(self._monologue(bot))
                case _:
                    pass
            if self._scenario.screen.for_s > 0 and self._instructors:
                work.create_task(self._screen(self._instructors[0]))
            if self._scenario.layout.turn_s > 0:
                for bot in self._bots:
                    work.create_task(self._pages(bot))

    async def _conversation(self) -> None:
        """The instructor, or whoever stands in, with one other at a time."""
        if len(self._speakers) < 2:
            for bot in self._speakers:
                await self._monologue(bot)
            return
        first, *others = self._speakers
        loop = asyncio.get_running_loop()
        while True:
            second = self._chance.choice(others)
            ends_s = loop.time() + self._scenario.sound.turn_s
            for stay_s, (first_talks, second_talks) in conversation(self._chance):
                self._speak(first, first_talks)
                self._speak(second, second_talks)
                await asyncio.sleep(stay_s)
                if loop.time() >= ends_s:
                    break
            self._speak(second, False)

    async def _monologue(self, bot: Bot) -> None:
        for stay_s, talks in monologue(self._chance):
            self._speak(bot, talks)
            await asyncio.sleep(stay_s)

    def _speak(self, bot: Bot, on: bool) -> None:
        self._rtp.order("speak", bot=bot.number, on=on)

    async def _screen(self, bot: Bot) -> None:
        screen = self._scenario.screen
        usual = tracks_of(self._scenario, bot.role, 0)
        await asyncio.sleep(screen.from_s)
        bot.publish([*usual, picture("screen", screen)])
        await asyncio.sleep(screen.for_s)
        bot.publish(usual)

    async def _pages(self, bot: Bot) -> None:
        turn_s = self._scenario.layout.turn_s
        await asyncio.sleep(self._chance.uniform(0, turn_s))
        while True:
            bot.turn()
            await asyncio.sleep(turn_s)
