"""A whole media section, read: codecs with their parameters, simulcast, SSRCs, the path's credentials.

`read_sections` merges what stands at session level into each section (Firefox puts its fingerprint and a direction
there). Foreign input: raises `SdpError` and nothing else. Must not be used to decide what is accepted: that is
`server/rtc`. Pure.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from signaling.sdp import Attribute, Description, SdpError, Section
from signaling.sdp_fields import (
    DIRECTIONS,
    Direction,
    Extmap,
    Feedback,
    FingerprintLine,
    Fmtp,
    Msid,
    Rid,
    Rtpmap,
    Simulcast,
    SsrcGroup,
    SsrcLine,
    read_direction,
    read_mid,
    read_pwd,
    read_ufrag,
)

_T = TypeVar("_T")

# The same few lines stand in each of 31 sections of every browser's answer: read once. Bounded, since they are foreign.
_CACHED = lru_cache(maxsize=1024)
_read_rtpmap = _CACHED(Rtpmap.parse)
_read_fmtp = _CACHED(Fmtp.parse)
_read_feedback = _CACHED(Feedback.parse)
_read_extmap = _CACHED(Extmap.parse)


@dataclass(frozen=True, slots=True)
class Payload:
    """One payload type of a section, with all that is said of it."""

    payload_type: int
    name: str
    clock_rate_hz: int
    channels: int | None
    parameters: Fmtp
    feedback: frozenset[str]

    def parameter(self, key: str) -> str | None:
        return self.parameters.get(key)


@dataclass(frozen=True, slots=True)
class MediaSection:
    """One m-line as both sides need to understand it. `raw` is the section as it stood."""

    index: int
    mid: str
    kind: str
    port: int
    protocol: str
    direction: Direction
    bundle_only: bool
    rtcp_mux: bool
    rtcp_rsize: bool
    allow_mixed_extensions: bool
    setup: str | None
    ice_ufrag: str | None
    ice_pwd: str | None
    fingerprints: tuple[FingerprintLine, ...]
    payloads: tuple[Payload, ...]
    extensions: tuple[Extmap, ...]
    rids: tuple[Rid, ...]
    simulcast: Simulcast | None
    ssrcs: tuple[int, ...]
    ssrc_groups: tuple[SsrcGroup, ...]
    msids: tuple[Msid, ...]
    raw: Section

    @property
    def rejected(self) -> bool:
        """Port 0 means rejected or stopped, unless the section waits for its bundle (RFC 8843 section 7.2.1)."""
        return self.port == 0 and not self.bundle_only

    def rtx_of(self, payload_type: int) -> Payload | None:
        """The RTX payload type that repairs this one (RFC 4588 section 8.6)."""
        wanted = str(payload_type)
        return next((p for p in self.payloads if p.name.lower() == "rtx" and p.parameter("apt") == wanted), None)


def read_sections(description: Description) -> tuple[MediaSection, ...]:
    """All media sections. Raises `SdpError` when a value is malformed or a mid is missing or stands twice."""
    sections = tuple(_read(index, section, description) for index, section in enumerate(description.sections))
    mids = [section.mid for section in sections]
    if len(set(mids)) != len(mids):
        raise SdpError("two media sections have the same mid")
    return sections


def bundle_mids(description: Description) -> tuple[str, ...]:
    """The mids of the first BUNDLE group (RFC 8843), in order; empty when there is none."""
    for value in description.values("group"):
        semantics, *mids = value.split()
        if semantics == "BUNDLE":
            return tuple(read_mid(mid) for mid in mids)
    return ()


def _each(parse: Callable[[str], _T], values: Iterable[str]) -> tuple[_T, ...]:
    return tuple(parse(value) for value in values)


def _read(index: int, section: Section, session: Description) -> MediaSection:
    mid = section.value("mid")
    if mid is None:
        raise SdpError("a media section has no mid")
    ufrag = section.value("ice-ufrag") or session.value("ice-ufrag")
    pwd = section.value("ice-pwd") or session.value("ice-pwd")
    simulcast = section.value("simulcast")
    lines = _each(SsrcLine.parse, section.values("ssrc"))
    return MediaSection(
        index=index,
        mid=read_mid(mid),
        kind=section.media.kind,
        port=section.media.port,
        protocol=section.media.protocol,
        direction=_direction(section.attributes) or _direction(session.attributes) or "sendrecv",
        bundle_only=section.has("bundle-only"),
        rtcp_mux=section.has("rtcp-mux"),
        rtcp_rsize=section.has("rtcp-rsize"),
        allow_mixed_extensions=section.has("extmap-allow-mixed") or _has(session, "extmap-allow-mixed"),
        setup=section.value("setup") or session.value("setup"),
        ice_ufrag=None if ufrag is None else read_ufrag(ufrag),
        ice_pwd=None if pwd is None else read_pwd(pwd),
        fingerprints=_each(FingerprintLine.parse, section.values("fingerprint") or session.values("fingerprint")),
        payloads=_payloads(section),
        extensions=_each(_read_extmap, (*session.values("extmap"), *section.values("extmap"))),
        rids=_each(Rid.parse, section.values("rid")),
        simulcast=None if simulcast is None else Simulcast.parse(simulcast),
        ssrcs=tuple(dict.fromkeys(line.ssrc for line in lines)),
        ssrc_groups=_each(SsrcGroup.parse, section.values("ssrc-group")),
        msids=_each(Msid.parse, section.values("msid")),
        raw=section,
    )


def _has(session: Description, name: str) -> bool:
    return any(attribute.name == name for attribute in session.attributes)


def _direction(attributes: Iterable[Attribute]) -> Direction | None:
    return next((read_direction(a.name) for a in attributes if a.value is None and a.name in DIRECTIONS), None)


def _payloads(section: Section) -> tuple[Payload, ...]:
    """In the order of the m-line, which is the order of preference. Static payload types without rtpmap are left
    out."""
    if section.media.kind == "application":
        return ()
    maps = {rtpmap.payload_type: rtpmap for rtpmap in _each(_read_rtpmap, section.values("rtpmap"))}
    formats = {fmtp.payload_type: fmtp for fmtp in _each(_read_fmtp, section.values("fmtp"))}
    feedback = _each(_read_feedback, section.values("rtcp-fb"))
    payloads: list[Payload] = []
    for text in section.media.formats:
        if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 127):
            raise SdpError("a format of an m= line is not a payload type")
        number = int(text)
        rtpmap = maps.get(number)
        if rtpmap is None:
            continue
        said = frozenset(line.what for line in feedback if line.payload_type in (None, number))
        fmtp = formats.get(number, Fmtp(number, ()))
        payloads.append(Payload(number, rtpmap.name, rtpmap.clock_rate_hz, rtpmap.channels, fmtp, said))
    return tuple(payloads)
