"""Look at a finished file as a stranger would: does it decode to its end, how long is it, is there anything in it?"""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

SILENT_DBFS = -60.0  # quieter than the hiss of a cheap microphone in a quiet room
BLACK_LUMA = 20.0  # 16 is black in video range; a covered camera has a little noise
PICTURES_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found. `error` names what a decoder complained of; the rest is then as far as it came."""

    duration_s: float
    frames: int
    peak_dbfs: float | None = None
    luma_max: float | None = None
    error: str = ""

    @property
    def silent(self) -> bool:
        return self.peak_dbfs is not None and self.peak_dbfs < SILENT_DBFS

    @property
    def black(self) -> bool:
        return self.luma_max is not None and self.luma_max < BLACK_LUMA


def inspect(path: Path) -> Inspection:
    """Decode all of it."""
    frames, end_s, peak, luma = 0, 0.0, 0.0, 0.0
    kind, error = "", ""
    try:
        with av.open(str(path)) as container:
            stream = container.streams[0]
            kind = stream.type
            if kind == "video":
                stream.codec_context.thread_type = "AUTO"
            every = max(1, (stream.frames or 0) // PICTURES_LOOKED_AT)
            for frame in container.decode(stream):
                frames += 1
                if isinstance(frame, AudioFrame | VideoFrame):
                    end_s = max(end_s, _end_of(frame))
                if isinstance(frame, AudioFrame):
                    peak = max(peak, float(np.abs(frame.to_ndarray()).max(initial=0.0)))
                elif isinstance(frame, VideoFrame) and frames % every == 0:
                    luma = max(luma, _brightness(frame))
    except (av.FFmpegError, OSError, IndexError) as problem:
        error = f"{type(problem).__name__}: {problem}"[:200]
    if not frames and not error:
        error = "nothing in it could be decoded"
    return Inspection(
        duration_s=end_s,
        frames=frames,
        peak_dbfs=20 * float(np.log10(max(peak, 1e-9))) if kind == "audio" else None,
        luma_max=luma if kind == "video" else None,
        error=error,
    )


def _end_of(frame: AudioFrame | VideoFrame) -> float:
    start_s = float(frame.time or 0.0)
    if isinstance(frame, AudioFrame) and frame.sample_rate:
        return start_s + frame.samples / frame.sample_rate
    return start_s


def _brightness(frame: VideoFrame) -> float:
    """The brightest tile of a coarse grid: one lit corner is not black."""
    plane = frame.planes[0]
    rows = np.frombuffer(bytes(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
    return float(rows[:: max(1, plane.height // 16), :: max(1, plane.width // 16)].max(initial=0))
