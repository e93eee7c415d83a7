"""Datagrams that nobody should send: random ones, and real or typical ones with bytes changed.

Half of them claim to come from an address that the server trusts (a browser's proven pair), as an attacker on the way
could: only their content is wrong.
"""

import random
import socket
import struct
from collections import deque

ETH_P_IP = 0x0800
UDP = 17
KEPT_MAX = 2000
# One MTU of payload; the kernel would fragment anything larger.
BYTES_MAX = 1472

Address = tuple[str, int]


class Listener:
    """Copies of the datagrams that reach a UDP port of this namespace, and who sent them. Needs root."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self._socket.setblocking(False)
        self.kept: deque[bytes] = deque(maxlen=KEPT_MAX)
        self.senders: dict[Address, int] = {}

    def drain(self) -> None:
        while True:
            try:
                packet = self._socket.recv(65_535)
            except BlockingIOError:
                return
            header_bytes = (packet[0] & 0x0F) * 4
            if packet[9] != UDP or len(packet) < header_bytes + 8:
                continue
            source_port, port = struct.unpack_from("!HH", packet, header_bytes)
            if port != self._port:
                continue
            sender = (socket.inet_ntoa(packet[12:16]), source_port)
            self.senders[sender] = self.senders.get(sender, 0) + 1
            self.kept.append(packet[header_bytes + 8 :])

    def close(self) -> None:
        self._socket.close()


class ForgedSender:
    """Sends datagrams with any source address (IPv4, raw socket). Needs root."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def send(self, payload: bytes, source: Address, target: Address) -> None:
        udp = struct.pack("!HHHH", source[1], target[1], 8 + len(payload), 0)  # checksum 0: none, RFC 768
        addresses = socket.inet_aton(source[0]) + socket.inet_aton(target[0])
        # the kernel fills in length, id and checksum (raw(7))
        header = struct.pack("!BBHHHBBH", 0x45, 0, 0, 0, 0, 64, UDP, 0) + addresses
        self._socket.sendto(header + udp + payload, (target[0], 0))

    def close(self) -> None:
        self._socket.close()


def typical(dice: random.Random) -> bytes:
    """A datagram of a kind that the port expects, from somebody who has no keys."""
    kind = dice.randrange(5)
    if kind == 0:  # STUN binding request with a username (RFC 8489)
        name = b"%08x:%08x" % (dice.getrandbits(32), dice.getrandbits(32))
        attribute = struct.pack("!HH", 0x0006, len(name)) + name + bytes(-len(name) % 4)
        return struct.pack("!HHI", 0x0001, len(attribute), 0x2112A442) + dice.randbytes(12) + attribute
    if kind == 1:  # DTLS handshake record (RFC 6347)
        body = dice.randbytes(dice.randrange(12, 400))
        return struct.pack("!BHHHIH", 22, 0xFEFD, 0, 0, dice.getrandbits(31), len(body)) + body
    if kind == 2:  # RTP with one-byte header extensions (RFC 3550, RFC 8285)
        extension = dice.randbytes(4 * dice.randrange(1, 5))
        header = struct.pack("!BBHII", 0x90, dice.choice((96, 111)), dice.getrandbits(16), dice.getrandbits(32), 7)
        return header + struct.pack("!HH", 0xBEDE, len(extension) // 4) + extension + dice.randbytes(200)
    if kind == 3:  # RTCP: sender report, NACK, transport-wide feedback (RFC 3550, RFC 4585)
        body = dice.randbytes(4 * dice.randrange(1, 40))
        first, packet_type = dice.choice(((0x81, 200), (0x81, 201), (0x81, 205), (0x8F, 205), (0x81, 206)))
        return struct.pack("!BBH", first, packet_type, len(body) // 4) + body
    return bytes([dice.randrange(64, 80)]) + dice.randbytes(40)  # TURN channel data (RFC 7983): not ours


def mutated(dice: random.Random, datagram: bytes) -> bytes:
    """The datagram with a few bytes changed, cut off, repeated or put in."""
    result = bytearray(datagram)
    for _ in range(dice.randrange(1, 6)):
        at = dice.randrange(len(result) + 1)
        match dice.randrange(5):
            case 0 if result:
                result[at % len(result)] ^= 1 << dice.randrange(8)
            case 1 if result:
                result[at % len(result)] = dice.choice((0, 1, 0x7F, 0x80, 0xFF))
            case 2:
                del result[at:]
            case 3:
                result[at:at] = dice.randbytes(dice.randrange(1, 32))
            case 4:
                result += result[at:]
    return bytes(result[:BYTES_MAX])


def garbage(dice: random.Random, real: deque[bytes]) -> bytes:
    """The next datagram: random, typical and changed, or real and changed."""
    kind = dice.random()
    if kind < 0.3:
        return dice.randbytes(dice.choice((0, 1, 2, 3, 12, 20, dice.randrange(BYTES_MAX))))
    if kind < 0.6 or not real:
        return mutated(dice, typical(dice))
    return mutated(dice, real[dice.randrange(len(real))])
