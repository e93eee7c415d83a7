"""Foreign text never does more than raise `SdpError`; what we write we read back."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.sdp import (
    FORMATS_MAX,
    LINE_CHARS_MAX,
    LINES_PER_SECTION_MAX,
    SDP_CHARS_MAX,
    SECTIONS_MAX,
    Attribute,
    Description,
    MediaLine,
    SdpError,
    Section,
    parse,
    write,
)
from signaling.sdp_fields import (
    DIRECTIONS,
    Extmap,
    Feedback,
    FingerprintLine,
    Fmtp,
    Msid,
    Rid,
    Rtpmap,
    Simulcast,
    SimulcastRid,
    SsrcGroup,
    SsrcLine,
    flip,
)
from signaling.sdp_media import bundle_mids, read_sections

VECTORS = [path.read_text() for path in sorted((Path(__file__).parent.parent / "vectors" / "sdp").glob("*.sdp"))]
HEAD = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
AUDIO = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"

words = st.text(
    st.characters(codec="ascii", exclude_characters=" :;=\r\n/,~", categories=("L", "N")), min_size=1, max_size=12
)
printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
payload_types = st.integers(0, 127)
ssrcs = st.integers(0, 2**32 - 1)
rids = st.text(st.sampled_from("abcdefqhf0123456789_-"), min_size=1, max_size=16)


def read_all(text: str) -> None:
    """Everything that is done with a stranger's description before anything is decided."""
    try:
        description = parse(text)
        read_sections(description)
        bundle_mids(description)
    except SdpError:
        return
    assert parse(write(description)) == description


@given(st.text(max_size=400))
def test_any_text(text: str) -> None:
    read_all(text)


@given(st.lists(printable.map(lambda value: f"a={value}"), max_size=20))
def test_any_attributes(lines: list[str]) -> None:
    read_all(HEAD + AUDIO + "\r\n".join(lines))


@given(st.sampled_from(VECTORS), st.randoms(use_true_random=False))
def test_mutated_vectors(text: str, chance: random.Random) -> None:
    """Lines lost, doubled, swapped and cut; characters changed."""
    lines = text.splitlines()
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(lines))
        match chance.randrange(6):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[chance.randrange(len(lines))])
            case 2:
                lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
            case 3:
                character = chance.choice("0123456789:;=/ ~,\x00\x7f-éqf")
                cut = chance.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:cut] + character + lines[at][cut + 1 :]
            case 4:
                lines[at] = lines[at] * chance.randint(2, 400)
            case _:
                other = chance.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
        lines = lines or [""]
    read_all("\r\n".join(lines))


attributes = st.builds(Attribute, words, st.none() | printable)
sections = st.builds(
    Section,
    st.builds(
        MediaLine,
        st.sampled_from(["audio", "video", "application"]),
        st.integers(0, 65535),
        st.just("UDP/TLS/RTP/SAVPF"),
        st.lists(words, min_size=1, max_size=5).map(tuple),
    ),
    st.lists(printable.map(lambda value: f"c={value}"), max_size=2).map(tuple),
    st.lists(attributes, max_size=10).map(tuple),
)


@given(st.lists(attributes, max_size=5).map(tuple), st.lists(sections, max_size=5).map(tuple))
def test_written_is_read_back(session: tuple[Attribute, ...], media: tuple[Section, ...]) -> None:
    description = Description(tuple(HEAD.splitlines()), session, media)
    assert parse(write(description)) == description


VALUES = st.one_of(
    st.builds(Rtpmap, payload_types, words, st.integers(0, 10_000_000), st.none() | st.integers(0, 255)),
    st.builds(Fmtp, payload_types, st.lists(st.tuples(words, st.none() | words), min_size=1, max_size=5).map(tuple)),
    st.builds(Feedback, st.none() | payload_types, st.sampled_from(["nack", "nack pli", "ccm fir", "transport-cc"])),
    st.builds(Extmap, st.integers(1, 4351), words, st.sampled_from(DIRECTIONS)),
    st.builds(Rid, rids, st.sampled_from(["send", "recv"])),
    st.builds(
        Simulcast,
        st.lists(
            st.lists(st.builds(SimulcastRid, rids, st.booleans()), min_size=1, max_size=2).map(tuple),
            min_size=1,
            max_size=3,
        ).map(tuple),
    ),
    st.builds(SsrcLine, ssrcs, words, st.none() | words),
    st.builds(SsrcGroup, st.just("FID"), st.lists(ssrcs, min_size=1, max_size=3).map(tuple)),
    st.builds(
        FingerprintLine, st.just("sha-256"), st.binary(min_size=32, max_size=32).map(lambda b: b.hex(":").upper())
    ),
    st.builds(Msid, words, words),
)


@given(VALUES)
def test_fields_are_read_back(value: object) -> None:
    assert type(value).parse(value.text()) == value  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=1\r\no=- 1 1 IN IP4 0\r\ns=-\r\n",
        "o=- 1 1 IN IP4 0\r\nv=0\r\ns=-\r\n",
        HEAD + "m=audio 9 UDP/TLS/RTP/SAVPF\r\n",
        HEAD + "m=audio 70000 UDP/TLS/RTP/SAVPF 1\r\n",
        HEAD + "m=text 9 RTP/AVP 1\r\n",
        HEAD + "a=\r\n",
        HEAD + "x\r\n",
        HEAD + "a=x\x00\r\n",
        HEAD + "a=" + "x" * LINE_CHARS_MAX + "\r\n",
        HEAD + "m=audio 9 X " + " ".join("1" * (FORMATS_MAX + 1)) + "\r\n",
        HEAD + AUDIO * (SECTIONS_MAX + 1),
        HEAD + "a=x\r\n" * LINES_PER_SECTION_MAX,
        "v=0\n" + "a" * SDP_CHARS_MAX,
    ],
    ids=range(14),
)
def test_one_over_and_malformed(text: str) -> None:
    with pytest.raises(SdpError):
        parse(text)


def test_at_the_limits() -> None:
    parse(HEAD + AUDIO * SECTIONS_MAX)
    parse(HEAD + "m=audio 9 X " + " ".join("1" * FORMATS_MAX) + "\r\n")


@pytest.mark.parametrize(
    "line",
    [
        "a=mid:" + "x" * 17,
        "a=extmap:0 urn:x",
        "a=extmap:1",
        "a=extmap:1/up urn:x",
        "a=rtpmap:128 opus/48000",
        "a=rtpmap:111 opus",
        "a=fingerprint:sha-1 AB:CD",
        "a=fingerprint:sha-256 AB:CD",
        "a=ice-ufrag:abc",
        "a=ice-pwd:short",
        "a=rid:q both",
        "a=rid:q/ send",
        "a=simulcast:send q;h;f recv",
        "a=simulcast:send q send h",
        "a=ssrc:4294967296 cname:x",
        "a=ssrc-group:FID",
        "a=rtcp-fb:111",
    ],
)
def test_malformed_values(line: str) -> None:
    with pytest.raises(SdpError):
        read_sections(
            parse(HEAD + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" + ("" if "mid" in line else "a=mid:0\r\n") + line)
        )


def test_mids_stand_once_and_in_every_section() -> None:
    with pytest.raises(SdpError):
        read_sections(parse(HEAD + AUDIO + AUDIO))
    with pytest.raises(SdpError):
        read_sections(parse(HEAD + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"))


def test_directions_flip() -> None:
    assert [flip(direction) for direction in DIRECTIONS] == ["sendrecv", "recvonly", "sendonly", "inactive"]
