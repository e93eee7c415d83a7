"""One picture out of a film, for the library."""

from fractions import Fraction
from pathlib import Path

import av

POSTER_WIDTH = 480
LOOKED_AT = 60  # frames from the begin: the first ones of a camera are often dark


def make_poster(film: Path, poster: Path) -> bool:
    """Write a JPEG of an early, settled frame; says whether there was one."""
    picture = None
    try:
        with av.open(str(film)) as container:
            for number, frame in enumerate(container.decode(video=0)):
                picture = frame
                if number >= LOOKED_AT:
                    break
        if picture is None:
            return False
        width = min(POSTER_WIDTH, picture.width) // 2 * 2
        height = max(2, picture.height * width // picture.width // 2 * 2)
        encoder = av.CodecContext.create("mjpeg", "w")
        encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
        encoder.time_base = Fraction(1, 25)
        small = picture.reformat(width, height, "yuvj420p")
        packets = [*encoder.encode(small), *encoder.encode(None)]
    except av.FFmpegError:
        return False
    draft = poster.with_name(f".{poster.name}.draft")
    draft.write_bytes(b"".join(bytes(packet) for packet in packets))
    draft.replace(poster)
    return True
