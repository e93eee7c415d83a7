"""Makes the wire vectors that other programs wrote; from the project root: ``python -m tests.vectors.make_wire``.

Each file under ``tests/vectors/wire`` carries a note of its origin and its witness. The Rust tests read these files and
must see in them what the witness says is there; `test_wire.py` checks the opposite direction.
"""

import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from aioice import stun
from aiortc import rtp
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder, VpxPayloadDescriptor
from av.audio.codeccontext import AudioCodecContext
from pylibsrtp import Policy, Session

FOLDER = Path(__file__).parent / "wire"
SEED = 2024


def write(name: str, note: str, cases: list[dict[str, Any]]) -> None:
    """One file: its note and its cases, one a line, so that a change shows as such."""
    lines = ",\n".join(json.dumps(case) for case in cases)
    text = f'{{"note": {json.dumps(note)},\n"cases": [\n{lines}\n]}}\n'
    (FOLDER / name).write_text(text)


def rtp_cases() -> list[dict[str, Any]]:
    rand = random.Random(SEED)
    layouts: list[list[tuple[int, bytes]]] = [
        [],
        [(1, b"\x80"), (3, b"\x12\x34")],
        [(4, b"0"), (10, b"q"), (11, b"f"), (3, b"\xff\xff"), (2, b"\x01\x02\x03")],
        [(14, bytes(range(16)))],
        [(15, b"a"), (3, b"\x00\x01")],
        [(1, b""), (200, bytes(40))],
        [(5, bytes(17))],
    ]
    cases = []
    for number, layout in enumerate(layouts):
        for csrcs in ([], [1, 0xFFFFFFFF, 3]):
            profile, value = rtp.pack_header_extensions(layout)
            packet = rtp.RtpPacket(
                payload_type=rand.choice([96, 97, 111, 127]),
                marker=number % 2,
                sequence_number=rand.randrange(1 << 16),
                timestamp=rand.randrange(1 << 32),
                ssrc=rand.randrange(1 << 32),
                payload=rand.randbytes(rand.randrange(1, 60)),
            )
            packet.csrc = csrcs
            plain = packet.serialize()
            header_len = 12 + 4 * len(csrcs)
            extension = b""
            if value:
                extension = profile.to_bytes(2, "big") + (len(value) // 4).to_bytes(2, "big") + value
                plain = bytes([plain[0] | 0x10]) + plain[1:]
            padding = number % 4
            wire = plain[:header_len] + extension + plain[header_len:]
            if padding:
                wire = bytes([wire[0] | 0x20]) + wire[1:] + bytes(padding - 1) + bytes([padding])
            again = rtp.RtpPacket.parse(wire)
            assert again.payload == packet.payload
            cases.append(
                {
                    "hex": wire.hex(),
                    "marker": bool(again.marker),
                    "payload_type": again.payload_type,
                    "seq": again.sequence_number,
                    "time": again.timestamp,
                    "ssrc": again.ssrc,
                    "csrcs": again.csrc,
                    "extensions": [[i, v.hex()] for i, v in rtp.unpack_header_extensions(profile, value)],
                    "payload": again.payload.hex(),
                }
            )
    return cases


def rtcp_cases() -> list[dict[str, Any]]:
    report = rtp.RtcpReceiverInfo(
        ssrc=7, fraction_lost=12, packets_lost=-3, highest_sequence=0x10005, jitter=99, lsr=0xAABBCCDD, dlsr=65536
    )
    block = [7, 12, -3, 0x10005, 99, 0xAABBCCDD, 65536]
    sender = rtp.RtcpSenderInfo(ntp_timestamp=0xE000000080000000, rtp_timestamp=90000, packet_count=5, octet_count=6000)
    sr = rtp.RtcpSrPacket(ssrc=1, sender_info=sender, reports=[report, report])
    rr = rtp.RtcpRrPacket(ssrc=2, reports=[report])
    sdes = rtp.RtcpSdesPacket(chunks=[rtp.RtcpSourceInfo(ssrc=1, items=[(2, b"x"), (1, b"{cname}")])])
    lost = [5, 6, 21, 22, 1000, 65535]
    nack = rtp.RtcpRtpfbPacket(fmt=rtp.RTCP_RTPFB_NACK, ssrc=3, media_ssrc=4, lost=lost)
    pli = rtp.RtcpPsfbPacket(fmt=rtp.RTCP_PSFB_PLI, ssrc=5, media_ssrc=6)
    fir_entry = (6).to_bytes(4, "big") + bytes([9, 0, 0, 0])
    fir = rtp.RtcpPsfbPacket(fmt=rtp.RTCP_PSFB_FIR, ssrc=5, media_ssrc=0, fci=fir_entry)
    bye = rtp.RtcpByePacket(sources=[1, 2, 3])
    cases: list[dict[str, Any]] = [
        {"packets": [sr], "says": [["sr", 1, 0xE000000080000000, 90000, 5, 6000, [block, block]]]},
        {"packets": [rr], "says": [["rr", 2, [block]]]},
        {"packets": [rr, sdes], "says": [["rr", 2, [block]], ["sdes", [[1, "{cname}"]]]]},
        {"packets": [nack], "says": [["nack", 3, 4, lost]]},
        {"packets": [pli, fir], "says": [["pli", 5, 6], ["fir", 5, [[6, 9]]]]},
        {"packets": [bye], "says": [["bye", [1, 2, 3]]]},
    ]
    for bitrate in (0, 1, 0x3FFFF, 1_500_000, 4_123_456_789):
        fci = rtp.pack_remb_fci(bitrate, [11, 12])
        stated = rtp.unpack_remb_fci(fci)[0]
        remb = rtp.RtcpPsfbPacket(fmt=rtp.RTCP_PSFB_APP, ssrc=8, media_ssrc=0, fci=fci)
        cases.append({"packets": [remb], "says": [["remb", 8, stated, [11, 12]]]})
    for case in cases:
        case["hex"] = b"".join(bytes(p) for p in case.pop("packets")).hex()
    return cases


def stun_cases() -> list[dict[str, Any]]:
    key = b"a password of 24 letters"
    cases = []
    for attributes in (
        {"USERNAME": "ours:them", "PRIORITY": 1845494271, "ICE-CONTROLLING": 0x1122334455667788},
        {"USERNAME": "ours:them", "PRIORITY": 1, "ICE-CONTROLLING": 1, "USE-CANDIDATE": None},
        {"USERNAME": "ours:them", "PRIORITY": 1, "ICE-CONTROLLED": (1 << 64) - 1},
    ):
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, transaction_id=bytes(range(12)))
        message.attributes.update(attributes)
        message.add_message_integrity(key)
        message.add_fingerprint()
        cases.append({"hex": bytes(message).hex(), "key": key.decode(), "class": "request", "attributes": attributes})
    for address in (("192.0.2.1", 32853), ("2001:db8::77", 9)):
        message = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, transaction_id=bytes(range(12)))
        message.attributes["XOR-MAPPED-ADDRESS"] = address
        message.add_message_integrity(key)
        message.add_fingerprint()
        cases.append(
            {
                "hex": bytes(message).hex(),
                "key": key.decode(),
                "class": "success",
                "attributes": {"XOR-MAPPED-ADDRESS": list(address)},
            }
        )
    return cases


