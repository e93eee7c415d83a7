"""Browsers' own session descriptions: read, written back, and compared with what aiortc's parser understands."""

from pathlib import Path

import pytest
from aiortc.sdp import SessionDescription

from signaling.sdp import parse, write
from signaling.sdp_media import bundle_mids, read_sections

FOLDER = Path(__file__).parent.parent / "vectors" / "sdp"
VECTORS = sorted(FOLDER.glob("*.sdp"))
CHROMIUM = FOLDER / "CHROMIUM156-offer-vp8-simulcast-audio-dc.sdp"
FIREFOX = FOLDER / "FIREFOX153-offer-vp8-simulcast-audio-dc.sdp"


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_written_back_as_it_stood(path: Path) -> None:
    text = path.read_text()
    written = write(parse(text))
    assert parse(written) == parse(text)
    # The order of lines inside a section may change only between attributes and others: the set of lines may not.
    assert sorted(written.split()) == sorted(text.split())


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_aiortc_understands_the_same(path: Path) -> None:
    """The second opinion, for what that parser keeps: rid, simulcast, directions of extensions it drops."""
    text = path.read_text()
    theirs, ours = SessionDescription.parse(text), read_sections(parse(text))
    assert len(theirs.media) == len(ours)
    for media, section in zip(theirs.media, ours, strict=True):
        assert (media.kind, media.rtp.muxId, media.port) == (section.kind, section.mid, section.port)
        if section.kind == "application":
            continue
        assert media.ice is not None and media.dtls is not None
        assert media.ice.usernameFragment == section.ice_ufrag and media.ice.password == section.ice_pwd
        assert [(p.algorithm, p.value) for p in media.dtls.fingerprints] == [
            (p.algorithm, p.value) for p in section.fingerprints
        ]
        assert media.rtcp_mux == section.rtcp_mux
        assert {(e.id, e.uri) for e in media.rtp.headerExtensions} == {
            (e.extension_id, e.uri) for e in section.extensions
        }
        assert [(c.payloadType, c.name, c.clockRate) for c in media.rtp.codecs if (c.payloadType or 0) >= 96] == [
            (p.payload_type, p.name, p.clock_rate_hz) for p in section.payloads if p.payload_type >= 96
        ]
        assert [s.ssrc for s in media.ssrc] == list(section.ssrcs)


def test_chromium_says_all_that_we_need() -> None:
    audio, video, channel = read_sections(parse(CHROMIUM.read_text()))
    assert (audio.direction, audio.setup, audio.mid) == ("sendonly", "actpass", "0")
    assert [rid.rid for rid in video.rids] == ["q", "h", "f"]
    assert video.simulcast is not None and [layer[0].rid for layer in video.simulcast.send] == ["q", "h", "f"]
    rtx = video.rtx_of(96)
    assert rtx is not None and rtx.payload_type == 97
    assert video.payloads[0].feedback == {"goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"}
    assert video.rtcp_rsize and video.allow_mixed_extensions and not video.ssrcs
    assert channel.kind == "application" and not channel.rejected
    assert bundle_mids(parse(CHROMIUM.read_text())) == ("0", "1", "2")


def test_firefox_at_session_level_and_bundle_only() -> None:
    audio, video, _ = read_sections(parse(FIREFOX.read_text()))
    assert audio.fingerprints and audio.fingerprints == video.fingerprints
    assert video.port == 0 and video.bundle_only and not video.rejected
    directions = {e.uri.rpartition(":")[2]: e.direction for e in video.extensions}
    assert directions["rtp-stream-id"] == "sendonly" and directions["mid"] == "sendrecv"
    assert video.ssrc_groups[0].ssrcs == (2317038736, 4187326192)
    assert audio.payloads[0].parameter("stereo") == "1"
