"""The subscribe transport: we offer Slots, the browser answers. Pure.

The m-lines are fixed by the client's tier and only grow; what they show is bound without renegotiation.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from media.contract import Codec, ExtensionIds, RemoteParams, SlotSpec
from server.errors import Rejected
from server.rtc.path import (
    LocalPath,
    bad_sdp,
    check_rtp,
    connection_line,
    extension_ids,
    path_attributes,
    port_of,
    read_remote,
    session_attributes,
    session_head,
)
from server.rtc.profile import (
    AUDIO_FEEDBACK,
    AUDIO_SLOTS,
    INSTRUCTOR_AUDIO_SLOT,
    MAIN_STREAM,
    OFFERED_AUDIO,
    OFFERED_VIDEO,
    SUBSCRIBE_EXTENSIONS,
    VIDEO_FEEDBACK,
    VIDEO_SLOTS,
    OfferedCodec,
)
from signaling.codes import ERROR_TEXTS, ErrorCode
from signaling.messages import Kind, Slot, SlotMode, Tier
from signaling.sdp import Attribute, Description, MediaLine, SdpError, Section, parse, write
from signaling.sdp_media import MediaSection, Payload, bundle_mids, read_sections


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """One m-line of a subscribe transport, for its whole life."""

    slot: int
    mid: str
    kind: Kind
    mode: SlotMode
    ssrc: int
    rtx_ssrc: int | None

    def message(self) -> Slot:
        """As the client is told."""
        return Slot(slot=self.slot, mid=self.mid, kind=self.kind, mode=self.mode)

    def spec(self) -> SlotSpec:
        """As media is told: it knows only whether the engine fills the Slot or we do."""
        mode: Literal["bound", "loudest"] = "loudest" if self.mode == "loudest" else "bound"
        return SlotSpec(slot=self.slot, mid=self.mid, kind=self.kind, mode=mode, ssrc=self.ssrc, rtx_ssrc=self.rtx_ssrc)


@dataclass(frozen=True, slots=True)
class SubscribePlan:
    """What the browser's answer leaves us: its end, the codecs and extensions in force, refused Slots."""

    remote: RemoteParams
    codecs: tuple[Codec, ...]
    extensions: ExtensionIds
    refused: frozenset[int]


def plan_slots(tier: Tier, existing: Sequence[SlotPlan], mint_ssrc: Callable[[], int]) -> tuple[SlotPlan, ...]:
    """The Slots of a tier, keeping all existing ones and their SSRCs. Never fewer than before."""
    slots = list(existing)
    used = {ssrc for slot in existing for ssrc in (slot.ssrc, slot.rtx_ssrc) if ssrc is not None}

    def fresh() -> int:
        # SSRC 0 is legal but many readers take it for "none".
        while (ssrc := mint_ssrc()) in used or not 0 < ssrc < 2**32:
            pass
        used.add(ssrc)
        return ssrc

    for index, mode in enumerate(AUDIO_SLOTS):
        if len(slots) <= index:
            slots.append(SlotPlan(index, f"a{index}", "audio", mode, fresh(), None))
    for index in range(VIDEO_SLOTS[tier]):
        number = len(AUDIO_SLOTS) + index
        if len(slots) <= number:
            slots.append(SlotPlan(number, f"v{index}", "video", "main" if index == 0 else "tile", fresh(), fresh()))
    return tuple(slots)


def write_subscribe_offer(slots: Sequence[SlotPlan], local: LocalPath, *, cname: str, number: int, version: int) -> str:
    """Our offer. `version` grows with every offer on the same transport (RFC 3264 section 8)."""
    sections = tuple(_offer_section(slot, local, cname) for slot in slots)
    attributes = session_attributes([slot.mid for slot in slots], allow_mixed=False)
    return write(Description(session_head(number, version), attributes, sections))


def _offer_section(slot: SlotPlan, local: LocalPath, cname: str) -> Section:
    codecs: Sequence[OfferedCodec] = OFFERED_AUDIO if slot.kind == "audio" else OFFERED_VIDEO
    formats: list[str] = []
    attributes = [
        Attribute("mid", slot.mid),
        *path_attributes(local, "actpass"),
        Attribute("sendonly"),
        Attribute("msid", f"{_stream(slot)} {slot.mid}"),
        Attribute("rtcp-mux"),
        Attribute("rtcp-rsize"),
    ]
    attributes += [Attribute("extmap", f"{number} {uri}") for number, uri in SUBSCRIBE_EXTENSIONS]
    for codec in codecs:
        formats.append(str(codec.payload_type))
        attributes += _codec_attributes(codec, AUDIO_FEEDBACK if slot.kind == "audio" else VIDEO_FEEDBACK)
        if codec.rtx_payload_type is not None:
            formats.append(str(codec.rtx_payload_type))
    attributes += _ssrc_attributes(slot, cname)
    line = MediaLine(slot.kind, port_of(local), "UDP/TLS/RTP/SAVPF", tuple(formats))
    return Section(line, (connection_line(local),), tuple(attributes))


