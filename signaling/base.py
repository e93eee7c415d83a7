"""What all messages stand on: the frozen base, who and what there is, and the bounds of every id and text.

Pure: no aiohttp, asyncio or database.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Role = Literal["instructor", "assistant", "student", "observer"]
Source = Literal["camera", "mic", "screen", "screen_audio"]
Direction = Literal["publish", "subscribe"]
Kind = Literal["audio", "video"]
Presence = Literal["here", "away"]
Tier = Literal["desktop", "phone"]
SlotMode = Literal["pinned", "loudest", "main", "tile"]
ContentHint = Literal["", "speech", "music", "motion", "detail", "text"]

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$")]
Token = Annotated[str, Meta(min_length=1, max_length=4096)]
Sdp = Annotated[str, Meta(min_length=1, max_length=200_000)]
Mid = Annotated[str, Meta(min_length=1, max_length=16)]
MessageId = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Seq = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Seconds = Annotated[int, Meta(ge=5, le=4 * 3600)]
Sentence = Annotated[str, Meta(min_length=1, max_length=500)]
Text = Annotated[str, Meta(min_length=1, max_length=2_000)]
People = Annotated[tuple[Id, ...], Meta(min_length=1, max_length=500)]


class Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all messages: frozen, unknown fields refused."""
