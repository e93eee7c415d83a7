"""The publish transport: the browser offers, we answer. Pure.

`read_publish` turns an offer into a plan of what will be published; `write_publish_answer` writes the answer to it.
Two steps, because the plan shows whether the browser restarted ICE or brought a new certificate, and the caller then
mints what the answer needs. We accept little and keep the offerer's payload types and extension ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from media.contract import Codec, ExtensionIds, RemoteParams, SsrcPair
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
    KIND_OF_SOURCE,
    PUBLISH_EXTENSIONS,
    RIDS_MAX,
    VIDEO_FEEDBACK,
    VIDEO_PREFERENCE,
    VideoCodec,
)
from signaling.codes import ERROR_TEXTS, ErrorCode
from signaling.messages import ContentHint, Kind, Source, TrackOffer
from signaling.sdp import Attribute, Description, MediaLine, SdpError, Section, parse, write
from signaling.sdp_fields import Extmap, Rid, Rtpmap, Simulcast, SimulcastRid, flip
from signaling.sdp_media import MediaSection, Payload, bundle_mids, read_sections

SECTIONS_MAX = 16  # 4 sources, and what stopped transceivers leave behind in a long class


@dataclass(frozen=True, slots=True)
class TrackPlan:
    """One m-line that will carry a Track."""

    mid: str
    source: Source
    kind: Kind
    content_hint: ContentHint
    muted: bool
    codec: Codec
    rids: tuple[str, ...]
    ssrcs: tuple[SsrcPair, ...]
    extensions: tuple[Extmap, ...]
    payload: Payload
    section: MediaSection

    @property
    def layers(self) -> int:
        return max(1, len(self.rids))


@dataclass(frozen=True, slots=True)
class PublishPlan:
    """All of an offer that we take: the browser's end, the Tracks, and the sections to answer in order."""

    remote: RemoteParams
    extensions: ExtensionIds
    tracks: tuple[TrackPlan, ...]
    sections: tuple[MediaSection, ...]
    allow_mixed: bool


def read_publish(
    sdp: str, tracks: Sequence[TrackOffer], preference: Sequence[VideoCodec] = VIDEO_PREFERENCE
) -> PublishPlan:
    """Check an offer and decide what is taken. Raises `Rejected` with `bad_sdp` or `no_common_codec`."""
    try:
        offer = parse(sdp)
        sections = read_sections(offer)
        bundled = bundle_mids(offer)
    except SdpError as error:
        raise bad_sdp(str(error)) from error
    if len(sections) > SECTIONS_MAX:
        raise bad_sdp(f"more than {SECTIONS_MAX} media sections")
    live = [section for section in sections if not section.rejected and section.kind != "application"]
    if not live:
        raise bad_sdp("no media section is live")
    if any(section.mid not in bundled for section in live):
        raise bad_sdp("all media sections must be in one BUNDLE group")
    for section in live:
        check_rtp(section)
    plans = tuple(_plan_track(track, live, preference) for track in tracks)
    _check_once([plan.mid for plan in plans], "a media section is named twice")
    _check_once([plan.source for plan in plans], "a source is published twice")
    _check_ssrcs(plans)
    return PublishPlan(
        # Sections that are bundle-only may leave credentials to the first one; it speaks for all.
        remote=read_remote(live, setups=("actpass", "active")),
        extensions=extension_ids(extmap for plan in plans for extmap in plan.extensions),
        tracks=plans,
        sections=sections,
        allow_mixed=any(section.allow_mixed_extensions for section in live),
    )


def write_publish_answer(plan: PublishPlan, local: LocalPath, *, number: int, version: int) -> str:
    """The answer: a section for each of the offer's, in its order. Live but unnamed ones become inactive, others stay
    rejected."""
    by_mid = {track.mid: track for track in plan.tracks}
    answered: list[Section] = []
    accepted: list[str] = []
    for section in plan.sections:
        if section.rejected or section.kind == "application":
            answered.append(_rejected(section))
            continue
        accepted.append(section.mid)
        track = by_mid.get(section.mid)
        answered.append(_inactive(section, local) if track is None else _answer_track(track, local))
    attributes = session_attributes(accepted, allow_mixed=plan.allow_mixed)
    return write(Description(session_head(number, version), attributes, tuple(answered)))


def is_ice_restart(before: RemoteParams, after: RemoteParams) -> bool:
    """Did the browser restart ICE on the same transport (RFC 8839 section 4.4.1.1.1)?"""
    return before.ice_ufrag != after.ice_ufrag or before.ice_pwd != after.ice_pwd


