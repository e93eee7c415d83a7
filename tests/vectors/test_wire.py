"""Other programs read what our Rust code wrote (``wire/by_homeroom.json``, ``wire/srtp_by_homeroom.json``)."""

import json
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest
from aioice import stun
from aiortc import rtp
from pylibsrtp import Policy, Session

FOLDER = Path(__file__).parent / "wire"


def cases(name: str, kind: str | None = None) -> list[dict[str, Any]]:
    found = json.loads((FOLDER / name).read_text())["cases"]
    chosen = [case for case in found if kind is None or case["kind"] == kind]
    assert chosen
    return chosen


@pytest.mark.parametrize("case", cases("by_homeroom.json", "rtp"))
def test_aiortc_reads_our_rtp(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["hex"])
    packet = rtp.RtpPacket.parse(data)
    assert bool(packet.marker) is case["marker"]
    assert packet.payload_type == case["payload_type"]
    assert packet.sequence_number == case["seq"]
    assert packet.timestamp == case["time"]
    assert packet.ssrc == case["ssrc"]
    assert packet.csrc == case["csrcs"]
    assert packet.payload.hex() == case["payload"]
    at = 12 + 4 * len(packet.csrc)
    if case["extensions"]:
        profile, words = struct.unpack_from("!HH", data, at)
        value = data[at + 4 : at + 4 + 4 * words]
        assert [[i, v.hex()] for i, v in rtp.unpack_header_extensions(profile, value)] == case["extensions"]


def report(told: rtp.RtcpReceiverInfo) -> list[int]:
    return [
        told.ssrc,
        told.fraction_lost,
        told.packets_lost,
        told.highest_sequence,
        told.jitter,
        told.lsr,
        told.dlsr,
    ]


def say(packet: rtp.AnyRtcpPacket) -> list[Any]:
    match packet:
        case rtp.RtcpSrPacket(ssrc, info, reports):
            facts = [info.ntp_timestamp, info.rtp_timestamp, info.packet_count, info.octet_count]
            return ["sr", ssrc, *facts, [report(told) for told in reports]]
        case rtp.RtcpRrPacket(ssrc, reports):
            return ["rr", ssrc, [report(told) for told in reports]]
        case rtp.RtcpSdesPacket(chunks):
            return [
                "sdes",
                [[chunk.ssrc, value.decode()] for chunk in chunks for kind, value in chunk.items if kind == 1],
            ]
        case rtp.RtcpByePacket(sources):
            return ["bye", sources]
        case rtp.RtcpRtpfbPacket(rtp.RTCP_RTPFB_NACK, ssrc, media_ssrc, lost):
            return ["nack", ssrc, media_ssrc, lost]
        case rtp.RtcpPsfbPacket(rtp.RTCP_PSFB_PLI, ssrc, media_ssrc):
            return ["pli", ssrc, media_ssrc]
        case rtp.RtcpPsfbPacket(rtp.RTCP_PSFB_FIR, ssrc, _, fci):
            return ["fir", ssrc, [list(struct.unpack("!LB", fci[:5]))]]
        case rtp.RtcpPsfbPacket(rtp.RTCP_PSFB_APP, ssrc, _, fci):
            bitrate, sources = rtp.unpack_remb_fci(fci)
            return ["remb", ssrc, bitrate, sources]
    return ["unexpected", repr(packet)]


@pytest.mark.parametrize("case", cases("by_homeroom.json", "rtcp"))
def test_aiortc_reads_our_rtcp(case: dict[str, Any]) -> None:
    packets = rtp.RtcpPacket.parse(bytes.fromhex(case["hex"]))
    assert [say(packet) for packet in packets] == case["says"]


