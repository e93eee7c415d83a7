"""Our offers of Slots, and browsers' answers to them."""

import itertools
from pathlib import Path

import pytest
from aiortc.sdp import SessionDescription

from server.errors import Rejected
from server.rtc.subscribe import SlotPlan, plan_slots, read_subscribe_answer, write_subscribe_offer
from signaling.messages import Tier
from signaling.sdp import parse
from signaling.sdp_media import bundle_mids, read_sections
from tests.flows.browser import answer
from tests.rtc.test_negotiate import LOCAL


def slots(tier: Tier, existing: tuple[SlotPlan, ...] = ()) -> tuple[SlotPlan, ...]:
    numbers = itertools.chain([0], itertools.count(100))
    return plan_slots(tier, existing, lambda: next(numbers))


def offer(planned: tuple[SlotPlan, ...]) -> str:
    return write_subscribe_offer(planned, LOCAL, cname="room", number=1, version=1)


def refused(sdp: str, planned: tuple[SlotPlan, ...]) -> str:
    with pytest.raises(Rejected) as found:
        read_subscribe_answer(sdp, planned)
    return found.value.code


def test_tiers_and_growth() -> None:
    phone = slots("phone")
    assert [s.kind for s in phone].count("video") == 9 and phone[6].mode == "main"
    desktop = slots("desktop", phone)
    assert desktop[: len(phone)] == phone and len(desktop) == 31
    assert slots("phone", desktop) == desktop, "never fewer"
    ssrcs = [ssrc for slot in desktop for ssrc in (slot.ssrc, slot.rtx_ssrc) if ssrc is not None]
    assert len(set(ssrcs)) == len(ssrcs) == 6 + 50 and 0 not in ssrcs
    assert [s.spec().mode for s in phone[:7]] == ["bound", "bound", *["loudest"] * 4, "bound"]


def test_offer_is_what_browsers_and_aiortc_read() -> None:
    planned = slots("desktop")
    text = offer(planned)
    sections = read_sections(parse(text))
    assert bundle_mids(parse(text)) == tuple(slot.mid for slot in planned)
    for slot, section in zip(planned, sections, strict=True):
        assert (section.mid, section.kind, section.direction, section.setup) == (
            slot.mid,
            slot.kind,
            "sendonly",
            "actpass",
        )
        assert section.rtcp_mux and section.raw.values("candidate") and section.ssrcs[0] == slot.ssrc
        if slot.kind == "video":
            assert section.ssrc_groups[0].ssrcs == (slot.ssrc, slot.rtx_ssrc)
            assert [p.payload_type for p in section.payloads] == [96, 97, 102, 103]
    streams = {section.mid: section.msids[0].stream for section in sections}
    assert streams["a0"] == streams["v0"], "the pair that browsers keep lip-synchronous"
    assert len(set(streams.values())) == len(planned) - 1
    theirs = SessionDescription.parse(text)
    assert [media.ssrc[0].ssrc for media in theirs.media] == [slot.ssrc for slot in planned]
    assert all(media.ice_candidates for media in theirs.media)
    assert len(text) < 100_000


def test_answer_with_everything() -> None:
    planned = slots("phone")
    plan = read_subscribe_answer(answer(offer(planned)), planned)
    assert [(c.name, c.payload_type, c.rtx_payload_type) for c in plan.codecs] == [
        ("opus", 111, None),
        ("vp8", 96, 97),
        ("h264", 102, 103),
    ]
    assert (plan.extensions.mid, plan.extensions.abs_send_time, plan.extensions.transport_cc) == (1, 2, 3)
    assert plan.remote.ice_ufrag == "brow" and not plan.refused
    assert plan.codecs[1].nack and plan.codecs[1].transport_cc and plan.codecs[0].transport_cc


def test_answer_without_h264_or_rtx() -> None:
    planned = slots("phone")
    plan = read_subscribe_answer(answer(offer(planned), without=("H264",)), planned)
    assert [c.name for c in plan.codecs] == ["opus", "vp8"], "Firefox without its plugin"
    plan = read_subscribe_answer(answer(offer(planned), without=("rtx",)), planned)
    assert [c.rtx_payload_type for c in plan.codecs] == [None, None, None]


def test_chromiums_answer_to_an_earlier_offer() -> None:
    text = (Path(__file__).parent.parent / "vectors" / "sdp" / "client-answer-std.sdp").read_text()
    text = text[: text.index("m=application")].replace("BUNDLE a0 v0 d", "BUNDLE a0 v0")
    planned = (SlotPlan(0, "a0", "audio", "pinned", 1, None), SlotPlan(1, "v0", "video", "main", 2, 3))
    plan = read_subscribe_answer(text, planned)
    assert [c.name for c in plan.codecs] == ["opus", "vp8"]
    assert plan.remote.ice_ufrag == "JEqK" and plan.extensions.transport_cc == 3
    assert plan.extensions.mid == 1


def test_rejected_sections_are_remembered() -> None:
    planned = slots("phone")
    text = answer(offer(planned))
    at = text.index("a=mid:v8")
    line = text.rindex("m=video 9", 0, at)
    plan = read_subscribe_answer(text[:line] + text[line:].replace("m=video 9", "m=video 0", 1), planned)
    assert plan.refused == {planned[-1].slot}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a=setup:active", "a=setup:passive"),
        ("a=setup:active", "a=setup:actpass"),
        ("a=recvonly", "a=sendrecv"),
        ("a=mid:a1", "a=mid:a9"),
        ("a=rtcp-mux\r\n", ""),
        ("BUNDLE a0 a1", "BUNDLE a0"),
        ("m=audio 9", "m=audio 0"),
        ("v=0", ""),
    ],
)
def test_refused_answers(old: str, new: str) -> None:
    planned = slots("phone")
    text = answer(offer(planned))
    assert old in text
    changed = text.replace(old, new).replace("m=video 9", "m=video 0") if new == "m=audio 0" else text.replace(old, new)
    assert refused(changed, planned) == "bad_sdp"


def test_no_codec_at_all() -> None:
    planned = slots("phone")
    assert refused(answer(offer(planned), without=("opus", "VP8", "H264")), planned) in ("no_common_codec", "bad_sdp")
