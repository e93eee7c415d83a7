"""`python -m recorder.dump SEGMENT --key HEX OUT.pcap`: a segment as a capture that Wireshark opens.

Each RTP packet becomes a UDP datagram between two made-up addresses; the port tells the Tap. Packets of Taps with
another key are passed over and counted.
"""

import argparse
import struct
import sys
from pathlib import Path

from recorder.spool.format import RTP, TAP, Malformed, TapHead, parse_tap
from recorder.spool.scan import ScanResult, head_of, scan
from recorder.spool.seal import Sealer

PCAP_HEAD = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 101)  # 101: raw IP
PORT_FIRST = 20_000
PORTS = 40_000


def main(argv: list[str] | None = None) -> int:
    arguments = _arguments(argv)
    try:
        content = arguments.segment.read_bytes()
        head = head_of(content)
    except (OSError, Malformed) as error:
        print(f"{arguments.segment}: {error}", file=sys.stderr)  # noqa: T201
        return 1
    sealers: dict[int, Sealer] = {}
    result, written, closed = ScanResult(), 0, 0
    with arguments.out.open("wb") as out:
        out.write(PCAP_HEAD)
        for record in scan(content, result):
            if record.type == TAP:
                tap = parse_tap(record.body)
                _tell(record.tap, tap)
                sealers[record.tap] = Sealer(arguments.key, tap.salt)
            elif record.type == RTP and record.tap in sealers:
                try:
                    packet = sealers[record.tap].open(record.number, record.body)
                except Malformed:
                    closed += 1
                    continue
                out.write(_frame(head.zero_utc_us + record.arrival_us, record.tap, packet))
                written += 1
    print(  # noqa: T201
        f"{written} packets written, {closed} under another key, {result.damaged} damaged, "
        f"{result.torn_bytes} bytes torn at the end"
    )
    return 0


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="recorder.dump", description="A spool segment as a pcap file.")
    parser.add_argument("segment", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--key", type=bytes.fromhex, required=True, metavar="HEX", help="the participant's 32-byte key")
    return parser.parse_args(argv)


def _tell(number: int, tap: TapHead) -> None:
    print(  # noqa: T201
        f"tap {number}: track {tap.track_id}, {tap.source} {tap.codec}/{tap.clock_rate_hz}, payload type "
        f"{tap.payload_type}, key {tap.key_id}, UDP port {_port(number)}"
    )


def _port(tap: int) -> int:
    return PORT_FIRST + tap % PORTS


def _frame(utc_us: int, tap: int, packet: bytes) -> bytes:
    udp = struct.pack(">HHHH", _port(tap), 5004, 8 + len(packet), 0) + packet
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, b"\x0a\x00\x00\x01", b"\x0a\x00\x00\x02")
    ip = ip[:10] + struct.pack(">H", _checksum(ip)) + ip[12:]
    length = len(ip) + len(udp)
    return struct.pack("<IIII", utc_us // 1_000_000, utc_us % 1_000_000, length, length) + ip + udp


def _checksum(head: bytes) -> int:
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    folded: int = (total & 0xFFFF) + (total >> 16)
    return ~folded & 0xFFFF


if __name__ == "__main__":
    sys.exit(main())
