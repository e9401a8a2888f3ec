"""The address of the client, seen through the reverse proxies that the operator names only (RFC 7239 §8.1)."""

import ipaddress

from starlette.requests import Request


def address_of(request: Request) -> str:
    """The client's IP address as text, empty when unknown.

    `X-Forwarded-For` is read from the right, past trusted proxies only: everything further left is the client's claim.
    """
    peer = request.client.host if request.client else ""
    trusted = request.app.state.trusted_proxies
    hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    while hops and _is_in(peer, trusted):
        peer = hops.pop()
    return peer if _is_address(peer) else ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_in(text: str, networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]) -> bool:
    return _is_address(text) and any(ipaddress.ip_address(text) in network for network in networks)
