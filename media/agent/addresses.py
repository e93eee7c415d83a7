"""Which addresses a browser is told for the shards of this machine, best first."""

import ipaddress
import socket
from collections.abc import Sequence

import ifaddr

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

ADDRESSES_MAX = 16
"""A browser tries each candidate; a machine with more addresses than this names them in the config."""

LOOPBACKS: tuple[Address, ...] = (ipaddress.IPv4Address("127.0.0.1"), ipaddress.IPv6Address("::1"))

# Documentation addresses (RFC 5737, RFC 3849): connecting a UDP socket asks the routing table and sends nothing.
_FAR = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


def candidate_addresses(announced: Sequence[str], bound: Sequence[str]) -> tuple[str, ...]:
    """`announced` if given, else what the interfaces have; loopback last, for a browser on this machine. With `bound`
    addresses only those answer, so only those are told."""
    bindings = [ipaddress.ip_address(text) for text in bound]
    machine = _of_interfaces()
    if announced:
        wanted = [ipaddress.ip_address(text) for text in announced]
    else:
        wanted = [address for address in machine if _is_bound(address, bindings)]
        by_route = _by_route()
        wanted.sort(key=lambda address: (address.is_loopback, address not in by_route, address.version))
    loopbacks = [address for address in LOOPBACKS if address in machine and _is_bound(address, bindings)]
    ordered = dict.fromkeys([*(address for address in wanted if not address.is_loopback)][:ADDRESSES_MAX])
    ordered.update(dict.fromkeys(address for address in wanted if address.is_loopback))
    ordered.update(dict.fromkeys(loopbacks))
    return tuple(str(address) for address in ordered)


def _of_interfaces() -> list[Address]:
    found: list[Address] = []
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            text = ip.ip if isinstance(ip.ip, str) else ip.ip[0]
            address = ipaddress.ip_address(text.partition("%")[0])
            # A link-local address means nothing to a browser without the name of its interface.
            if not (address.is_link_local or address.is_multicast or address.is_unspecified):
                found.append(address)
    return list(dict.fromkeys(found))


def _is_bound(address: Address, bound: Sequence[Address]) -> bool:
    return not bound or any(one == address or (one.is_unspecified and one.version == address.version) for one in bound)


def _by_route() -> tuple[Address, ...]:
    """The addresses that lead to the rest of the world."""
    found = []
    for family, far in _FAR:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((far, 9))
                found.append(ipaddress.ip_address(probe.getsockname()[0].partition("%")[0]))
        except OSError:
            continue
    return tuple(found)