def srtp_cases() -> list[dict[str, Any]]:
    rand = random.Random(SEED)
    cases = []
    for profile, number, salt_len in (
        ("gcm", Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 12),
        ("cm", Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 14),
    ):
        key, salt = rand.randbytes(16), rand.randbytes(salt_len)
        policy = Policy(key=key + salt, ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=number)
        session = Session(policy)
        rtp_packets, rtcp_packets = [], []
        # Across a rollover: index 65533 to 65539 (libsrtp counts it by itself, so numbers must come in order).
        for index in range(65533, 65540):
            packet = rtp.RtpPacket(
                payload_type=96, sequence_number=index & 0xFFFF, timestamp=index * 3000, ssrc=0xCAFEBABE,
                payload=rand.randbytes(rand.choice([0, 1, 15, 16, 17, 100])),
            )  # fmt: skip
            plain = packet.serialize()
            if index % 2:
                extension = bytes.fromhex("bede0001") + b"\x10\xaa\x00\x00"
                plain = bytes([plain[0] | 0x10]) + plain[1:12] + extension + plain[12:]
            rtp_packets.append({"index": index, "plain": plain.hex(), "sealed": session.protect(plain).hex()})
        for _ in range(3):
            rr = bytes(rtp.RtcpRrPacket(ssrc=rand.randrange(1 << 32)))
            rtcp_packets.append({"plain": rr.hex(), "sealed": session.protect_rtcp(rr).hex()})
        cases.append(
            {"profile": profile, "key": key.hex(), "salt": salt.hex(), "rtp": rtp_packets, "rtcp": rtcp_packets}
        )
    return cases


