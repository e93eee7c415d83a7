"""A certificate from an authority that speaks ACME (RFC 8555), proved by http-01: we answer its question on port 80.

The `acme` library does the talking, in a thread, because it waits. Everything else on that port is sent on to https.
Needs `pip install homeroom[acme]`; an authority of one's own is trusted through REQUESTS_CA_BUNDLE.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from server.clock import Clock
from server.config import ServerConfig, TlsConfig
from server.errors import Unavailable
from server.http.build import WebServer
from server.http.certificates import Certificate, ascii_name, is_good
from server.http.listen import listen
from server.store.files import write_private, write_private_once

CHALLENGE_PATH = "/.well-known/acme-challenge/"
ANSWERS_MAX = 100  # one for each name of an order; more is a mistake
ORDER_TIMEOUT_S = 150.0  # the library itself gives up polling after 90 s

_log = structlog.get_logger("http")


class AcmeKeeper:
    """Fetches the certificate when it is missing or ends soon. `start` first; `stop` gives the port back."""

    def __init__(self, folder: Path, server: ServerConfig, tls: TlsConfig, base_url: str, clock: Clock) -> None:
        self._certificate_file = folder / "acme.pem"
        self._key_file = folder / "acme.key"
        self._account_file = folder / "acme-account.key"
        self._tls = tls
        self._names = tuple(dict.fromkeys(ascii_name(name) for name in (server.host, *tls.names)))
        self._clock = clock
        self._answers: dict[str, str] = {}
        listening = ServerConfig(host=server.host, bind=server.bind, port=tls.acme_http_port)
        self._web = WebServer(_questions(self._answers, base_url), listen(listening))

    async def start(self) -> Certificate:
        """Answer questions from now on, and have a certificate. Raises `Unavailable` with a sentence."""
        await self._web.start()
        await self.renew()
        return Certificate(self._certificate_file, self._key_file)

    async def stop(self) -> None:
        await self._web.stop()

    async def renew(self) -> None:
        """Fetch a certificate if it is time. Raises `Unavailable`; what was there stays."""
        if is_good(self._certificate_file, self._key_file, set(self._names), self._clock.now_utc()):
            return
        try:
            async with asyncio.timeout(ORDER_TIMEOUT_S):
                chain, key = await asyncio.to_thread(self._order)
        except TimeoutError as error:
            raise Unavailable("certificate_not_fetched", "The certificate authority did not answer in time.") from error
        finally:
            self._answers.clear()
        # The key first: a certificate without its key is found by `is_good` only when both are old.
        write_private(self._key_file, key)
        write_private(self._certificate_file, chain)
        _log.info("certificate_fetched", names=len(self._names))

    def _order(self) -> tuple[bytes, bytes]:
        """Runs in a thread: the whole talk with the authority."""
        try:
            import acme.errors
            import josepy
            import requests
            from acme import messages
        except ImportError as error:
            text = 'tls.mode = "acme" needs the package: pip install "homeroom[acme]".'
            raise Unavailable("acme_missing", text) from error
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            chain = _talk(self._tls, self._account_key(), _request(key, self._names), self._answer)
        except (acme.errors.Error, messages.Error, josepy.errors.Error, requests.RequestException) as error:
            _log.error("acme_failed", reason=f"{type(error).__name__}: {error}")
            text = (
                "The certificate authority gave no certificate; the log line above says why. "
                f"It must reach this machine on port 80 under every name ({len(self._names)} of them)."
            )
            raise Unavailable("certificate_not_fetched", text) from error
        return chain, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def _answer(self, token: str, text: str) -> None:
        if len(self._answers) >= ANSWERS_MAX:
            raise Unavailable("certificate_not_fetched", "The certificate authority asks too many questions.")
        self._answers[token] = text

    def _account_key(self) -> rsa.RSAPrivateKey:
        """The key by which the authority knows us; kept, so that renewals come from the same account."""
        if not self._account_file.exists():
            made = rsa.generate_private_key(65537, 2048)
            pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            write_private_once(self._account_file, pem)
        key = load_pem_private_key(self._account_file.read_bytes(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise Unavailable("key_unreadable", f"{self._account_file} is not an RSA key; restore it or delete it.")
        return key


def _talk(tls: TlsConfig, account_key: rsa.RSAPrivateKey, csr: bytes, answer: Callable[[str, str], None]) -> bytes:
    """Account, order, questions, certificate: RFC 8555 section 7."""
    from acme import challenges, client, errors, messages
    from josepy.jwk import JWKRSA

    jwk = JWKRSA(key=account_key)
    net = client.ClientNetwork(jwk, user_agent="homeroom")
    authority = client.ClientV2(client.ClientV2.get_directory(tls.acme_directory_url, net), net)
    wanted = messages.NewRegistration.from_data(email=tls.acme_email or None, terms_of_service_agreed=True)
    try:
        authority.new_account(wanted)
    except errors.ConflictError as known:  # our key has an account there already
        net.account = messages.RegistrationResource(uri=known.location, body=messages.Registration())
    order = authority.new_order(csr)
    for authorization in order.authorizations:
        for challenge in authorization.body.challenges:
            if isinstance(challenge.chall, challenges.HTTP01) and challenge.status == messages.STATUS_PENDING:
                response, text = challenge.response_and_validation(jwk)
                answer(challenge.chall.encode("token"), text)
                authority.answer_challenge(challenge, response)
    return str(authority.poll_and_finalize(order).fullchain_pem).encode()


def _request(key: ec.EllipticCurvePrivateKey, names: Sequence[str]) -> bytes:
    """A certificate signing request for these names."""
    alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])] if len(names[0]) <= 64 else [])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject).add_extension(alternative, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _questions(answers: dict[str, str], base_url: str) -> web.Application:
    """What is served on port 80: answers for the authority, the way to https for everybody else."""

    async def question(request: web.Request) -> web.StreamResponse:
        answer = answers.get(request.match_info["token"])
        if answer is None:
            raise web.HTTPNotFound
        return web.Response(text=answer, content_type="application/octet-stream")

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        raise web.HTTPPermanentRedirect(base_url + request.rel_url.raw_path_qs)

    application = web.Application()
    routes: list[Any] = [web.get(CHALLENGE_PATH + "{token}", question), web.get("/{path:.*}", elsewhere)]
    application.add_routes(routes)
    return application
