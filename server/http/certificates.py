"""The certificate of the web server: read from files and read again when they change, or made here.

A self-made certificate is what `make run HOST=` uses so that a phone in the same network gets camera and microphone:
the person accepts it once. It names the host and the addresses of this machine, and is made anew before its end.
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server.errors import Unavailable
from server.store.files import write_private

LIFETIME_DAYS = 397  # the longest that Apple's systems take
RENEW_BEFORE_DAYS = 30

_log = structlog.get_logger("http")


class Certificate:
    """A certificate and its key in files, and the TLS context that serves them."""

    def __init__(self, certificate_file: Path, key_file: Path) -> None:
        self._certificate_file = certificate_file
        self._key_file = key_file
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])
        self._stamp: tuple[int, ...] = ()
        self.reload()

    @classmethod
    def of(cls, certificate_file: str, key_file: str) -> Self:
        """From the paths of a configuration."""
        return cls(Path(certificate_file), Path(key_file))

    def reload(self) -> bool:
        """Take the files again if they changed; says whether. New connections get the new certificate. Raises
        `Unavailable` with a sentence; the old one stays in use then."""
        try:
            stamp = tuple(path.stat().st_mtime_ns for path in (self._certificate_file, self._key_file))
            if stamp == self._stamp:
                return False
            self.context.load_cert_chain(self._certificate_file, self._key_file)
        except ssl.SSLError as error:
            text = f"{self._certificate_file} and {self._key_file} are not a certificate and its key."
            raise Unavailable("certificate_unusable", text) from error
        except OSError as error:
            text = f"Cannot read the certificate {error.filename}: {error.strerror}."
            raise Unavailable("certificate_unusable", text) from error
        self._stamp = stamp
        return True


def selfmade(folder: Path, host: str, more_names: Iterable[str], now_utc: datetime) -> Certificate:
    """The self-made certificate in this folder, made or renewed if it is missing, ends soon or lacks a name."""
    certificate_file, key_file = folder / "selfmade.pem", folder / "selfmade.key"
    names = {ascii_name(name) for name in (host, *more_names)}
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not is_good(certificate_file, key_file, names, now_utc):
            _make(certificate_file, key_file, host, names | own_addresses(), now_utc)
            _log.info("certificate_made", days=LIFETIME_DAYS)
    except OSError as error:
        raise Unavailable("data_folder_unusable", f"Cannot write {folder}: {error.strerror}.") from error
    return Certificate(certificate_file, key_file)


def own_addresses() -> set[str]:
    """The addresses by which this machine may be called, as far as it knows without asking anyone."""
    found = {"127.0.0.1", "::1"}
    for family, probe in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        # Connecting a UDP socket sends nothing; the kernel only says which address it would use (RFC 5737, 3849).
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as one:
                one.connect((probe, 9))
                found.add(str(one.getsockname()[0]).partition("%")[0])
        except OSError:
            continue
    return found


def is_good(certificate_file: Path, key_file: Path, names: set[str], now_utc: datetime) -> bool:
    """Do these files hold a certificate for all these names that does not end soon?"""
    if not certificate_file.is_file() or not key_file.is_file():
        return False
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    stands = {str(one) for one in alternative.get_values_for_type(x509.IPAddress)}
    stands |= set(alternative.get_values_for_type(x509.DNSName))
    return names <= stands and now_utc + timedelta(days=RENEW_BEFORE_DAYS) < certificate.not_valid_after_utc


def _make(certificate_file: Path, key_file: Path, host: str, names: set[str], now_utc: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A phone whose clock is a little behind must not see a certificate of tomorrow.
        .not_valid_before((now_utc - timedelta(days=1)).astimezone(UTC))
        .not_valid_after((now_utc + timedelta(days=LIFETIME_DAYS - 1)).astimezone(UTC))
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in sorted(names)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_private(key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    write_private(certificate_file, certificate.public_bytes(Encoding.PEM))


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def ascii_name(name: str) -> str:
    """The name as certificates and DNS spell it (RFC 5890)."""
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        raise Unavailable("certificate_unusable", f"{name} is not a name that a certificate can hold.") from None
