"""The Ed25519 key that signs tickets: made once per data folder, readable by its owner only."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from server.errors import Unavailable
from server.store.files import write_private_once


@dataclass(frozen=True, slots=True)
class TicketKey:
    """The pair, and the name under which tickets refer to it."""

    private: Ed25519PrivateKey
    public: Ed25519PublicKey
    key_id: str

    def __repr__(self) -> str:
        return f"TicketKey(key_id={self.key_id!r})"


def new_key() -> TicketKey:
    """A key that is kept nowhere: for tests."""
    return _named(Ed25519PrivateKey.generate())


def load_or_make(path: Path) -> TicketKey:
    """The key in this file; a new one if there is none. Two processes that start at once end up with the same key."""
    try:
        if not path.exists():
            write_private_once(path, _pem())
        private = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise Unavailable("data_folder_unusable", f"Cannot use {path}: {error.strerror}.") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unavailable("key_unreadable", f"{path} is not a private key; restore it or delete it.") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise Unavailable("key_unreadable", f"{path} is not an Ed25519 key; restore it or delete it.")
    return _named(private)


def _pem() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _named(private: Ed25519PrivateKey) -> TicketKey:
    public = private.public_key()
    digest = hashlib.sha256(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).digest()
    return TicketKey(private, public, base64.urlsafe_b64encode(digest[:12]).decode())