def _stream(slot: SlotPlan) -> str:
    """One stream id a Slot, but one for the instructor's audio and the main video: browsers play those two together."""
    return MAIN_STREAM if slot.mode == "main" or slot.slot == INSTRUCTOR_AUDIO_SLOT else f"s{slot.slot}"


def _codec_attributes(codec: OfferedCodec, feedback: Sequence[str]) -> list[Attribute]:
    lines = [Attribute("rtpmap", f"{codec.payload_type} {codec.rtpmap}")]
    if codec.fmtp is not None:
        lines.append(Attribute("fmtp", f"{codec.payload_type} {codec.fmtp}"))
    lines += [Attribute("rtcp-fb", f"{codec.payload_type} {what}") for what in feedback]
    if codec.rtx_payload_type is not None:
        lines.append(Attribute("rtpmap", f"{codec.rtx_payload_type} rtx/90000"))
        lines.append(Attribute("fmtp", f"{codec.rtx_payload_type} apt={codec.payload_type}"))
    return lines


def _ssrc_attributes(slot: SlotPlan, cname: str) -> list[Attribute]:
    """Media first, RTX second: aiortc takes the first line for the media."""
    lines: list[Attribute] = []
    if slot.rtx_ssrc is not None:
        lines.append(Attribute("ssrc-group", f"FID {slot.ssrc} {slot.rtx_ssrc}"))
    for ssrc in (slot.ssrc, slot.rtx_ssrc):
        if ssrc is not None:
            lines.append(Attribute("ssrc", f"{ssrc} cname:{cname}"))
            lines.append(Attribute("ssrc", f"{ssrc} msid:{_stream(slot)} {slot.mid}"))
    return lines


def read_subscribe_answer(sdp: str, slots: Sequence[SlotPlan]) -> SubscribePlan:
    """Check the browser's answer to our offer of these Slots. Raises `Rejected` (`bad_sdp`, `no_common_codec`)."""
    try:
        answer = parse(sdp)
        sections = read_sections(answer)
        bundled = bundle_mids(answer)
    except SdpError as error:
        raise bad_sdp(str(error)) from error
    if [section.mid for section in sections] != [slot.mid for slot in slots]:
        raise bad_sdp("the answer's media sections are not those of the offer")
    live = [section for section in sections if not section.rejected]
    if not live:
        raise bad_sdp("every media section is rejected")
    for section, slot in zip(sections, slots, strict=True):
        if section.kind != slot.kind:
            raise bad_sdp("a media section changed its kind")
    for section in live:
        check_rtp(section)
        if section.mid not in bundled:
            raise bad_sdp("all media sections must be in one BUNDLE group")
        if section.direction not in ("recvonly", "inactive"):
            raise bad_sdp("a media section of the answer sends")
    refused = frozenset(slot.slot for section, slot in zip(sections, slots, strict=True) if section.rejected)
    known = dict(SUBSCRIBE_EXTENSIONS)
    extensions = [e for section in live for e in section.extensions if known.get(e.extension_id) == e.uri]
    return SubscribePlan(read_remote(live, setups=("active",)), _codecs(live), extension_ids(extensions), refused)


def _codecs(live: Sequence[MediaSection]) -> tuple[Codec, ...]:
    """Our codecs that every live section of their kind kept. A class without any sound codec makes no sense."""
    codecs: list[Codec] = []
    for kind, offered in (("audio", OFFERED_AUDIO), ("video", OFFERED_VIDEO)):
        sections = [section for section in live if section.kind == kind and section.direction == "recvonly"]
        for codec in offered if sections else ():
            payloads = [_kept(section, codec) for section in sections]
            if all(payload is not None for payload in payloads):
                codecs.append(_in_force(codec, sections))
    if not codecs:
        raise Rejected(ErrorCode.NO_COMMON_CODEC.value, ERROR_TEXTS[ErrorCode.NO_COMMON_CODEC])
    return tuple(codecs)


def _kept(section: MediaSection, codec: OfferedCodec) -> Payload | None:
    """The codec's payload in the answer, under the number we offered it with (RFC 3264 section 6.1 lets it differ; no
    browser does that, and one number for the whole transport is what media needs)."""
    for payload in section.payloads:
        same = f"{payload.name.lower()}/{payload.clock_rate_hz}" in codec.rtpmap.lower()
        if payload.payload_type == codec.payload_type and same:
            return payload
    return None


def _in_force(codec: OfferedCodec, sections: Sequence[MediaSection]) -> Codec:
    payloads = [payload for section in sections if (payload := _kept(section, codec)) is not None]
    rtx = [section.rtx_of(codec.payload_type) for section in sections]
    has_rtx = all(found is not None and found.payload_type == codec.rtx_payload_type for found in rtx)
    return Codec(
        name=codec.name,
        payload_type=codec.payload_type,
        clock_rate_hz=payloads[0].clock_rate_hz,
        rtx_payload_type=codec.rtx_payload_type if has_rtx else None,
        nack=all("nack" in payload.feedback for payload in payloads),
        transport_cc=all("transport-cc" in payload.feedback for payload in payloads),
    )
