"""Hosts as configuration may name them: each written in one way only, and none that no archive has.

`2130706433`, `0x7f.1`, `127.1` and `[::ffff:127.0.0.1]` are all 127.0.0.1 to some resolver or other. Whoever reads a
configuration must see where it leads, and what is compared must compare (RFC 3986 §7.4, RFC 5952).
"""

from ipaddress import IPv4Address, IPv6Address, ip_address
import re

Address = IPv4Address | IPv6Address

PORTS = {"http": 80, "https": 443}
"""What a URL without a port leads to (RFC 9110 §4.2)."""

_LONGEST_NAME = 253
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE | re.ASCII)
_METADATA_SERVICES = frozenset(map(ip_address, ("100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254")))
"""Where cloud machines keep their secrets, besides the link-local addresses."""


def read_host(text: str) -> str | Address:
    """The name or address that `text`, the host of a URL, is. Raises `ValueError` in words for the operator."""
    host = _read_ipv6(text[1:-1]) if text.startswith("[") else _read_name(text)
    if not isinstance(host, str) and not (host.is_loopback or is_of_an_archive(host)):
        raise ValueError("names an address that no archive has")
    return host


def _read_ipv6(text: str) -> IPv6Address:
    address = IPv6Address(text)
    if text.lower() != str(address) or _embedded(address) is not None or address.scope_id:
        raise ValueError("must write an IPv6 address in its one short form")
    return address


def _read_name(text: str) -> str | IPv4Address:
    labels = text.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _read_ipv4(text)
    if len(text) > _LONGEST_NAME or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("names a host that cannot be")
    return text


def _read_ipv4(text: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except ValueError:
        raise ValueError("must write an IPv4 address as four decimal numbers") from None


def is_this_machine(host: str) -> bool:
    """Whether `host` is named as this machine, as `localhost` or by address."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_of_an_archive(address: Address) -> bool:
    """Whether an archive on another machine may have `address`; one inside it is judged too."""
    embedded = _embedded(address) if isinstance(address, IPv6Address) else None
    if embedded is not None:
        return is_of_an_archive(embedded)
    nowhere = address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified
    return not (nowhere or address.is_reserved or address in _METADATA_SERVICES)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for (RFC 4291 §2.5.5.2, RFC 3056, RFC 4380)."""
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
