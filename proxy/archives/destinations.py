"""The places that an archive may be asked at, each with a transport of its own; there is no way to any other."""

from collections.abc import Sequence

import httpx

from proxy.archives.http1.egress import Destination, EgressRefused

Way = tuple[Destination, httpx.AsyncBaseTransport]
"""One destination, and what carries requests there."""


class Destinations(httpx.AsyncBaseTransport):
    """Sends each request by the first way that leads to where it goes."""

    def __init__(self, ways: Sequence[Way]) -> None:
        self._ways = tuple(ways)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for destination, transport in self._ways:
            if destination.contains(request.url):
                return await transport.handle_async_request(request)
        raise EgressRefused("a request led out of the archive", "request", request.url.host)

    async def aclose(self) -> None:
        for _, transport in self._ways:
            await transport.aclose()
