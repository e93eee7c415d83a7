"""Frames into a file, as they are: Opus and VP8 into WebM, H264 into MP4. Nothing is encoded here."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from recorder.recording.frames import Frame, opus_duration_ms

OPUS_RATE_HZ = 48_000
VIDEO_BASE = Fraction(1, 90_000)
AUDIO_BASE = Fraction(1, OPUS_RATE_HZ)
RESYNC_NS = 20_000_000  # sound is laid end to end until it is this far off its own time: one frame of Opus
SPAN_GAP_NS = 2_000_000_000  # silence or a still picture longer than this is told as a span of its own
DEFAULT_SIZE = (640, 360)
SUFFIXES = {"opus": ".webm", "vp8": ".webm", "h264": ".mp4"}
FORMATS = {".webm": "webm", ".mp4": "mp4"}


@dataclass(slots=True)
class MuxedFile:
    """What was written. Times are of the server's clock; the file itself begins at 0 with `start_ns`."""

    path: Path
    frames: int = 0
    frames_before_key: int = 0
    start_ns: int = 0
    end_ns: int = 0
    size: tuple[int, int] | None = None
    spans: list[tuple[int, int]] = field(default_factory=list)

    def covers(self, start_ns: int, end_ns: int) -> None:
        """A frame sounded or stood from here to there."""
        if self.spans and start_ns - self.spans[-1][1] <= SPAN_GAP_NS:
            self.spans[-1] = (self.spans[-1][0], max(self.spans[-1][1], end_ns))
        else:
            self.spans.append((start_ns, end_ns))
        self.end_ns = max(self.end_ns, end_ns)


def mux(codec: str, frames: Iterable[Frame], path: Path) -> MuxedFile | None:
    """Write the file, whole or not at all (the name appears when it is complete). None when there is no frame that a
    decoder could begin with."""
    draft = path.with_name(f".{path.name}.draft")
    written = MuxedFile(path)
    container = av.open(str(draft), "w", format=FORMATS[path.suffix])
    try:
        if codec == "opus":
            _audio(container, frames, written)
        else:
            _video(container, codec, frames, written)
    finally:
        _close(container, written)
    if written.frames == 0:
        draft.unlink(missing_ok=True)
        return None
    _keep(draft, path)
    return written


def _close(container: OutputContainer, written: MuxedFile) -> None:
    try:
        container.close()
    except av.FFmpegError:
        # A container in which nothing was muxed has no end to be written.
        if written.frames:
            raise


def _audio(container: OutputContainer, frames: Iterable[Frame], written: MuxedFile) -> None:
    stream: Stream | None = None
    next_ns = 0
    for frame in frames:
        length_ns = int(opus_duration_ms(frame.payload) * 1_000_000)
        if not length_ns:
            continue
        if stream is None:
            # The encoder is opened for its header only; what is muxed is what the publisher sent.
            layout = "stereo" if frame.stereo else "mono"
            stream = container.add_stream("libopus", rate=OPUS_RATE_HZ, layout=layout)
            written.start_ns = next_ns = frame.time_ns
        if abs(frame.time_ns - next_ns) > RESYNC_NS:
            if frame.time_ns < next_ns:
                continue  # would go backwards: a publisher's clock was set back
            next_ns = frame.time_ns
        at = (next_ns - written.start_ns) * OPUS_RATE_HZ // 1_000_000_000
        _mux(container, stream, frame, at, AUDIO_BASE)
        written.covers(next_ns, next_ns + length_ns)
        written.frames += 1
        next_ns += length_ns


def _video(container: OutputContainer, codec: str, frames: Iterable[Frame], written: MuxedFile) -> None:
    stream: Stream | None = None
    last_at = -1
    for frame in frames:
        if stream is None:
            if not frame.key:
                written.frames_before_key += 1
                continue
            written.size = frame.size
            width, height = frame.size or h264_size(frame.payload) or DEFAULT_SIZE
            stream = container.add_mux_stream(codec, width=width, height=height)
            written.start_ns = frame.time_ns
        at = (frame.time_ns - written.start_ns) * 90_000 // 1_000_000_000
        if at <= last_at:
            at = last_at + 1  # two frames of one instant stay in their order
        last_at = at
        _mux(container, stream, frame, at, VIDEO_BASE)
        written.covers(frame.time_ns, frame.time_ns)
        written.frames += 1


def _mux(container: OutputContainer, stream: Stream, frame: Frame, at: int, base: Fraction) -> None:
    packet = Packet(frame.payload)
    packet.stream = stream
    packet.time_base = base
    packet.pts = packet.dts = at
    packet.is_keyframe = frame.key
    container.mux(packet)


def _keep(draft: Path, path: Path) -> None:
    """Durable under its own name, or not there."""
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)


def h264_size(payload: bytes) -> tuple[int, int] | None:
    """Width and height as the decoder finds them in the parameter sets of a key frame."""
    decoder = av.CodecContext.create("h264", "r")
    try:
        for packet in (Packet(payload), None):
            for picture in decoder.decode(packet):
                return picture.width, picture.height
    except av.FFmpegError:
        return None
    return None
