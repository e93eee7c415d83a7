"""What a browser would answer: an SDP answer made from the server's offer, and offers to publish."""

from pathlib import Path

from signaling.messages import Source, TrackOffer
from signaling.sdp import Attribute, Description, MediaLine, Section, parse, write

VECTORS = Path(__file__).parent.parent / "vectors" / "sdp"
CHROMIUM = (VECTORS / "CHROMIUM156-offer-vp8-simulcast-audio-dc.sdp").read_text()
FIREFOX = (VECTORS / "FIREFOX153-offer-vp8-simulcast-audio-dc.sdp").read_text()

MIC_AND_CAMERA = (TrackOffer(mid="0", source="mic"), TrackOffer(mid="1", source="camera"))

_COPIED = ("mid", "extmap", "rtcp-mux", "rtcp-rsize", "rtpmap", "fmtp", "rtcp-fb")


def answer(offer: str, *, ufrag: str = "brow", without: tuple[str, ...] = (), fingerprint: int = 7) -> str:
    """A browser's answer to a subscribe offer: everything kept, but codecs whose rtpmap begins with one of
    `without`."""
    description = parse(offer)
    path = (
        Attribute("ice-ufrag", ufrag),
        Attribute("ice-pwd", "p" * 24),
        Attribute("ice-options", "trickle"),
        Attribute("fingerprint", f"sha-256 {':'.join([f'{fingerprint:02X}'] * 32)}"),
        Attribute("setup", "active"),
    )
    sections = tuple(_section(section, path, without) for section in description.sections)
    attributes = tuple(a for a in description.attributes if a.name == "group")
    return write(Description(description.head, attributes, sections))


def _section(section: Section, path: tuple[Attribute, ...], without: tuple[str, ...]) -> Section:
    dropped = set()
    for value in section.values("rtpmap"):
        number, _, name = value.partition(" ")
        if name.startswith(without):
            dropped.add(number)
    for value in section.values("fmtp"):
        number, _, parameters = value.partition(" ")
        if any(parameters == f"apt={one}" for one in dropped):
            dropped.add(number)
    kept = tuple(
        a
        for a in section.attributes
        if a.name in _COPIED and (a.value is None or a.value.partition(" ")[0] not in dropped)
    )
    formats = tuple(one for one in section.media.formats if one not in dropped)
    line = MediaLine(section.media.kind, 9, section.media.protocol, formats)
    return Section(line, ("c=IN IP4 0.0.0.0",), (*path, *kept, Attribute("recvonly")))


def publish_offer(*sources: Source, ufrag: str = "pubs", fingerprint: int = 9) -> tuple[str, tuple[TrackOffer, ...]]:
    """An offer that publishes these sources, one m-line each, and the Tracks that go with it."""
    sections: list[str] = []
    for index, source in enumerate(sources):
        sections += _audio(index) if source in ("mic", "screen_audio") else _video(index, source == "camera")
    digest = ":".join([f"{fingerprint:02X}"] * 32)
    common = [f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{'q' * 24}", f"a=fingerprint:sha-256 {digest}", "a=setup:actpass"]
    lines = [
        "v=0",
        "o=- 1 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {' '.join(str(index) for index in range(len(sources)))}",
        *common,
        *sections,
    ]
    tracks = tuple(TrackOffer(mid=str(index), source=source) for index, source in enumerate(sources))
    return "\r\n".join(lines) + "\r\n", tracks


def _audio(index: int) -> list[str]:
    return [
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{index}",
        "a=sendonly",
        "a=rtcp-mux",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 minptime=10;useinbandfec=1",
        "a=rtcp-fb:111 transport-cc",
        f"a=ssrc:{1000 + index} cname:test",
    ]


def _video(index: int, simulcast: bool) -> list[str]:
    lines = [
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{index}",
        "a=sendonly",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
        "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
        "a=rtpmap:96 VP8/90000",
        "a=rtcp-fb:96 nack",
        "a=rtcp-fb:96 nack pli",
        "a=rtcp-fb:96 transport-cc",
        "a=rtpmap:97 rtx/90000",
        "a=fmtp:97 apt=96",
    ]
    rids = "q;h;f" if simulcast else "q;f"
    return [*lines, *(f"a=rid:{rid} send" for rid in rids.split(";")), f"a=simulcast:send {rids}"]
