"""What browsers are told of a machine's addresses."""

import ipaddress
from types import SimpleNamespace

import ifaddr
import pytest

from media.agent import addresses
from media.agent.addresses import ADDRESSES_MAX, candidate_addresses

V6 = "2001:db8::7"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A machine with these interfaces; the default route leaves by the last one."""
    names = ["127.0.0.1", "::1", "10.0.0.5", "fe80::1%eth0", "169.254.1.1", V6, "192.168.7.2"]

    def adapters() -> list[SimpleNamespace]:
        ips = [SimpleNamespace(ip=name if "." in name else (name, 0, 0)) for name in names]
        return [SimpleNamespace(ips=ips)]

    monkeypatch.setattr(ifaddr, "get_adapters", adapters)
    monkeypatch.setattr(addresses, "_by_route", lambda: (ipaddress.ip_address("192.168.7.2"),))
    return names


def test_by_itself_the_way_out_first_and_loopback_last() -> None:
    assert candidate_addresses((), ()) == ("192.168.7.2", "10.0.0.5", V6, "127.0.0.1", "::1")


def test_named_ones_replace_what_was_found_but_not_loopback() -> None:
    assert candidate_addresses(("203.0.113.4",), ()) == ("203.0.113.4", "127.0.0.1", "::1")


@pytest.mark.parametrize(
    ("bound", "told"),
    [
        (("10.0.0.5",), ("10.0.0.5",)),
        (("127.0.0.1",), ("127.0.0.1",)),
        (("0.0.0.0",), ("192.168.7.2", "10.0.0.5", "127.0.0.1")),
        (("::",), (V6, "::1")),
    ],
)
def test_only_what_is_bound_is_told(bound: tuple[str, ...], told: tuple[str, ...]) -> None:
    assert candidate_addresses((), bound) == told


def test_a_machine_without_ipv6_does_not_tell_its_loopback(machine: list[str]) -> None:
    machine[:] = ["127.0.0.1"]
    assert candidate_addresses((), ()) == ("127.0.0.1",)


def test_one_over_the_limit_is_left_out(machine: list[str]) -> None:
    machine[:] = ["127.0.0.1", *(f"10.0.1.{n}" for n in range(1, ADDRESSES_MAX + 2))]
    told = candidate_addresses((), ())
    assert len(told) == ADDRESSES_MAX + 1
    assert told[-1] == "127.0.0.1"


def test_this_machine_has_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for text in candidate_addresses((), ()):
        ipaddress.ip_address(text)
