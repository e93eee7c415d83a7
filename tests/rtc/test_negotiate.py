"""Answers to offers to publish: what is taken, with which ids, and what is refused."""

import re

import pytest

from media.contract import Candidate, Codec, Fingerprint
from server.errors import Rejected
from server.rtc.negotiate import is_ice_restart, is_new_transport, read_publish, write_publish_answer
from server.rtc.path import LocalPath
from signaling.messages import TrackOffer
from signaling.sdp import parse
from signaling.sdp_media import MediaSection, bundle_mids, read_sections
from tests.flows.browser import CHROMIUM, FIREFOX, MIC_AND_CAMERA, publish_offer

LOCAL = LocalPath(
    "ufragufr",
    "p" * 24,
    Fingerprint(algorithm="sha-256", value=":".join(["AB"] * 32)),
    (Candidate(address="10.77.0.1", port=40000), Candidate(address="fd00::1", port=40000)),
)


def answered(offer: str, tracks: tuple[TrackOffer, ...] = MIC_AND_CAMERA) -> tuple[str, tuple[MediaSection, ...]]:
    text = write_publish_answer(read_publish(offer, tracks), LOCAL, number=5, version=1)
    return text, read_sections(parse(text))


def refused(offer: str, tracks: tuple[TrackOffer, ...] = MIC_AND_CAMERA) -> str:
    with pytest.raises(Rejected) as found:
        read_publish(offer, tracks)
    return found.value.code


@pytest.mark.parametrize("offer", [CHROMIUM, FIREFOX], ids=["chromium", "firefox"])
def test_answer_holds_what_browsers_insist_on(offer: str) -> None:
    """Chromium rejects an answer without rtcp-mux, with actpass, without fingerprint, or with a mid that is not
    bundled; Firefox one with port 0 for a bundle-only section."""
    text, (audio, video, channel) = answered(offer)
    for section in (audio, video):
        assert section.rtcp_mux and section.setup == "passive" and section.direction == "recvonly"
        assert section.fingerprints and section.ice_ufrag == "ufragufr"
        assert section.port == 40000 and not section.raw.has("bundle-only")
        assert section.raw.values("candidate") and section.raw.has("end-of-candidates")
    assert channel.port == 0
    assert bundle_mids(parse(text)) == ("0", "1")
    assert "a=ice-lite" in text and text.index("a=ice-lite") < text.index("m=audio")
    assert video.simulcast is not None and video.simulcast.text() == "recv q;h;f"
    assert [rid.text() for rid in video.rids] == ["q recv", "h recv", "f recv"]
    lines = text.split("\r\n")
    assert lines[-1] == "" and all(lines[:-1])


def test_chromium_keeps_its_numbers() -> None:
    plan = read_publish(CHROMIUM, MIC_AND_CAMERA)
    mic, camera = plan.tracks
    assert mic.codec == Codec(name="opus", payload_type=111, clock_rate_hz=48000, transport_cc=True)
    assert camera.codec == Codec(
        name="vp8", payload_type=96, clock_rate_hz=90000, rtx_payload_type=97, nack=True, transport_cc=True
    )
    ids = plan.extensions
    assert (ids.mid, ids.rid, ids.repaired_rid, ids.audio_level, ids.transport_cc, ids.abs_send_time) == (
        4,
        10,
        11,
        1,
        3,
        2,
    )
    assert ids.dependency_descriptor is None, "it strips VP8's picture ids"
    assert mic.ssrcs[0].media == 3154329208 and camera.ssrcs == ()


def test_firefox_keeps_its_numbers_and_flips_directions() -> None:
    text, (_, video, _) = answered(FIREFOX)
    plan = read_publish(FIREFOX, MIC_AND_CAMERA)
    assert [track.codec.payload_type for track in plan.tracks] == [109, 120]
    assert plan.tracks[1].codec.rtx_payload_type == 124
    assert "a=extmap:9/recvonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id" in text
    assert (plan.extensions.mid, plan.extensions.rid, plan.extensions.abs_send_time) == (3, 9, 4)
    assert "playout-delay" not in text and "dependency-descriptor" not in text
    assert video.payloads[0].feedback == {"nack", "nack pli", "ccm fir", "transport-cc"}, "no remb"
    assert plan.tracks[1].ssrcs == (), "SSRCs of simulcast do not say which rid they are"


def test_nothing_that_was_not_offered_is_answered() -> None:
    for offer in (CHROMIUM, FIREFOX):
        _, sections = answered(offer)
        for ours, theirs in zip(sections, read_sections(parse(offer)), strict=True):
            assert {p.payload_type for p in ours.payloads} <= {p.payload_type for p in theirs.payloads}
            assert {(e.extension_id, e.uri) for e in ours.extensions} <= {
                (e.extension_id, e.uri) for e in theirs.extensions
            }


def test_speech_pauses_music_does_not() -> None:
    text, _ = answered(CHROMIUM)
    assert "a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1" in text
    music, _ = answered(CHROMIUM, (TrackOffer(mid="0", source="mic", content_hint="music"),))
    assert "stereo=1" in music and "usedtx" not in music
    screen, _ = answered(CHROMIUM, (TrackOffer(mid="0", source="screen_audio"),))
    assert "stereo=1" in screen


