"""Keeps the web server's certificate good while the process lives, wherever it comes from."""

import asyncio
import ssl

import structlog

from server.clock import Clock
from server.config import Config
from server.errors import Unavailable
from server.http.acme import AcmeKeeper
from server.http.certificates import Certificate, selfmade

CHECK_S = 60.0  # files: how long a renewed certificate waits to be served
FETCH_AGAIN_S = 3600.0  # acme: authorities count failed attempts; a month is left when the first one is made

_log = structlog.get_logger("http")


class CertificateKeeper:
    """`start` gets the certificate, `watch` renews and reloads it for ever, `stop` ends what `start` began."""

    def __init__(self, config: Config, base_url: str, clock: Clock) -> None:
        self._config = config
        self._base_url = base_url
        self._clock = clock
        self._certificate: Certificate | None = None
        self._acme: AcmeKeeper | None = None

    @property
    def context(self) -> ssl.SSLContext | None:
        """For the web server, after `start`; None for plain http."""
        return None if self._certificate is None else self._certificate.context

    async def start(self) -> None:
        """Have a certificate, if the configuration wants one. Raises `Unavailable` with a sentence."""
        tls = self._config.tls
        match self._config.tls_mode:
            case "files":
                self._certificate = Certificate.of(tls.certificate_file, tls.key_file)
            case "selfmade":
                self._certificate = self._selfmade()
            case "acme":
                folder = self._config.folder.certificates
                self._acme = AcmeKeeper(folder, self._config.server, tls, self._base_url, self._clock)
                self._certificate = await self._acme.start()

    async def watch(self) -> None:
        """Look once a minute. What goes wrong is logged and tried again: a class goes on with the old certificate."""
        fetched_s = self._clock.mono_s()
        while self._certificate is not None:
            await asyncio.sleep(CHECK_S)
            try:
                if self._acme is not None and self._clock.mono_s() - fetched_s >= FETCH_AGAIN_S:
                    fetched_s = self._clock.mono_s()
                    await self._acme.renew()
                elif self._config.tls_mode == "selfmade":
                    self._selfmade()
                if self._certificate.reload():
                    _log.info("certificate_reloaded")
            except Unavailable as error:
                _log.error("certificate_not_renewed", reason=error.code)

    async def stop(self) -> None:
        if self._acme is not None:
            await self._acme.stop()

    def _selfmade(self) -> Certificate:
        config = self._config
        return selfmade(config.folder.certificates, config.server.host, config.tls.names, self._clock.now_utc())
