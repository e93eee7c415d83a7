"""Who calls, and over what: the client's address and scheme, seen through proxies that we trust and no others."""

import hmac
import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohttp import web

_PROXY_HEADERS = frozenset({"forwarded", "via", "x-forwarded-for", "x-forwarded-proto", "x-real-ip"})

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Callers:
    """Reads X-Forwarded-For and X-Forwarded-Proto from trusted proxies; decides who is an administrator."""

    def __init__(self, trusted_proxies: Iterable[str], admin_token: str, public_url: str) -> None:
        self._trusted: tuple[_Network, ...] = tuple(ipaddress.ip_network(one) for one in trusted_proxies)
        self._admin_token = admin_token
        self._public_url = public_url

    def address(self, request: web.Request) -> _Address | None:
        """The client's own address; None over a Unix socket."""
        current = _parse(request.transport.get_extra_info("peername") if request.transport else None)
        # From the nearest hop outwards: what a proxy that we trust reports is true, no more than that.
        for hop in reversed(",".join(request.headers.getall("X-Forwarded-For", [])).split(",")):
            if current is None or not self._is_trusted(current):
                break
            try:
                current = ipaddress.ip_address(hop.strip())
            except ValueError:
                break
        return current

    def rate_key(self, request: web.Request) -> str:
        """What rate limits count by: an IPv4 address, or the /64 that one IPv6 site has at least."""
        address = self.address(request)
        if isinstance(address, ipaddress.IPv6Address):
            if address.ipv4_mapped:
                return str(address.ipv4_mapped)
            return str(ipaddress.ip_network((address, 64), strict=False))
        return str(address)

    def is_admin(self, request: web.Request) -> bool:
        """With the admin token from anywhere. If none is set: from this machine, unless a proxy stands in front:
        behind one on this machine, everybody's connection comes from loopback.
        """
        if self._admin_token:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            return scheme.lower() == "bearer" and hmac.compare_digest(token.encode(), self._admin_token.encode())
        if self._public_url or not _PROXY_HEADERS.isdisjoint(name.lower() for name in request.headers):
            return False
        address = self.address(request)
        return address is not None and address.is_loopback

    def is_foreign_origin(self, request: web.Request) -> bool:
        """Did another site's page send this? Browsers say so; programs say nothing and are no danger here."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return True
        origin = request.headers.get("Origin")
        if origin is None:
            return False
        if self._public_url and origin == self._public_url:
            return False
        return urlsplit(origin).netloc != request.host

    def _is_trusted(self, address: _Address) -> bool:
        return any(address.version == network.version and address in network for network in self._trusted)


def _parse(peername: object) -> _Address | None:
    if not isinstance(peername, tuple) or not peername:
        return None
    try:
        return ipaddress.ip_address(str(peername[0]).partition("%")[0])
    except ValueError:
        return None