def test_h264_when_preferred_or_alone() -> None:
    plan = read_publish(CHROMIUM, MIC_AND_CAMERA, ("h264", "vp8"))
    assert (plan.tracks[1].codec.payload_type, plan.tracks[1].codec.rtx_payload_type) == (108, 109), "42e01f, mode 1"
    text = write_publish_answer(plan, LOCAL, number=1, version=1)
    assert "a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f" in text
    without_vp8 = CHROMIUM.replace("VP8/90000", "XP8/90000")
    assert read_publish(without_vp8, MIC_AND_CAMERA).tracks[1].codec.name == "h264"
    neither = without_vp8.replace("H264", "X264")
    assert refused(neither) == "no_common_codec"
    assert refused(CHROMIUM.replace("opus/48000", "opux/48000")) == "no_common_codec"


def test_unnamed_sections_stay_inactive() -> None:
    text, (audio, video, _) = answered(CHROMIUM, MIC_AND_CAMERA[:1])
    assert audio.direction == "recvonly" and video.direction == "inactive" and video.port == 40000
    assert any(extmap.uri.endswith(":rtp-stream-id") for extmap in video.extensions), "the line must stay usable"
    assert bundle_mids(parse(text)) == ("0", "1")


def test_restart_and_new_connection() -> None:
    first = read_publish(publish_offer("mic")[0], (TrackOffer(mid="0", source="mic"),)).remote
    restarted = read_publish(publish_offer("mic", ufrag="othe")[0], (TrackOffer(mid="0", source="mic"),)).remote
    other = read_publish(publish_offer("mic", fingerprint=10)[0], (TrackOffer(mid="0", source="mic"),)).remote
    assert is_ice_restart(first, restarted) and not is_new_transport(first, restarted)
    assert is_new_transport(first, other) and not is_ice_restart(first, first)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a=setup:actpass", "a=setup:passive"),
        ("a=rtcp-mux\n", ""),
        ("a=group:BUNDLE 0 1 2", "a=group:BUNDLE 0 2"),
        ("a=group:BUNDLE 0 1 2\n", ""),
        ("UDP/TLS/RTP/SAVPF", "RTP/AVP"),
        ("a=simulcast:send q;h;f", "a=simulcast:send q;h;f;x"),
        ("a=simulcast:send q;h;f", "a=simulcast:send q;q"),
        ("a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\n", ""),
        ("a=extmap:10 urn", "a=extmap:15 urn"),
        ("a=extmap:10 urn", "a=extmap:300 urn"),
        ("a=extmap:10 urn", "a=extmap:11 urn"),
        ("a=sendonly", "a=recvonly"),
        ("a=ice-ufrag:oIeO\n", ""),
        ("v=0", "v=1"),
    ],
)
def test_refused_offers(old: str, new: str) -> None:
    assert old in CHROMIUM
    assert refused(CHROMIUM.replace(old, new)) == "bad_sdp"


def test_sections_that_contradict_each_other() -> None:
    at = CHROMIUM.index("m=video")
    other_ice = CHROMIUM[:at] + CHROMIUM[at:].replace("oIeO", "oIeP", 1)
    other_print = CHROMIUM[:at] + CHROMIUM[at:].replace("79:8C", "79:8D", 1)
    other_id = CHROMIUM[:at] + CHROMIUM[at:].replace("a=extmap:4 urn", "a=extmap:8 urn", 1)
    for offer in (other_ice, other_print, other_id):
        assert refused(offer) == "bad_sdp"


@pytest.mark.parametrize(
    "tracks",
    [
        (TrackOffer(mid="9", source="mic"),),
        (TrackOffer(mid="0", source="camera"),),
        (TrackOffer(mid="2", source="camera"),),
        (TrackOffer(mid="0", source="mic"), TrackOffer(mid="0", source="mic")),
        (TrackOffer(mid="0", source="mic"), TrackOffer(mid="0", source="screen_audio")),
    ],
)
def test_tracks_that_do_not_fit(tracks: tuple[TrackOffer, ...]) -> None:
    assert refused(CHROMIUM, tracks) == "bad_sdp"


def test_an_ssrc_that_stands_twice() -> None:
    offer, tracks = publish_offer("mic", "screen_audio")
    assert refused(offer.replace("a=ssrc:1001", "a=ssrc:1000"), tracks) == "bad_sdp"


def test_single_encoding_takes_its_announced_ssrcs() -> None:
    lines = [line for line in FIREFOX.splitlines() if not line.startswith(("a=rid", "a=simulcast"))]
    plan = read_publish("\r\n".join(lines), MIC_AND_CAMERA)
    pair = plan.tracks[1].ssrcs[0]
    assert (pair.media, pair.rtx) == (2317038736, 4187326192) and plan.tracks[1].layers == 1


def test_secrets_are_not_shown() -> None:
    assert not re.search("p{24}", repr(LOCAL))
