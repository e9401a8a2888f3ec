"""Where a request may go: to the host that was configured, at an address that such a host may have, and nowhere else.

The address is judged when it is connected to, and it is the one that is connected to: what a name resolves to before
or after that does not matter (no DNS rebinding).
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv6Address, ip_address
import re
import socket
import ssl
from typing import TypeVar

import httpx

from proxy.hosts import PORTS, Address, is_of_an_archive, is_this_machine

_Protocol = TypeVar("_Protocol", bound=asyncio.Protocol)
_NAMES = ThreadPoolExecutor(32, "names")
"""Where names are looked up, which cannot be given up: those that nobody answers for hold up nothing else."""

_TARGET = re.compile(rb"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]++|%[0-9A-Fa-f]{2})*+")
_HIDDEN_STEPS = re.compile(rb"%(?:25)*(?:2e|2f|5c|00)|\\|\.\.;|(?:^|/)\.\.?(?:/|$)", re.IGNORECASE)


class EgressRefused(httpx.TransportError):
    """A request would have led elsewhere. `what` is `address` or `request`, `host` where to; the words are safe."""

    def __init__(self, message: str, what: str, host: str) -> None:
        super().__init__(message)
        self.what = what
        self.host = host


@dataclass(frozen=True, slots=True)
class Destination:
    """One place that may be asked, below `path`; with another method than GET, at `path` and nowhere else.

    Addresses of this machine are refused unless the host is named as one; link-local ones, which cloud machines keep
    their secrets at, always.
    """

    scheme: str
    host: str
    port: int
    path: str
    method: str = "GET"

    def contains(self, url: httpx.URL) -> bool:
        """Whether `url` lies here, and means the same to every server on its way (RFC 3986 §3.3, §6.2.2)."""
        here = (url.scheme, url.host, url.port or PORTS.get(url.scheme)) == (self.scheme, self.host, self.port)
        path = url.raw_path.partition(b"?")[0]
        is_plain = _TARGET.fullmatch(url.raw_path) is not None and not _HIDDEN_STEPS.search(path)
        return here and not url.userinfo and is_plain and self._holds(path.decode("ascii"))

    def check(self, request: httpx.Request) -> None:
        """Raises `EgressRefused` when this request may not go there."""
        if request.method != self.method or not self.contains(request.url):
            raise EgressRefused("a request led out of the archive", "request", request.url.host)

    async def connect(self, protocol: Callable[[], _Protocol], context: ssl.SSLContext | None) -> _Protocol:
        """A connection to the first of the host's addresses that takes one. Raises `OSError`, `EgressRefused`."""
        refusal = OSError("the host has no address")
        for address in await self.addresses():
            try:
                return await self._connect_to(str(address), protocol, context)
            except OSError as error:
                refusal = error
        raise refusal

    async def addresses(self) -> list[Address]:
        """The host's addresses that may be connected to. Raises `OSError` when it has none, `EgressRefused` when all
        of them are such as no archive has.
        """
        look_up = partial(socket.getaddrinfo, self.host, self.port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(_NAMES, look_up)
        addresses = list(dict.fromkeys(_plain(ip_address(where[0])) for *_, where in found))
        admitted = [address for address in addresses if self._may_be_at(address)]
        if addresses and not admitted:
            raise EgressRefused("the archive's name leads to an address that no archive has", "address", self.host)
        return admitted

    async def _connect_to(
        self, address: str, protocol: Callable[[], _Protocol], context: ssl.SSLContext | None
    ) -> _Protocol:
        loop = asyncio.get_running_loop()
        if self.scheme != "https":
            return (await loop.create_connection(protocol, address, self.port))[1]
        secured = context or ssl.create_default_context()
        return (await loop.create_connection(protocol, address, self.port, ssl=secured, server_hostname=self.host))[1]

    def _holds(self, path: str) -> bool:
        return path.startswith(f"{self.path.rstrip('/')}/") if self.method == "GET" else path == self.path

    def _may_be_at(self, address: Address) -> bool:
        return is_this_machine(self.host) if address.is_loopback else is_of_an_archive(address)


def read_destination(url: str, method: str = "GET") -> Destination:
    """The destination that a `url` of the configuration names."""
    read = httpx.URL(url)
    return Destination(read.scheme, read.host, read.port or PORTS[read.scheme], read.path, method)


def read_destinations(urls: Iterable[str]) -> list[Destination]:
    """The destinations that `urls` name, each once."""
    return list(dict.fromkeys(map(read_destination, urls)))


def _plain(address: Address) -> Address:
    """An IPv4 address that is written as an IPv6 one, as itself."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
