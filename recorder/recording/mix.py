"""All that was said, in one file: the class as one hears it. Decoded, added, encoded once; in pieces of a few seconds,
so that an hour of thirty voices needs no more memory than a minute of two."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame

RATE_HZ = 48_000
PIECE_SAMPLES = 4 * RATE_HZ
BITRATE_BPS = 48_000
KNEE = 0.7  # up to here the sum goes through as it is; above it is bent, so that several voices never clip

Sound = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Voice:
    """One Track's file, and when in the recording it begins."""

    path: Path
    start_s: float


def mix(voices: Sequence[Voice], duration_s: float, path: Path) -> int:
    """Write the sum, from 0 to `duration_s`; the number of samples."""
    draft = path.with_name(f".{path.name}.draft")
    total = int(duration_s * RATE_HZ)
    readers = [_Reader(voice) for voice in voices]
    with av.open(str(draft), "w", format="webm") as container:
        stream = container.add_stream("libopus", rate=RATE_HZ, layout="mono", options={"application": "voip"})
        stream.bit_rate = BITRATE_BPS
        for start in range(0, total, PIECE_SAMPLES):
            piece = np.zeros(min(PIECE_SAMPLES, total - start), dtype=np.float32)
            for reader in readers:
                reader.add_to(piece, start)
            frame = AudioFrame.from_ndarray(_bent(piece).reshape(1, -1), format="flt", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    return total


def _bent(sound: Sound) -> Sound:
    """Loud sums are pressed into the last part below full scale instead of being cut off."""
    loud = np.abs(sound)
    room = 1.0 - KNEE
    pressed = KNEE + room * np.tanh((loud - KNEE) / room)
    bent: Sound = np.where(loud > KNEE, np.sign(sound) * pressed, sound).astype(np.float32)
    return bent


class _Reader:
    """Hands out a voice's sound piece by piece."""

    def __init__(self, voice: Voice) -> None:
        self._blocks = _blocks(voice)
        self._waiting: tuple[int, Sound] | None = None

    def add_to(self, piece: Sound, start: int) -> None:
        """Add what sounds within this piece; pieces are asked for in order."""
        end = start + len(piece)
        while (block := self._waiting or next(self._blocks, None)) is not None:
            at, sound = block
            self._waiting = block
            if at >= end:
                return
            low, high = max(at, start), min(at + len(sound), end)
            if high > low:
                piece[low - start : high - start] += sound[low - at : high - at]
            if at + len(sound) > end:
                return
            self._waiting = None


def _blocks(voice: Voice) -> Iterator[tuple[int, Sound]]:
    """Decoded blocks with the sample of the recording at which each begins. What does not decode is silence."""
    offset = round(voice.start_s * RATE_HZ)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
    try:
        with av.open(str(voice.path)) as container:
            for decoded in container.decode(audio=0):
                at = offset + round(float(decoded.time or 0.0) * RATE_HZ)
                for frame in resampler.resample(decoded):
                    sound = frame.to_ndarray().reshape(-1).astype(np.float32, copy=False)
                    yield at, sound
                    at += len(sound)
    except av.FFmpegError:
        return
