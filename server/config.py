"""Configuration: one TOML file, one frozen dataclass per section, checked as a whole.

Every key states its meaning and bounds where it is declared; `server/config_file.py` reads files and makes the
commented sample from that, so `deploy/homeroom.sample.toml`, `docs/config.md` and the defaults cannot differ. Secrets
are not keys: they come from the environment (`Secrets`). Only `server/app.py` and `server/__main__.py` read this; each
room gets its own section.
"""

import dataclasses
import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


def key(
    default: Any,
    doc: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    check: Callable[[Any], str | None] | None = None,
) -> Any:
    """One key of a section: its default, what it means, and what values are possible."""
    return dataclasses.field(
        default=default, metadata={"doc": doc, "low": low, "high": high, "choices": choices, "check": check}
    )


def _addresses(values: tuple[str, ...]) -> str | None:
    for value in values:
        try:
            ipaddress.ip_address(value)
        except ValueError:
            return f"{value!r} is not an IP address"
    return None


def _networks(values: tuple[str, ...]) -> str | None:
    for value in values:
        try:
            ipaddress.ip_network(value)
        except ValueError:
            return f"{value!r} is not an IP address or network such as 10.0.0.0/8"
    return None


def _http_url(value: str) -> str | None:
    if value and not value.startswith(("http://", "https://")):
        return "must begin with https:// or http://"
    if value.endswith("/") or value.count("/") > 2:
        return "must be scheme and name only, without a path or a slash at the end"
    return None


def _host(value: str) -> str | None:
    if not value or any(c in value for c in " /@#?[]"):
        return "must be a name or an IP address, nothing more"
    return None


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """The web server: where people find it."""

    host: str = key(
        "localhost",
        "The name or address that people type. `localhost` is reachable from this machine only; any other name\n"
        "listens on all interfaces (or on `bind`) and wants a certificate, because browsers give camera and\n"
        "microphone to secure pages only.",
        check=_host,
    )
    port: int = key(8080, "TCP port of the web server. 0 takes any free one.", low=0, high=65535)
    bind: tuple[str, ...] = key(
        (), "Addresses to listen on. Empty: loopback for `localhost`, all interfaces otherwise.", check=_addresses
    )
    data_dir: str = key(
        "data",
        "The folder that holds everything Homeroom writes: database, keys, certificates, sockets. A relative one\n"
        "counts from the folder of this file.",
    )
    public_url: str = key(
        "",
        "The address in the links, when a proxy in front has another one: `https://class.example.org`.\n"
        "Empty: made of the certificate, `host` and `port`.",
        check=_http_url,
    )
    trusted_proxies: tuple[str, ...] = key(
        (),
        "Proxies whose X-Forwarded-For is believed, as addresses or networks. It is used for rate limits.",
        check=_networks,
    )


@dataclass(frozen=True, slots=True)
class TlsConfig:
    """The certificate of the web server."""

    mode: str = key(
        "auto",
        "`off`: plain http (behind a proxy that ends TLS). `selfmade`: a certificate made here, which browsers\n"
        "warn about once. `files`: `certificate_file` and `key_file`, read again when they change. `acme`: fetched\n"
        "and renewed by itself (needs `pip install homeroom[acme]` and port 80). `auto`: off for localhost and\n"
        "with `public_url`, selfmade otherwise.",
        choices=("auto", "off", "selfmade", "files", "acme"),
    )
    certificate_file: str = key("", "PEM file with the certificate and its chain (mode `files`).")
    key_file: str = key("", "PEM file with its private key (mode `files`).")
    names: tuple[str, ...] = key((), "More names or addresses for the certificate (modes `selfmade` and `acme`).")
    acme_directory_url: str = key(
        "https://acme-v02.api.letsencrypt.org/directory", "The certificate authority (mode `acme`)."
    )
    acme_email: str = key("", "Where the authority writes when a certificate is about to end (mode `acme`).")
    acme_http_port: int = key(
        80,
        "Port on which the authority's http-01 question is answered (mode `acme`). The authority asks on 80;\n"
        "another value is for a machine where 80 is forwarded here.",
        low=1,
        high=65535,
    )