def is_new_transport(before: RemoteParams, after: RemoteParams) -> bool:
    """A new certificate means a new peer connection: the old transport cannot go on."""
    return set(before.fingerprints) != set(after.fingerprints)


# --- what is taken --------------------------------------------------------------------------------------------------


def _check_once(values: Sequence[str], sentence: str) -> None:
    if len(set(values)) != len(values):
        raise bad_sdp(sentence)


def _check_ssrcs(plans: Sequence[TrackPlan]) -> None:
    """The engine tells Tracks apart by SSRC: one that stands twice would let a Track speak for another."""
    announced = [ssrc for plan in plans for pair in plan.ssrcs for ssrc in (pair.media, pair.rtx) if ssrc is not None]
    if len(set(announced)) != len(announced):
        raise bad_sdp("an SSRC stands twice")


def _plan_track(track: TrackOffer, live: Sequence[MediaSection], preference: Sequence[VideoCodec]) -> TrackPlan:
    section = next((section for section in live if section.mid == track.mid), None)
    kind = KIND_OF_SOURCE[track.source]
    if section is None:
        raise bad_sdp("a track names a media section that is not there")
    if section.kind != kind:
        raise bad_sdp("a track's source does not fit its media section")
    if section.direction not in ("sendonly", "sendrecv"):
        raise bad_sdp("a track's media section does not send")
    payload, codec = _choose_codec(section, preference)
    rids = _rids(section)
    extensions = _accepted_extensions(section, kind)
    if len(rids) > 1 and not any(extmap.uri.endswith(":rtp-stream-id") for extmap in extensions):
        raise bad_sdp("simulcast needs the rid header extension")
    return TrackPlan(
        mid=section.mid,
        source=track.source,
        kind=kind,
        content_hint=track.content_hint,
        muted=track.muted,
        codec=codec,
        rids=rids,
        # Firefox announces SSRCs for simulcast too, but does not say which rid they are: the packets will.
        ssrcs=() if rids else _ssrc_pairs(section),
        extensions=extensions,
        payload=payload,
        section=section,
    )


def _choose_codec(section: MediaSection, preference: Sequence[VideoCodec]) -> tuple[Payload, Codec]:
    if section.kind == "audio":
        for payload in section.payloads:
            if payload.name.lower() == "opus" and payload.clock_rate_hz == 48000:
                return payload, _codec("opus", payload, None)
    for name in preference if section.kind == "video" else ():
        found = _find_vp8(section) if name == "vp8" else _find_h264(section)
        if found is not None:
            return found, _codec(name, found, section.rtx_of(found.payload_type))
    raise Rejected(ErrorCode.NO_COMMON_CODEC.value, ERROR_TEXTS[ErrorCode.NO_COMMON_CODEC])


def _find_vp8(section: MediaSection) -> Payload | None:
    return next((p for p in section.payloads if p.name.lower() == "vp8" and p.clock_rate_hz == 90000), None)


def _find_h264(section: MediaSection) -> Payload | None:
    """Constrained baseline first, then baseline; packetization mode 1 only (RFC 6184 section 8.1)."""
    fitting = [p for p in section.payloads if p.name.lower() == "h264" and p.parameter("packetization-mode") == "1"]
    for profile in ("42e0", "4200"):
        for payload in fitting:
            if (payload.parameter("profile-level-id") or "").lower().startswith(profile):
                return payload
    return None


def _codec(name: VideoCodec | str, payload: Payload, rtx: Payload | None) -> Codec:
    return Codec(
        name="opus" if name == "opus" else "vp8" if name == "vp8" else "h264",
        payload_type=payload.payload_type,
        clock_rate_hz=payload.clock_rate_hz,
        rtx_payload_type=None if rtx is None else rtx.payload_type,
        nack="nack" in payload.feedback,
        transport_cc="transport-cc" in payload.feedback,
    )


def _rids(section: MediaSection) -> tuple[str, ...]:
    """The rids that are sent, in the order of `a=simulcast`; of alternatives the first. Empty without simulcast."""
    declared = [rid.rid for rid in section.rids if rid.direction == "send"]
    if section.simulcast is not None and section.simulcast.send:
        rids = tuple(layer[0].rid for layer in section.simulcast.send)
    else:
        rids = tuple(declared[:1])
    if any(rid not in declared for rid in rids):
        raise bad_sdp("simulcast names a rid that is not declared")
    if len(rids) > RIDS_MAX or len(set(rids)) != len(rids):
        raise bad_sdp(f"simulcast has more than {RIDS_MAX} layers or one twice")
    return rids


