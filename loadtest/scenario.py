"""A scenario: a TOML file that reads like a description of a class, checked as a whole before anything is fired.

Every section is a frozen dataclass; a key that is not one of its fields is refused, with the ones that are. `[limits]`
says what must hold for the run to have passed.
"""

import dataclasses
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from loadtest.errors import BadScenario
from loadtest.limits import Limits
from signaling.loadtest import MINUTES_MAX, SEATS_MAX

SHIPPED = Path(__file__).parent / "scenarios"
BOTS_MAX = 4096  # loadtest/rtpbot/src/crowd.rs
SLOTS_TILES_MAX = 24  # of a desktop (docs/protocol.md)
SIMULCAST_MAX = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class People:
    """How many classes at once, and who is in each."""

    classes: int = 1
    instructors: int = 1
    students: int = 1


@dataclass(frozen=True, slots=True)
class Join:
    """All arrive within `burst_s`, evenly."""

    burst_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Sound:
    """`microphones` students publish one, and every instructor. `talk`: `conversation` (two at a time, ITU-T P.59, the
    instructor and a student who changes every `turn_s`), `everyone` (each for themselves, spurts and pauses of P.59) or
    `nobody`."""

    microphones: int = 1000
    talk: str = "conversation"
    turn_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Video:
    """Pictures of one kind: how many students publish one, how often it changes, its layers lowest first, of which each
    is twice as wide as the one before."""

    students: int = 1000
    fps: int = 25
    width: int = 1280
    height: int = 720
    layers_kbps: tuple[int, ...] = (150, 500, 1500)


@dataclass(frozen=True, slots=True)
class Screen:
    """The instructor shares a screen from `from_s` on for `for_s` (0: never)."""

    from_s: float = 0.0
    for_s: float = 0.0
    fps: int = 5
    width: int = 1920
    height: int = 1080
    layers_kbps: tuple[int, ...] = (100, 800)


@dataclass(frozen=True, slots=True)
class Layout:
    """What everybody looks at: one large picture (the screen if there is one, else the instructor; the instructor sees
    a student) and `tiles` small ones, turned to another page every `turn_s` (0: never)."""

    main_width: int = 1280
    main_height: int = 720
    tiles: int = 8
    tile_width: int = 320
    tile_height: int = 180
    turn_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """All of it. `duration_s` counts from the first arrival; what is measured before `settle_s` after the last arrival
    is counted too: arrivals are part of a class."""

    title: str
    duration_s: float = 60.0
    seed: int = 1
    people: People = People()
    join: Join = Join()
    sound: Sound = Sound()
    camera: Video = Video()
    screen: Screen = Screen()
    layout: Layout = Layout()
    limits: Limits = field(default_factory=Limits)

    @property
    def seats(self) -> int:
        """In one class."""
        return self.people.instructors + self.people.students

    @property
    def bots(self) -> int:
        return self.people.classes * self.seats

    @property
    def minutes(self) -> int:
        """How long the sessions must be open."""
        return int((self.duration_s + self.join.burst_s) // 60) + 5


def find(name: str) -> Path:
    """The file of this name, or a shipped scenario."""
    path = Path(name)
    if path.is_file():
        return path
    shipped = SHIPPED / (name if name.endswith(".toml") else f"{name}.toml")
    if shipped.is_file():
        return shipped
    names = ", ".join(sorted(one.stem for one in SHIPPED.glob("*.toml")))
    raise BadScenario(f"There is no scenario {name}; a file's path, or one of: {names}.")


def load(path: Path) -> Scenario:
    """Raises `BadScenario` with everything that is wrong."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise BadScenario(f"Cannot read {path}: {error.strerror}.") from error
    return parse(text, path.name)


def parse(text: str, name: str) -> Scenario:
    """The scenario in this text."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadScenario(f"{name} is not TOML: {error}.") from error
    problems: list[str] = []
    scenario = _read(Scenario, table, "", problems)
    if scenario is not None:
        problems += _bounds(scenario)
    if problems or scenario is None:
        raise BadScenario(f"{name}: " + "; ".join(problems) + ".")
    return scenario


def _read(kind: type[T], table: dict[str, Any], where: str, problems: list[str]) -> T | None:
    """The dataclass `kind` from a table; what is wrong goes to `problems`."""
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in hints:
            problems.append(f"{where}{key} is not a key here (there are {', '.join(hints)})")
        elif dataclasses.is_dataclass(hints[key]):
            if isinstance(value, dict):
                values[key] = _read(hints[key], value, f"{where}{key}.", problems)
            else:
                problems.append(f"{where}{key} must be a table")
        else:
            values[key] = _value(hints[key], value, f"{where}{key}", problems)
    if problems:
        return None
    try:
        return kind(**values)
    except TypeError:
        problems.append(f"{where}title is missing")
        return None


def _value(hint: Any, value: Any, where: str, problems: list[str]) -> Any:
    wanted = next((one for one in get_args(hint) if one is not type(None)), hint) if hint == float | None else hint
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if wanted == tuple[int, ...] and isinstance(value, list):
        if all(type(one) is int for one in value):
            return tuple(value)
    elif isinstance(wanted, type) and type(value) is wanted:
        return value
    name = "a list of whole numbers" if wanted == tuple[int, ...] else _KIND_NAMES.get(wanted, "something else")
    problems.append(f"{where} must be {name}")
    return None


_KIND_NAMES = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


def _bounds(one: Scenario) -> list[str]:
    checks = [
        (1 <= one.duration_s <= MINUTES_MAX * 60 - 600, "duration_s must be from 1 to 13800"),
        (one.people.classes >= 1, "people.classes must be at least 1"),
        (one.people.instructors >= 0 and one.people.students >= 0, "people cannot be fewer than 0"),
        (1 <= one.seats <= SEATS_MAX, f"a class has from 1 to {SEATS_MAX} people"),
        (one.bots <= BOTS_MAX, f"one run has at most {BOTS_MAX} bots"),
        (0 <= one.join.burst_s <= one.duration_s, "join.burst_s must be within duration_s"),
        (one.sound.talk in ("conversation", "everyone", "nobody"), "sound.talk is conversation, everyone or nobody"),
        (one.sound.turn_s > 0, "sound.turn_s must be more than 0"),
        (0 <= one.layout.tiles <= SLOTS_TILES_MAX, f"layout.tiles must be from 0 to {SLOTS_TILES_MAX}"),
        (one.layout.turn_s >= 0, "layout.turn_s cannot be negative"),
        *_video_bounds("camera", one.camera),
        *_video_bounds("screen", one.screen),
    ]
    return [sentence for holds, sentence in checks if not holds]


def _video_bounds(name: str, video: Video | Screen) -> list[tuple[bool, str]]:
    layers = video.layers_kbps
    return [
        (1 <= video.fps <= 60, f"{name}.fps must be from 1 to 60"),
        (16 <= video.width <= 8192 and 16 <= video.height <= 8192, f"{name} must be from 16 to 8192 wide and high"),
        (1 <= len(layers) <= SIMULCAST_MAX, f"{name}.layers_kbps has from 1 to {SIMULCAST_MAX} layers"),
        (all(1 <= kbps <= 50_000 for kbps in layers), f"{name}.layers_kbps must be from 1 to 50000 each"),
    ]


def lasting(one: Scenario, duration_s: float) -> Scenario:
    """The same for another time. Raises `BadScenario` when that is none."""
    changed = dataclasses.replace(one, duration_s=duration_s)
    if problems := _bounds(changed):
        raise BadScenario("; ".join(problems) + ".")
    return changed
