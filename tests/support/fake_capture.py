"""Camera and microphone files by which a picture tells whose it is.

Each participant has its own colour under a moving light bar, and its own tone. Chromium plays the files in a loop as if
they were devices.
"""

import math
import struct
import wave
from dataclasses import dataclass
from pathlib import Path

# The least at which Chromium encodes three layers of a camera (two below).
WIDTH, HEIGHT, FRAMES_PER_S, SECONDS = 960, 540, 20, 2
SAMPLE_RATE_HZ = 48_000
BAR_WIDTH = 96
BAR_LUMA = 235
PAUSE_S = 0.5
# A head and shoulders, narrow enough that most columns of the picture show the ground alone.
HEAD_Y, HEAD_RADIUS, SHOULDERS_Y, SHOULDERS_HALF = 230, 85, 350, 165


@dataclass(frozen=True, slots=True)
class Look:
    """A participant's picture and sound. Colour as Y, U, V, each far enough from the others' to survive coding."""

    name: str
    luma: int
    blue: int
    red: int
    tone_hz: int


ORANGE = Look("orange", 130, 70, 190, 330)
BLUE = Look("blue", 70, 200, 90, 550)
VIOLET = Look("violet", 90, 180, 190, 660)
LOOKS = (ORANGE, BLUE, VIOLET)


def write_camera(look: Look, folder: Path) -> Path:
    """A Y4M loop: a figure before the look's colour, and a bar that crosses the picture once in `SECONDS`."""
    path = folder / f"{look.name}.y4m"
    frames = FRAMES_PER_S * SECONDS
    chroma_size = (WIDTH // 2) * (HEIGHT // 2)
    chroma = bytes([look.blue]) * chroma_size + bytes([look.red]) * chroma_size
    rows = [_row(look, y) for y in range(HEIGHT)]
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_PER_S}:1 Ip A1:1 C420jpeg\n".encode())
        for index in range(frames):
            left = index * WIDTH // frames
            right = min(left + BAR_WIDTH, WIDTH)
            bar = bytes([BAR_LUMA]) * (right - left)
            luma = b"".join(row[:left] + bar + row[right:] for row in rows)
            out.write(b"FRAME\n" + luma + chroma)
    return path


def _row(look: Look, y: int) -> bytes:
    """One line of the still picture: the ground, and where it is the figure's height, head or shoulders."""
    half = 0
    if abs(y - HEAD_Y) < HEAD_RADIUS:
        half = int(math.sqrt(HEAD_RADIUS**2 - (y - HEAD_Y) ** 2))
    elif y > SHOULDERS_Y:
        half = int(SHOULDERS_HALF * math.sqrt(1 - ((HEIGHT - y) / (HEIGHT - SHOULDERS_Y)) ** 2))
    side = bytes([look.luma]) * (WIDTH // 2 - half)
    return side + bytes([look.luma * 2 // 3]) * (2 * half) + side


def write_microphone(look: Look, folder: Path) -> Path:
    """A WAV loop: the look's tone, as loud as speech, that swells like syllables and pauses for breath.

    An endless even tone is what noise suppression and the server's speaker detection are made to ignore.
    """
    path = folder / f"{look.name}.wav"
    samples = (int(12_000 * _loudness(n) * _wave(look, n)) for n in range(SAMPLE_RATE_HZ * SECONDS))
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE_HZ)
        out.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return path


def _wave(look: Look, sample: int) -> float:
    return math.sin(2 * math.pi * look.tone_hz * sample / SAMPLE_RATE_HZ)


def _loudness(sample: int) -> float:
    """Four syllables a second, and none in the last `PAUSE_S` of the loop."""
    at_s = sample / SAMPLE_RATE_HZ
    if at_s > SECONDS - PAUSE_S:
        return 0.0
    return abs(math.sin(math.pi * 4 * at_s))


def rgb(look: Look) -> tuple[int, int, int]:
    """The look's colour as a browser paints it (BT.601, studio range)."""
    y, u, v = 1.164 * (look.luma - 16), look.blue - 128, look.red - 128
    return _byte(y + 1.596 * v), _byte(y - 0.391 * u - 0.813 * v), _byte(y + 2.018 * u)


def _byte(value: float) -> int:
    return max(0, min(255, round(value)))