def _ssrc_pairs(section: MediaSection) -> tuple[SsrcPair, ...]:
    """The one encoding's announced SSRCs: the FID group if there is one, else the only SSRC."""
    for group in section.ssrc_groups:
        if group.semantics == "FID" and len(group.ssrcs) == 2:
            return (SsrcPair(media=group.ssrcs[0], rtx=group.ssrcs[1]),)
    return (SsrcPair(media=section.ssrcs[0]),) if section.ssrcs else ()


# --- the answer -----------------------------------------------------------------------------------------------------


def _rejected(section: MediaSection) -> Section:
    media = section.raw.media
    line = MediaLine(media.kind, 0, media.protocol, media.formats)
    return Section(line, ("c=IN IP4 0.0.0.0",), (Attribute("mid", section.mid), Attribute("inactive")))


def _accepted_extensions(section: MediaSection, kind: Kind) -> tuple[Extmap, ...]:
    wanted = PUBLISH_EXTENSIONS[kind]
    return tuple(e for e in section.extensions if e.uri in wanted and e.direction in ("sendrecv", "sendonly"))


def _extmap_attributes(extensions: Sequence[Extmap]) -> list[Attribute]:
    return [Attribute("extmap", Extmap(e.extension_id, e.uri, flip(e.direction)).text()) for e in extensions]


def _inactive(section: MediaSection, local: LocalPath) -> Section:
    """A live m-line that carries nothing now: it keeps its place in the bundle and its first payload type."""
    payload = section.payloads[0] if section.payloads else None
    if payload is None:
        return _rejected(section)
    line = MediaLine(section.kind, port_of(local), section.protocol, (str(payload.payload_type),))
    attributes = [
        Attribute("mid", section.mid),
        *path_attributes(local, "passive"),
        # kept: Chromium refuses to use the line for simulcast again when its extensions were once dropped
        *_extmap_attributes(_accepted_extensions(section, "audio" if section.kind == "audio" else "video")),
        Attribute("rtpmap", _rtpmap(payload)),
        Attribute("inactive"),
        Attribute("rtcp-mux"),
    ]
    return Section(line, (connection_line(local),), tuple(attributes))


def _rtpmap(payload: Payload) -> str:
    return Rtpmap(payload.payload_type, payload.name, payload.clock_rate_hz, payload.channels).text()


def _answer_track(track: TrackPlan, local: LocalPath) -> Section:
    section, payload, rtx = track.section, track.payload, track.codec.rtx_payload_type
    formats = [str(payload.payload_type)] + ([] if rtx is None else [str(rtx)])
    attributes = [Attribute("mid", section.mid), *path_attributes(local, "passive")]
    attributes += _extmap_attributes(track.extensions)
    attributes.append(Attribute("rtpmap", _rtpmap(payload)))
    for what in VIDEO_FEEDBACK if track.kind == "video" else AUDIO_FEEDBACK:
        if what in payload.feedback:
            attributes.append(Attribute("rtcp-fb", f"{payload.payload_type} {what}"))
    parameters = _parameters(track)
    if parameters:
        attributes.append(Attribute("fmtp", f"{payload.payload_type} {parameters}"))
    if rtx is not None:
        attributes.append(Attribute("rtpmap", f"{rtx} rtx/{payload.clock_rate_hz}"))
        attributes.append(Attribute("fmtp", f"{rtx} apt={payload.payload_type}"))
    attributes += [Attribute("recvonly"), Attribute("rtcp-mux")]
    if section.rtcp_rsize:
        attributes.append(Attribute("rtcp-rsize"))
    attributes += _simulcast_attributes(track)
    line = MediaLine(section.kind, port_of(local), section.protocol, tuple(formats))
    return Section(line, (connection_line(local),), tuple(attributes))


def _parameters(track: TrackPlan) -> str:
    """What we ask of the encoder (RFC 7587 section 6.1, RFC 6184 section 8.1)."""
    match track.codec.name:
        case "opus":
            if track.source == "screen_audio" or track.content_hint == "music":
                # Full band, both sides, and no pauses: an instrument's decay must not be taken for silence.
                return "minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1;maxaveragebitrate=128000"
            return "minptime=10;useinbandfec=1;usedtx=1"
        case "h264":
            profile = track.payload.parameter("profile-level-id") or "42e01f"
            return f"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={profile}"
        case _:
            return ""


def _simulcast_attributes(track: TrackPlan) -> list[Attribute]:
    lines = [Attribute("rid", Rid(rid, "recv").text()) for rid in track.rids]
    if len(track.rids) > 1:
        layers = tuple((SimulcastRid(rid),) for rid in track.rids)
        lines.append(Attribute("simulcast", Simulcast(recv=layers).text()))
    return lines
