"""Where a request may go: to the host that was configured, at an address that such a host may have, and nowhere else.

The address is judged when it is connected to, and it is the one that is connected to: what a name resolves to before
or after that does not matter (no DNS rebinding).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
import socket
import ssl
from typing import TypeVar

import httpx

Address = IPv4Address | IPv6Address
_Protocol = TypeVar("_Protocol", bound=asyncio.Protocol)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Destination:
    """The one place that may be asked, below one path.

    Addresses of this machine are refused unless the host is named as one; link-local ones, which cloud machines keep
    their secrets at, always.
    """

    scheme: str
    host: str
    port: int
    path: str

    def check(self, request: httpx.Request) -> None:
        """Raises `httpx.UnsupportedProtocol` when this request may not go there."""
        url = request.url
        here = (url.scheme, url.host, url.port or _PORTS.get(url.scheme)) == (self.scheme, self.host, self.port)
        if request.method != "GET" or not here or not _lies_below(url.path, self.path):
            raise httpx.UnsupportedProtocol("this request does not lead to the archive that is configured")

    async def connect(self, protocol: Callable[[], _Protocol], context: ssl.SSLContext | None) -> _Protocol:
        """A connection to the first of the host's addresses that takes one. Raises `OSError`."""
        refusal = OSError("the host has no address that may be connected to")
        for address in await self._addresses():
            if not self._may_be_at(address):
                continue
            try:
                return await self._connect_to(str(address), protocol, context)
            except OSError as error:
                refusal = error
        raise refusal

    async def _addresses(self) -> list[Address]:
        found = await asyncio.get_running_loop().getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(_plain(ip_address(where[0])) for *_, where in found))

    async def _connect_to(
        self, address: str, protocol: Callable[[], _Protocol], context: ssl.SSLContext | None
    ) -> _Protocol:
        loop = asyncio.get_running_loop()
        if self.scheme != "https":
            return (await loop.create_connection(protocol, address, self.port))[1]
        secured = context or ssl.create_default_context()
        return (await loop.create_connection(protocol, address, self.port, ssl=secured, server_hostname=self.host))[1]

    def _may_be_at(self, address: Address) -> bool:
        if address.is_loopback:
            return self._is_this_machine
        return not (address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved)

    @property
    def _is_this_machine(self) -> bool:
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def read_destination(base_url: str) -> Destination:
    """The destination that an archive's `base_url` names."""
    url = httpx.URL(base_url)
    return Destination(url.scheme, url.host, url.port or _PORTS[url.scheme], url.path)


def _lies_below(path: str, base: str) -> bool:
    base = base.rstrip("/")
    return path == base or path.startswith(f"{base}/")


def _plain(address: Address) -> Address:
    """An IPv4 address that is written as an IPv6 one, as itself."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