def picture(width: int, height: int, shade: int) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, "yuv420p")
    rand = random.Random(shade)
    for plane in frame.planes:
        plane.update(rand.randbytes(plane.buffer_size))
    frame.pts = shade * 3000
    frame.time_base = Fraction(1, 90000)
    return frame


def vp8_cases() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = []
    encoder = Vp8Encoder()
    for number, key in enumerate((True, False, True)):
        payloads, _ = encoder.encode(picture(176, 144, number), force_keyframe=key)
        for place, payload in enumerate(payloads[:3]):
            descriptor, _ = VpxPayloadDescriptor.parse(payload)
            first = place == 0
            cases.append(
                {
                    # The head is all that we read.
                    "hex": payload[:32].hex(),
                    "picture_id": descriptor.picture_id,
                    "starts_frame": first,
                    "starts_keyframe": first and key,
                    "size": [176, 144] if first and key else None,
                }
            )
    descriptors = (
        VpxPayloadDescriptor(partition_start=1, partition_id=0, picture_id=127, tl0picidx=255, tid=(2, 1), keyidx=31),
        VpxPayloadDescriptor(partition_start=0, partition_id=3, picture_id=32767, tl0picidx=1, tid=(0, 0)),
        VpxPayloadDescriptor(partition_start=1, partition_id=0, keyidx=5),
        VpxPayloadDescriptor(partition_start=1, partition_id=0),
    )
    for descriptor in descriptors:
        start = bool(descriptor.partition_start) and descriptor.partition_id == 0
        cases.append(
            {
                "hex": (bytes(descriptor) + b"\x01\x00").hex(),
                "picture_id": descriptor.picture_id,
                "tl0_pic_idx": descriptor.tl0picidx,
                "tid": descriptor.tid,
                "key_idx": descriptor.keyidx,
                "starts_frame": start,
                "starts_keyframe": False,
                "size": None,
            }
        )
    return cases


def h264_cases() -> list[dict[str, Any]]:
    cases = []
    encoder = H264Encoder()
    for number, key in enumerate((True, False, True)):
        payloads, _ = encoder.encode(picture(640, 480, number), force_keyframe=key)
        for place, payload in enumerate(payloads[:3]):
            aggregate = payload[0] & 0x1F == 24
            cases.append(
                {
                    "hex": (payload if aggregate else payload[:16]).hex(),
                    "keyframe": key,
                    "starts_keyframe": key and place == 0,
                }
            )
    return cases


def opus_cases() -> list[dict[str, Any]]:
    cases = []
    for duration in ("2.5", "5", "10", "20", "40", "60"):
        for layout, application in (("mono", "voip"), ("stereo", "audio")):
            if application == "voip" and duration in ("2.5", "5"):
                continue
            codec = av.CodecContext.create("libopus", "w")
            assert isinstance(codec, AudioCodecContext)
            codec.sample_rate = 48000
            codec.layout = layout
            codec.format = "s16"
            codec.options = {"frame_duration": duration, "application": application}
            codec.open()
            samples = int(float(duration) * 48)
            frame = av.AudioFrame(format="s16", layout=layout, samples=samples)
            rand = random.Random(SEED)
            frame.planes[0].update(rand.randbytes(frame.planes[0].buffer_size))
            frame.sample_rate = 48000
            frame.pts = 0
            packets = [*codec.encode(frame), *codec.encode(None)]
            payload = bytes(packets[0])
            cases.append(
                {"hex": payload[:8].hex(), "duration_us": int(float(duration) * 1000), "stereo": layout == "stereo"}
            )
    return cases


def main() -> None:
    write("rtp_by_aiortc.json", "Written and read back by aiortc 1.16 (aiortc.rtp).", rtp_cases())
    write("rtcp_by_aiortc.json", "Written by aiortc 1.16 (aiortc.rtp); REMB read back by it.", rtcp_cases())
    write("stun_by_aioice.json", "Written by aioice (aioice.stun), with integrity and fingerprint.", stun_cases())
    write(
        "srtp_by_libsrtp.json",
        "Sealed by libsrtp 2 through pylibsrtp; master keys, no key derivation rate.",
        srtp_cases(),
    )
    write("vp8_by_libvpx.json", "Encoded by libvpx, packetised by aiortc; last four: aiortc descriptors.", vp8_cases())
    write("h264_by_x264.json", "Encoded by libx264, packetised by aiortc.", h264_cases())
    write("opus_by_libopus.json", "Encoded by libopus through PyAV at stated frame durations.", opus_cases())


if __name__ == "__main__":
    main()
