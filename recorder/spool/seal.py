"""Opening and closing sealed packets. The key stays with control; a Tap's own key is derived from it and its salt."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from recorder.spool.format import AAD_BYTES, Malformed

INFO = b"homeroom spool v1"
CIPHER = "aes-256-gcm"


class Sealer:
    """The key of one opening of one Tap."""

    def __init__(self, key: bytes, salt: bytes) -> None:
        self._aead = AESGCM(HKDF(SHA256(), 32, salt, INFO).derive(key))

    def open(self, number: int, body: bytes) -> bytes:
        """The RTP packet of an `RTP` record. Raises `Malformed` when it is not what was sealed."""
        try:
            return self._aead.decrypt(number.to_bytes(12, "big"), body[AAD_BYTES:], body[:AAD_BYTES])
        except InvalidTag as error:
            raise Malformed("a packet cannot be opened: another key, or another packet") from error

    def close(self, number: int, aad: bytes, packet: bytes) -> bytes:
        """The whole body: what stands in clear, and the sealed packet. For tests and tools."""
        return aad + self._aead.encrypt(number.to_bytes(12, "big"), packet, aad)
