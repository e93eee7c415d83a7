"""Copies of a recording made by the text of `docs/spool-format.md` alone: real Opus and VP8 of a known class, sealed
and laid down as a writer would, so that a test may then lose, tear or damage what it likes."""

import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from recorder.spool.format import COMMON, GAP_FIELDS, RTP_FIELDS, SR_FIELDS, SegmentHead, build_head, build_record
from recorder.spool.seal import Sealer

RECORDING = "rec_test"
ZERO_UTC_US = 1_780_000_000_000_000
NTP_1970_S = 2_208_988_800
MTU = 1000


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet and when it came."""

    at_us: int
    seq: int
    timestamp: int
    marker: bool
    payload: bytes
    key: bool = False

    def bytes_of(self, payload_type: int, ssrc: int) -> bytes:
        second = payload_type | (0x80 if self.marker else 0)
        head = struct.pack(">BBHII", 0x80, second, self.seq & 0xFFFF, self.timestamp & 0xFFFF_FFFF, ssrc)
        return head + self.payload


@dataclass(slots=True)
class MadeTap:
    """One Tap with the records that it had."""

    number: int
    track_id: str
    participant_id: str
    source: str
    kind: str
    codec: str
    clock_rate_hz: int
    payload_type: int
    key: bytes
    media_id: str = "med_1"
    epoch: int = 7
    records: list[bytes] = field(default_factory=list)
    packets: list[Packet] = field(default_factory=list)
    begun_us: int = 0

    @property
    def tap_id(self) -> str:
        return f"tap_{self.track_id}_{self.media_id}"

    @property
    def salt(self) -> bytes:
        return (self.tap_id.encode() * 16)[:16]

    @property
    def key_id(self) -> str:
        return f"key_{self.participant_id}"

    def head(self) -> bytes:
        told = {
            "tap_id": self.tap_id,
            "recording_id": RECORDING,
            "room_id": "rom_1",
            "track_id": self.track_id,
            "participant_id": self.participant_id,
            "source": self.source,
            "label": "",
            "kind": self.kind,
            "codec": self.codec,
            "payload_type": self.payload_type,
            "clock_rate_hz": self.clock_rate_hz,
            "rids": [],
            "key_id": self.key_id,
            "salt": self.salt.hex(),
            "cipher": "aes-256-gcm",
        }
        return build_record(COMMON.pack(1, 0, 0, self.number, 0, self.begun_us) + json.dumps(told).encode())

    def add(self, packet: Packet, layer: int = 0) -> None:
        number = len(self.records)
        common = COMMON.pack(2, 2 if packet.key else 0, 0, self.number, number, packet.at_us)
        clear = common + RTP_FIELDS.pack(self.epoch, packet.seq, layer, 255, 0)
        sealed = Sealer(self.key, self.salt).close(number, clear, packet.bytes_of(self.payload_type, 99))
        self.records.append(build_record(sealed))
        self.packets.append(packet)

    def report(self, at_us: int, ntp_us: int, timestamp: int) -> None:
        seconds, rest = divmod(ntp_us, 1_000_000)
        ntp = (seconds + NTP_1970_S) << 32 | (rest << 32) // 1_000_000
        common = COMMON.pack(3, 0, 0, self.number, len(self.records), at_us)
        self.records.append(build_record(common + SR_FIELDS.pack(self.epoch, ntp, timestamp & 0xFFFF_FFFF, 0, 0, 0)))

    def end(self, at_us: int) -> bytes:
        return build_record(COMMON.pack(5, 0, 0, self.number, len(self.records), at_us) + b"\x01" + bytes(7))

    def gap(self, first: int, last: int) -> bytes:
        common = COMMON.pack(4, 0, 0, self.number, first, 0)
        return build_record(common + GAP_FIELDS.pack(last, 0, 2))


def write_segment(folder: Path, copy: str, number: int, records: Iterable[bytes], media_id: str = "med_1") -> Path:
    """One segment file with these records."""
    path = folder / RECORDING / media_id / f"{number:06}.hrs"
    path.parent.mkdir(parents=True, exist_ok=True)
    head = SegmentHead(RECORDING, media_id, "local", copy, number, ZERO_UTC_US, ZERO_UTC_US)
    path.write_bytes(build_head(head) + b"".join(records))
    return path


def tone(seconds: float, hz: float = 440.0, at_us: int = 0, first_seq: int = 65_500) -> list[Packet]:
    """Opus of a sine, 20 ms a packet; the sequence wraps early."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format, encoder.time_base = 48_000, "mono", "flt", Fraction(1, 48_000)
    samples = np.sin(2 * np.pi * hz * np.arange(int(seconds * 48_000)) / 48_000).astype(np.float32) * 0.4
    packets: list[bytes] = []
    for start in range(0, len(samples) - 959, 960):
        frame = AudioFrame.from_ndarray(samples[start : start + 960].reshape(1, -1), format="flt", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return [
        Packet(at_us + number * 20_000, first_seq + number, (1 << 32) - 4800 + number * 960, False, payload)
        for number, payload in enumerate(packets)
    ]


def film(seconds: float, at_us: int = 0, brightness: int = 200, fps: int = 15) -> list[Packet]:
    """VP8 of a bar that moves, split into packets as RFC 7741 says."""
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 160, 120, "yuv420p", Fraction(1, fps)
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "g": "45", "auto-alt-ref": "0", "lag-in-frames": "0"}
    found: list[Packet] = []
    seq = 300
    for number in range(int(seconds * fps)):
        pixels = np.full((120, 160, 3), brightness, dtype=np.uint8)
        pixels[:, number % 160] = 0
        frame = VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, fps)
        for packet in encoder.encode(frame):
            whole = bytes(packet)
            pieces = [whole[at : at + MTU] for at in range(0, len(whole), MTU)]
            for place, piece in enumerate(pieces):
                head = b"\x10" if place == 0 else b"\x00"
                last = place == len(pieces) - 1
                key = place == 0 and packet.is_keyframe
                at = at_us + number * 1_000_000 // fps
                found.append(Packet(at, seq, number * 90_000 // fps, last, head + piece, key))
                seq += 1
    return found


def a_class(seconds: float = 3.0) -> tuple[MadeTap, MadeTap]:
    """A teacher's mic and camera; the camera is captured 100 ms after the mic and comes 50 ms late."""
    key = bytes(range(32))
    mic = MadeTap(0, "trk_mic", "par_a", "mic", "audio", "opus", 48_000, 111, key)
    camera = MadeTap(1, "trk_cam", "par_a", "camera", "video", "vp8", 90_000, 96, key)
    for packet in tone(seconds, at_us=1_000_000):
        mic.add(packet)
    for packet in film(seconds, at_us=1_150_000):
        camera.add(packet)
    # The publisher's wall clock is an hour ahead of ours.
    ntp_us = ZERO_UTC_US + 3_600_000_000 + 1_000_000
    mic.report(1_000_000, ntp_us, mic.packets[0].timestamp)
    camera.report(1_150_000, ntp_us + 100_000, camera.packets[0].timestamp)
    return mic, camera
