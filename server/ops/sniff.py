"""What a file is, by its content. Nothing that a browser would run passes: no pages, no SVG, no programs, no macros.

Reads the file's beginning, a picture's size, and of a compressed document its list of parts; then unfolds every part,
with a bound, since that list is only what the file claims about itself. Blocking: called in a thread.
"""

import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from server.errors import Rejected
from server.limits import (
    ARCHIVE_PARTS_MAX,
    ARCHIVE_RATIO_MAX,
    ARCHIVE_UNFOLDED_BYTES_MAX,
    PICTURE_PIXELS_MAX,
)

_HEAD_BYTES = 4096
_TEXT_BYTES_MAX = 2 * 1024 * 1024
_JPEG_SEGMENTS_MAX = 2_000
_PIECE_BYTES = 64 * 1024
# Small parts of spaces compress a thousandfold and harm nobody.
_RATIO_FROM_BYTES = 4 * 1024 * 1024

_OFFICE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_OPEN_DOCUMENT = {
    b"application/vnd.oasis.opendocument.text",
    b"application/vnd.oasis.opendocument.presentation",
    b"application/vnd.oasis.opendocument.spreadsheet",
}
_MACROS = ("vbaproject.bin", "basic/", "scripts/", "activex/")
_MEDIA_BRANDS = (
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"dash",
    b"M4V ",
    b"M4A ",
    b"qt  ",
)

REFUSED = "Files of this type are not accepted: use PDF, pictures, text, office documents, sound or video."
BROKEN = "The file is not what it says it is, or it is damaged."
UNFOLDS = "The file would unfold to more than the server takes."


@dataclass(frozen=True, slots=True)
class Sniffed:
    """The type that was found, and a picture's size."""

    media_type: str
    width: int | None = None
    height: int | None = None


def sniff(path: Path) -> Sniffed:
    """Raises `Rejected` (`type_refused`, `archive_refused`)."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        found = _by_head(head, file)
    if found is None:
        found = _zip(path) if head.startswith(b"PK\x03\x04") else _text(path, head)
    if found.width is not None and found.height is not None and found.width * found.height > PICTURE_PIXELS_MAX:
        raise Rejected("archive_refused", "The picture has more points than a browser can show.")
    return found


def _by_head(head: bytes, file: BinaryIO) -> Sniffed | None:
    """What says in its first bytes what it is."""
    if head.startswith(b"%PDF-"):
        return Sniffed("application/pdf")
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(head)
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg(file)
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return _sized("image/gif", head, "<HH", 6)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp(head)
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return Sniffed("audio/wav")
    if head.startswith(b"OggS"):
        return Sniffed("audio/ogg")
    if head.startswith(b"ID3") or (len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return Sniffed("audio/mpeg")
    if head[4:8] == b"ftyp" and head[8:12] in _MEDIA_BRANDS:
        return Sniffed("video/mp4")
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:64]:
        return Sniffed("video/webm")
    return None


def _sized(media_type: str, head: bytes, layout: str, at: int) -> Sniffed:
    try:
        width, height = struct.unpack_from(layout, head, at)
    except struct.error:
        raise Rejected("type_refused", BROKEN) from None
    if not width or not height:
        raise Rejected("type_refused", BROKEN)
    return Sniffed(media_type, width, height)


def _png(head: bytes) -> Sniffed:
    """PNG section 11.2.2: IHDR comes first."""
    if head[12:16] != b"IHDR":
        raise Rejected("type_refused", BROKEN)
    return _sized("image/png", head, ">II", 16)


def _webp(head: bytes) -> Sniffed:
    """RFC 9649: lossy (VP8), lossless (VP8L) or extended (VP8X)."""
    kind = head[12:16]
    if kind == b"VP8X" and len(head) >= 30:
        width = 1 + int.from_bytes(head[24:27], "little")
        height = 1 + int.from_bytes(head[27:30], "little")
        return Sniffed("image/webp", width, height)
    if kind == b"VP8L" and len(head) >= 25 and head[20] == 0x2F:
        bits = int.from_bytes(head[21:25], "little")
        return Sniffed("image/webp", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if kind == b"VP8 " and len(head) >= 30 and head[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", head, 26)
        return Sniffed("image/webp", width & 0x3FFF, height & 0x3FFF)
    raise Rejected("type_refused", BROKEN)


def _jpeg(file: BinaryIO) -> Sniffed:
    """ITU-T T.81 annex B: segments up to the first start of frame."""
    file.seek(2)
    for _ in range(_JPEG_SEGMENTS_MAX):
        marker = file.read(2)
        if len(marker) < 2 or marker[0] != 0xFF:
            break
        code = marker[1]
        if code == 0xFF:  # a fill byte
            file.seek(-1, 1)
            continue
        size = file.read(2)
        if len(size) < 2 or (length := int.from_bytes(size, "big")) < 2:
            break
        if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            frame = file.read(5)
            if len(frame) == 5:
                height, width = struct.unpack_from(">HH", frame, 1)
                if width and height:
                    return Sniffed("image/jpeg", width, height)
            break
        file.seek(length - 2, 1)
    raise Rejected("type_refused", BROKEN)


def _text(path: Path, head: bytes) -> Sniffed:
    """Plain text: UTF-8, no control characters, nothing that a browser might take for a page."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head or path.stat().st_size > _TEXT_BYTES_MAX or start.startswith((b"<", b"#!", b"{\\rtf")):
        raise Rejected("type_refused", REFUSED)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Rejected("type_refused", REFUSED) from None
    if any(ord(letter) < 32 and letter not in "\t\r\n\f" for letter in text):
        raise Rejected("type_refused", REFUSED)
    return Sniffed("text/plain")


def _zip(path: Path) -> Sniffed:
    """An office document without macros. Other archives hold anything at all, and are refused."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > ARCHIVE_PARTS_MAX or sum(part.file_size for part in parts) > ARCHIVE_UNFOLDED_BYTES_MAX:
                raise Rejected("archive_refused", UNFOLDS)
            media_type = _document_type(archive, [part.filename for part in parts])
            _unfold(archive, parts)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, KeyError):
        # RuntimeError: a part is encrypted, or packed in a way that nobody writes documents in.
        raise Rejected("type_refused", BROKEN) from None
    return Sniffed(media_type)


def _document_type(archive: zipfile.ZipFile, names: list[str]) -> str:
    lower = [name.lower() for name in names]
    if any(macro in name for name in lower for macro in _MACROS):
        raise Rejected("type_refused", "Documents with macros are not accepted. Save it without them.")
    if "[Content_Types].xml" in names:
        for folder, media_type in _OFFICE.items():
            if any(name.startswith(folder) for name in names):
                return media_type
    if names and names[0] == "mimetype":
        with archive.open(names[0]) as part:
            claimed = part.read(128)
        if claimed in _OPEN_DOCUMENT:
            return claimed.decode()
    raise Rejected("type_refused", REFUSED)


def _unfold(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """Read every part, keep nothing, and stop as soon as it is more than it may be."""
    packed = sum(part.compress_size for part in parts)
    unfolded = 0
    for part in parts:
        with archive.open(part) as opened:
            while piece := opened.read(_PIECE_BYTES):
                unfolded += len(piece)
                too_folded = unfolded > _RATIO_FROM_BYTES and unfolded > ARCHIVE_RATIO_MAX * max(1, packed)
                if unfolded > ARCHIVE_UNFOLDED_BYTES_MAX or too_folded:
                    raise Rejected("archive_refused", UNFOLDS)
