"""A plain relay in Python, the public baseline of `measure-forwarding`: aiortc's RTP, pylibsrtp, asyncio datagrams.

Seats, keys and the lines on standard input and output are those of `media/crates/bench`: whoever names a seat in a
connectivity check sits there, and every packet of the one publisher goes to everybody, sealed with their own key.
"""

import asyncio
import json
import re
import resource
import sys
import threading
import time
from dataclasses import dataclass

import uvloop
from aiortc.rtp import RtpPacket, is_rtcp
from pylibsrtp import Policy, Session

PUBLISHER = 100_000
SEAT = re.compile(rb"seat(\d{6})")
FIRST_STUN_MAX = 3
SOCKET_BYTES = 8 * 1024 * 1024

Address = tuple[str, int]


def master_key(seat: int, side: int) -> bytes:
    """Key and salt as `bench::scene` makes them; side 0 is the server's, 1 the client's."""

    def part(what: int, length: int) -> bytes:
        seed = seat.to_bytes(4, "big")
        return bytes(what ^ seed[at % 4] ^ (at * 37 & 0xFF) for at in range(length))

    return part(1 + side, 16) + part(3 + side, 12)


def session(seat: int, side: int, direction: int) -> Session:
    policy = Policy(key=master_key(seat, side), ssrc_type=direction, srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM)
    return Session(policy=policy)


@dataclass(slots=True)
class Subscriber:
    address: Address
    session: Session
    ssrc: int
    sequence_number: int = 100


class Relay(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.publisher = session(PUBLISHER, 1, Policy.SSRC_ANY_INBOUND)
        self.empty: dict[int, Session] = {}
        self.subscribers: list[Subscriber] = []
        self.datagrams_out = 0

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if data[0] <= FIRST_STUN_MAX:
            self.seat(data, addr)
        elif not is_rtcp(data):
            self.forward(data)

    def seat(self, data: bytes, addr: Address) -> None:
        found = SEAT.search(data)
        seat = int(found[1]) if found else -1
        taken = self.empty.pop(seat, None)
        if taken is not None:
            self.subscribers.append(Subscriber(addr, taken, 0x2000_0000 + seat * 1024))
            self.transport.sendto(data, addr)

    def forward(self, data: bytes) -> None:
        packet = RtpPacket.parse(self.publisher.unprotect(data))
        for one in self.subscribers:
            one.sequence_number = (one.sequence_number + 1) & 0xFFFF
            packet.ssrc = one.ssrc
            packet.sequence_number = one.sequence_number
            self.transport.sendto(one.session.protect(packet.serialize()), one.address)
        self.datagrams_out += len(self.subscribers)

    def answer(self, words: list[str]) -> dict[str, object]:
        match words:
            case ["open", first, end]:
                for seat in range(int(first), int(end)):
                    self.empty[seat] = session(seat, 0, Policy.SSRC_ANY_OUTBOUND)
                return {}
            case ["mark"]:
                usage = resource.getrusage(resource.RUSAGE_SELF)
                meter = {
                    "cpu_ns": time.process_time_ns(),
                    "user_us": round(usage.ru_utime * 1e6),
                    "system_us": round(usage.ru_stime * 1e6),
                    "resident_kib": usage.ru_maxrss,
                }
                counters = {"driver_datagrams_out": self.datagrams_out, "driver_messages_out": self.datagrams_out}
                return {"after": meter, "before": meter, "counters": counters}
            case _:
                raise ValueError(f"open FROM TO, or mark, not {words}")


async def serve() -> None:
    loop = asyncio.get_running_loop()
    transport, relay = await loop.create_datagram_endpoint(Relay, local_addr=("0.0.0.0", 0))
    print(json.dumps({"port": transport.get_extra_info("sockname")[1]}), flush=True)
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, "")

    threading.Thread(target=read, daemon=True).start()
    while line := await lines.get():
        print(json.dumps(relay.answer(line.split())), flush=True)
    transport.close()


if __name__ == "__main__":
    uvloop.run(serve())