@pytest.mark.parametrize("case", cases("by_homeroom.json", "stun"))
def test_aioice_reads_our_stun(case: dict[str, Any]) -> None:
    message = stun.parse_message(bytes.fromhex(case["hex"]))
    assert message.check_message_integrity(case["key"].encode())
    assert "FINGERPRINT" in message.attributes  # aioice checks it while parsing
    for name, value in case["attributes"].items():
        told = message.attributes[name]
        assert (list(told) if isinstance(told, tuple) else told) == value


@pytest.mark.parametrize("case", cases("stun_rfc5769.json"))
def test_aioice_reads_the_rfc_vectors(case: dict[str, Any]) -> None:
    message = stun.parse_message(bytes.fromhex(case["hex"]))
    assert message.check_message_integrity(case["key"].encode())


@pytest.mark.parametrize("case", cases("srtp_by_homeroom.json"))
def test_libsrtp_opens_what_we_sealed(case: dict[str, Any]) -> None:
    profile = {
        "gcm": Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
        "cm": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    }[case["profile"]]
    key = bytes.fromhex(case["key"]) + bytes.fromhex(case["salt"])
    session = Session(Policy(key=key, ssrc_type=Policy.SSRC_ANY_INBOUND, srtp_profile=profile))
    for packet in case["rtp"]:
        assert session.unprotect(bytes.fromhex(packet["sealed"])).hex() == packet["plain"]
    for packet in case["rtcp"]:
        assert session.unprotect_rtcp(bytes.fromhex(packet["sealed"])).hex() == packet["plain"]


def capture(datagrams: list[bytes]) -> bytes:
    """A pcap file of UDP datagrams over IPv4 without a link layer."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    for number, datagram in enumerate(datagrams):
        udp = struct.pack("!HHHH", 5001, 5000, 8 + len(datagram), 0) + datagram
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), number, 0, 64, 17, 0, b"\x0a\0\0\1", b"\x0a\0\0\2")
        out += struct.pack("<IIII", number, 0, len(ip + udp), len(ip + udp)) + ip + udp
    return out


def chunk_symbols(chunk: int) -> list[int]:
    """Sections 3.1.3 and 3.1.4 of the draft: a run, 14 one-bit symbols or 7 two-bit ones."""
    if chunk >> 15 == 0:
        return [chunk >> 13 & 3] * (chunk & 0x1FFF)
    if chunk >> 14 & 1 == 0:
        return [chunk >> shift & 1 for shift in range(13, -1, -1)]
    return [chunk >> shift & 3 for shift in range(12, -1, -2)]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_reads_our_feedback(tmp_path: Path) -> None:
    wanted = cases("by_homeroom.json", "twcc")
    file = tmp_path / "feedback.pcap"
    file.write_bytes(capture([bytes.fromhex(case["hex"]) for case in wanted]))
    names = ["baseseq", "statuscount", "reftime", "pktcount", "pktchunk", "recv_delta"]
    fields = [part for name in names for part in ("-e", f"rtcp.rtpfb.transportcc.{name}")]
    told = subprocess.run(
        ["tshark", "-r", file, "-d", "udp.port==5000,rtcp", "-T", "fields", "-E", "aggregator=;", *fields],
        check=True, capture_output=True, timeout=25, text=True,
    ).stdout  # fmt: skip
    lines = told.splitlines()
    assert len(lines) == len(wanted)
    for line, case in zip(lines, wanted, strict=True):
        base, count, reference, feedback_count, chunks, deltas = line.split("\t")
        assert int(base) == case["base"]
        assert int(count) == case["count"]
        assert int(reference) == case["reference"]
        assert int(feedback_count) == case["feedback_count"]
        symbols = [symbol for chunk in chunks.split(";") for symbol in chunk_symbols(int(chunk))]
        assert [symbol != 0 for symbol in symbols[: int(count)]] == case["received"]
        # Small deltas are one byte, large ones two, signed.
        ticks = [int(delta, 16) for delta in deltas.split(";")]
        assert [tick - 65536 if tick > 32767 else tick for tick in ticks] == case["deltas_ticks"]