@dataclass(frozen=True, slots=True)
class MediaConfig:
    """The media process: sound and picture over UDP."""

    shards: int = key(
        1, "Threads that forward media, one UDP port each. One serves a few hundred people.", low=1, high=64
    )
    port_first: int = key(
        0,
        "First UDP port; shard N uses port_first + N. Set it (and open it) where a firewall stands in front.\n"
        "0: any free ports.",
        low=0,
        high=65535,
    )
    bind: tuple[str, ...] = key((), "Addresses to bind. Empty: all interfaces, IPv4 and IPv6.", check=_addresses)
    announce_addresses: tuple[str, ...] = key(
        (),
        "Addresses told to browsers. Empty: every address of this machine. Set the public one behind 1:1 NAT.",
        check=_addresses,
    )
    node: str = key("local", "Name of this node in logs and metrics.")


@dataclass(frozen=True, slots=True)
class LinkConfig:
    """How the control process finds the media process."""

    address: str = key(
        "",
        "`unix:/path/to.sock` or `host:port` of the media process. Empty: `run/media.sock` in the data folder.",
    )


@dataclass(frozen=True, slots=True)
class LiveConfig:
    """The live class."""

    grace_s: float = key(
        60.0, "How long a person whose connection broke keeps their place before they count as gone.", low=1, high=3600
    )
    away_after_s: float = key(4.5, "Silence of a client after which the person is shown as away.", low=1, high=60)
    ping_s: float = key(2.0, "How often a client says that it is there.", low=0.5, high=20)
    empty_close_s: float = key(300.0, "An empty room is closed after this.", low=1, high=86400)
    participants_max: int = key(300, "People in one room, if its session says nothing else.", low=2, high=5000)
    video_codec: str = key(
        "vp8", "Preferred camera codec; the other one is used by browsers that lack it.", choices=("vp8", "h264")
    )


@dataclass(frozen=True, slots=True)
class LogConfig:
    """Logs: one line per event on stderr, never with a name, address or token."""

    level: str = key("info", "Least level that is written.", choices=("debug", "info", "warning", "error"))
    format: str = key(
        "auto",
        "`json` for machines, `text` for people; `auto` is text where stderr is a terminal, else json.",
        choices=("auto", "json", "text"),
    )


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where things are in the data folder. Nothing is written anywhere else."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "homeroom.db"

    @property
    def ticket_key(self) -> Path:
        return self.root / "keys" / "ticket.pem"

    @property
    def certificates(self) -> Path:
        return self.root / "certificates"

    @property
    def demo_links(self) -> Path:
        return self.root / "demo-links.json"

    @property
    def base_url(self) -> Path:
        """What stands in front of links, as the server that runs or ran last used it."""
        return self.run / "base-url"

    @property
    def run(self) -> Path:
        """Sockets and locks: what means nothing after a reboot."""
        return self.root / "run"


@dataclass(frozen=True, slots=True)
class Config:
    """All of it. The file's folder is where relative paths start."""

    server: ServerConfig = ServerConfig()
    tls: TlsConfig = TlsConfig()
    media: MediaConfig = MediaConfig()
    link: LinkConfig = LinkConfig()
    live: LiveConfig = LiveConfig()
    log: LogConfig = LogConfig()

    @property
    def folder(self) -> DataFolder:
        """The data folder, absolute."""
        return DataFolder(Path(self.server.data_dir).absolute())

    @property
    def tls_mode(self) -> str:
        """`tls.mode` with `auto` resolved."""
        if self.tls.mode != "auto":
            return self.tls.mode
        return "off" if is_loopback_name(self.server.host) or self.server.public_url else "selfmade"

    def base_url(self, port: int) -> str:
        """The address in front of every link; `port` is the one that is really listened on."""
        if self.server.public_url:
            return self.server.public_url
        scheme, usual = ("http", 80) if self.tls_mode == "off" else ("https", 443)
        host = f"[{self.server.host}]" if ":" in self.server.host else self.server.host
        return f"{scheme}://{host}" + ("" if port == usual else f":{port}")

    @property
    def link_address(self) -> str:
        """`link.address` with the default resolved."""
        return self.link.address or f"unix:{self.folder.run / 'media.sock'}"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What may not stand in a file. Read once from the environment; never logged."""

    link_token: str = ""
    admin_token: str = ""

    def __repr__(self) -> str:
        return "Secrets(…)"


SECRET_VARIABLES = {"link_token": "HOMEROOM_LINK_TOKEN", "admin_token": "HOMEROOM_ADMIN_TOKEN"}


def secrets_from(environ: Mapping[str, str] = os.environ) -> Secrets:
    """The secrets of this process."""
    return Secrets(**{name: environ.get(variable, "") for name, variable in SECRET_VARIABLES.items()})


def is_loopback_name(host: str) -> bool:
    """Does this name only reach this machine?"""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
