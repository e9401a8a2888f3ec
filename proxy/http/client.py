"""The address of the client, seen through the reverse proxies that the operator names only (RFC 7239 §8.1)."""

from functools import lru_cache
import ipaddress

from starlette.requests import Request

_REMEMBERED = 1024  # addresses: the same clients and proxies come again and again


def address_of(request: Request) -> str:
    """The client's IP address as text, empty when unknown.

    `X-Forwarded-For` is read from the right, past trusted proxies only: everything further left is the client's claim.
    Proxies that add a line of their own below the client's have the last word too (RFC 9110 §5.3).
    """
    peer = _plain(request.client.host) if request.client else ""
    trusted = request.app.state.trusted_proxies
    lines = ",".join(request.headers.getlist("x-forwarded-for"))
    hops = [_plain(hop.strip()) for hop in lines.split(",") if hop.strip()]
    while hops and _is_in(peer, trusted):
        peer = hops.pop()
    return peer if _is_address(peer) else ""


@lru_cache(_REMEMBERED)
def _plain(text: str) -> str:
    """An IPv4 address that came in an IPv6 one, as sockets of both kinds give them, as itself (RFC 4291 §2.5.5.2)."""
    mapped = getattr(ipaddress.ip_address(text), "ipv4_mapped", None) if _is_address(text) else None
    return text if mapped is None else str(mapped)


@lru_cache(_REMEMBERED)
def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_in(text: str, networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]) -> bool:
    return _is_address(text) and any(ipaddress.ip_address(text) in network for network in networks)
