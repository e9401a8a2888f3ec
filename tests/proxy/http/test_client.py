"""The client's address: what a trusted reverse proxy says, never what the client claims."""

import ipaddress
from types import SimpleNamespace

import pytest
from starlette.requests import Request

from proxy.http.client import address_of

TRUSTED = (ipaddress.ip_network("10.0.0.0/8"),)


def request(peer: str | None, *forwarded: str | None) -> Request:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded if line is not None]
    app = SimpleNamespace(state=SimpleNamespace(trusted_proxies=TRUSTED))
    return Request({"type": "http", "headers": headers, "client": (peer, 1) if peer else None, "app": app})


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.7", None, "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "not an address", ""),
        ("10.0.0.1", "", "10.0.0.1"),
        ("2001:db8::1", None, "2001:db8::1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, ::ffff:10.0.0.2", "198.51.100.1"),
        (None, None, ""),
    ],
)
def test_the_address(peer: str | None, forwarded: str | None, address: str) -> None:
    assert address_of(request(peer, forwarded)) == address


def test_a_line_of_the_clients_own_is_not_believed_before_the_proxys() -> None:
    """HAProxy leaves the client's line as it is and adds another one."""
    assert address_of(request("10.0.0.1", "10.9.9.9", "198.51.100.1")) == "198.51.100.1"
