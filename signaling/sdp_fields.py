"""What single SDP attributes say: each a frozen value with `parse` and `text`, so that `parse(x.text()) == x`.

Foreign input: a value that breaks its grammar raises `SdpError`, and nothing else is ever raised. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Self

from signaling.sdp import SdpError

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
DIRECTIONS: tuple[Direction, ...] = ("sendrecv", "sendonly", "recvonly", "inactive")
_FLIPPED: Mapping[Direction, Direction] = MappingProxyType(
    {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}
)
PARAMETERS_MAX = 64

_NUMBER = re.compile(r"^[0-9]{1,10}$")
_RID = re.compile(r"^[A-Za-z0-9_\-]{1,16}$")  # RFC 8851 allows any length; RFC 8852 sends it in every packet
_MID = re.compile(r"^[A-Za-z0-9_\-.{}+]{1,16}$")
_ICE = re.compile(r"^[A-Za-z0-9+/]+$")  # RFC 8839 section 5.4
_HEX_PAIRS = re.compile(r"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){15,63}$")
_HASHES = ("sha-256", "sha-384", "sha-512")


def flip(direction: Direction) -> Direction:
    """The same direction from the other side (RFC 3264 section 6.1)."""
    return _FLIPPED[direction]


def read_direction(text: str) -> Direction:
    if text not in DIRECTIONS:
        raise SdpError("not a direction")
    return text


def _number(text: str, maximum: int, what: str) -> int:
    if not _NUMBER.match(text) or int(text) > maximum:
        raise SdpError(f"{what} is not a number up to {maximum}")
    return int(text)


def read_mid(text: str) -> str:
    """At most 16 characters, as it travels in a header extension (RFC 8843 section 15)."""
    if not _MID.match(text):
        raise SdpError("a mid must be 1 to 16 letters, digits, - _ . + { }")
    return text


def read_rid(text: str) -> str:
    if not _RID.match(text):
        raise SdpError("a rid must be 1 to 16 letters, digits, - or _")
    return text


def read_ufrag(text: str) -> str:
    if not (4 <= len(text) <= 256 and _ICE.match(text)):
        raise SdpError("ice-ufrag must be 4 to 256 ice characters")
    return text


def read_pwd(text: str) -> str:
    if not (22 <= len(text) <= 256 and _ICE.match(text)):
        raise SdpError("ice-pwd must be 22 to 256 ice characters")
    return text


@dataclass(frozen=True, slots=True)
class Rtpmap:
    """`a=rtpmap:111 opus/48000/2`"""

    payload_type: int
    name: str
    clock_rate_hz: int
    channels: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        payload_type, space, rest = text.partition(" ")
        parts = rest.split("/")
        if not space or len(parts) not in (2, 3) or not parts[0]:
            raise SdpError("rtpmap is not payload type, name and clock rate")
        channels = _number(parts[2], 255, "rtpmap channels") if len(parts) == 3 else None
        clock = _number(parts[1], 10_000_000, "rtpmap clock rate")
        return cls(_number(payload_type, 127, "a payload type"), parts[0], clock, channels)

    def text(self) -> str:
        channels = "" if self.channels is None else f"/{self.channels}"
        return f"{self.payload_type} {self.name}/{self.clock_rate_hz}{channels}"


@dataclass(frozen=True, slots=True)
class Fmtp:
    """`a=fmtp:96 apt=95;x=1`: parameters as written; a word without `=` has the value None."""

    payload_type: int
    parameters: tuple[tuple[str, str | None], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        payload_type, space, rest = text.partition(" ")
        words = [word.strip() for word in rest.split(";")]
        if not space or len(words) > PARAMETERS_MAX:
            raise SdpError("fmtp is not a payload type and parameters")
        pairs = (word.partition("=") for word in words if word)
        parameters = tuple((key.strip(), value.strip() if equals else None) for key, equals, value in pairs)
        return cls(_number(payload_type, 127, "a payload type"), parameters)

    def get(self, key: str) -> str | None:
        """The value of a parameter; names are compared without case."""
        return next((value for name, value in self.parameters if name.lower() == key), None)

    def text(self) -> str:
        words = (name if value is None else f"{name}={value}" for name, value in self.parameters)
        return f"{self.payload_type} {';'.join(words)}"


@dataclass(frozen=True, slots=True)
class Feedback:
    """`a=rtcp-fb:96 nack pli`; payload type None is `*`, all formats (RFC 4585 section 4.2)."""

    payload_type: int | None
    what: str

    @classmethod
    def parse(cls, text: str) -> Self:
        payload_type, space, what = text.partition(" ")
        if not space or not what.strip():
            raise SdpError("rtcp-fb is not a payload type and a kind of feedback")
        number = None if payload_type == "*" else _number(payload_type, 127, "a payload type")
        return cls(number, " ".join(what.split()))

    def text(self) -> str:
        return f"{'*' if self.payload_type is None else self.payload_type} {self.what}"


@dataclass(frozen=True, slots=True)
class Extmap:
    """`a=extmap:9/sendonly urn:...` (RFC 8285 section 5)."""

    extension_id: int
    uri: str
    direction: Direction = "sendrecv"
    options: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        head, space, rest = text.partition(" ")
        number, slash, direction = head.partition("/")
        uri, _, options = rest.strip().partition(" ")
        if not space or not uri:
            raise SdpError("extmap is not an id and a URI")
        extension_id = _number(number, 4351, "an extension id")
        if extension_id == 0:
            raise SdpError("an extension id cannot be 0")
        return cls(extension_id, uri, read_direction(direction) if slash else "sendrecv", options.strip())

    def text(self) -> str:
        direction = "" if self.direction == "sendrecv" else f"/{self.direction}"
        options = f" {self.options}" if self.options else ""
        return f"{self.extension_id}{direction} {self.uri}{options}"


@dataclass(frozen=True, slots=True)
class Rid:
    """`a=rid:q send` (RFC 8851)."""

    rid: str
    direction: Literal["send", "recv"]
    restrictions: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        words = text.split(" ", 2)
        if len(words) < 2 or words[1] not in ("send", "recv"):
            raise SdpError("rid is not a name and send or recv")
        direction: Literal["send", "recv"] = "send" if words[1] == "send" else "recv"
        return cls(read_rid(words[0]), direction, words[2] if len(words) == 3 else "")

    def text(self) -> str:
        return f"{self.rid} {self.direction}{' ' + self.restrictions if self.restrictions else ''}"


@dataclass(frozen=True, slots=True)
class SimulcastRid:
    """One rid of `a=simulcast`; `paused` is written `~`."""

    rid: str
    paused: bool = False

    def text(self) -> str:
        return f"~{self.rid}" if self.paused else self.rid


@dataclass(frozen=True, slots=True)
class Simulcast:
    """`a=simulcast:send q;h;f` (RFC 8853): per direction a list of layers, each with alternatives."""

    send: tuple[tuple[SimulcastRid, ...], ...] = ()
    recv: tuple[tuple[SimulcastRid, ...], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        words = text.split()
        if len(words) not in (2, 4):
            raise SdpError("simulcast is not a direction and a list of rids")
        found: dict[str, tuple[tuple[SimulcastRid, ...], ...]] = {}
        for direction, listing in zip(words[::2], words[1::2], strict=True):
            if direction not in ("send", "recv") or direction in found:
                raise SdpError("simulcast has send and recv at most once each")
            found[direction] = tuple(_read_alternatives(layer) for layer in listing.split(";"))
        return cls(found.get("send", ()), found.get("recv", ()))

    def text(self) -> str:
        parts: list[str] = []
        for direction, layers in (("send", self.send), ("recv", self.recv)):
            if layers:
                parts.append(f"{direction} {';'.join(','.join(rid.text() for rid in layer) for layer in layers)}")
        return " ".join(parts)


def _read_alternatives(text: str) -> tuple[SimulcastRid, ...]:
    return tuple(SimulcastRid(read_rid(word.removeprefix("~")), word.startswith("~")) for word in text.split(","))


@dataclass(frozen=True, slots=True)
class SsrcLine:
    """`a=ssrc:123 cname:x` (RFC 5576)."""

    ssrc: int
    attribute: str
    value: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        number, _, rest = text.partition(" ")
        attribute, colon, value = rest.partition(":")
        return cls(_number(number, 2**32 - 1, "an SSRC"), attribute, value if colon else None)

    def text(self) -> str:
        value = "" if self.value is None else f":{self.value}"
        return f"{self.ssrc} {self.attribute}{value}"


@dataclass(frozen=True, slots=True)
class SsrcGroup:
    """`a=ssrc-group:FID 1 2`: media first, its RTX second (RFC 5576, RFC 4588)."""

    semantics: str
    ssrcs: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        semantics, *numbers = text.split()[:33] or [""]
        if not semantics or not numbers:
            raise SdpError("ssrc-group is not a kind and SSRCs")
        return cls(semantics, tuple(_number(number, 2**32 - 1, "an SSRC") for number in numbers))

    def text(self) -> str:
        return f"{self.semantics} {' '.join(str(ssrc) for ssrc in self.ssrcs)}"


@dataclass(frozen=True, slots=True)
class FingerprintLine:
    """`a=fingerprint:sha-256 AB:CD...` (RFC 8122), hash in lower and digest in upper case."""

    algorithm: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Self:
        algorithm, _, value = text.partition(" ")
        if algorithm.lower() not in _HASHES:
            raise SdpError("the fingerprint's hash is not sha-256, sha-384 or sha-512")
        if not _HEX_PAIRS.match(value) or len(value.split(":")) != int(algorithm[-3:]) // 8:
            raise SdpError("the fingerprint is not a digest of its hash's length")
        return cls(algorithm.lower(), value.upper())

    def text(self) -> str:
        return f"{self.algorithm} {self.value}"


@dataclass(frozen=True, slots=True)
class Msid:
    """`a=msid:stream track` (RFC 8830)."""

    stream: str
    track: str = field(default="")

    @classmethod
    def parse(cls, text: str) -> Self:
        words = text.split(" ")
        if len(words) > 2 or not words[0]:
            raise SdpError("msid is not a stream and a track")
        return cls(*words)

    def text(self) -> str:
        return f"{self.stream} {self.track}" if self.track else self.stream
