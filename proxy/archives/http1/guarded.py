"""httpx's own transport behind the same guard: it is given an address that was judged, never a name to look up."""

import ssl

import httpx

from proxy.archives.http1.egress import Destination
from proxy.hosts import Address

_IDLE_SECONDS = 30.0


class GuardedTransport(httpx.AsyncBaseTransport):
    """Leads every request to one destination, at an address that it may have, and verifies it by its name."""

    def __init__(self, destination: Destination, context: ssl.SSLContext | None, connect_seconds: float) -> None:
        """Takes what `Http1Transport` takes, so that either can stand for the other."""
        self._destination = destination
        self._timeout = {"connect": connect_seconds}
        self._transport = httpx.AsyncHTTPTransport(
            verify=context or ssl.create_default_context(),
            trust_env=False,
            limits=httpx.Limits(max_connections=None, keepalive_expiry=_IDLE_SECONDS),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._destination.check(request)
        refusal: Exception = httpx.ConnectError("the host has no address")
        for address in await self._destination.addresses():
            try:
                return await self._transport.handle_async_request(self._at(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                refusal = error
        raise refusal

    async def aclose(self) -> None:
        await self._transport.aclose()

    def _at(self, request: httpx.Request, address: Address) -> httpx.Request:
        """The same request, to be sent to `address`; its Host field and the name in TLS stay those of the host."""
        extensions = {**request.extensions, "timeout": self._timeout, "sni_hostname": self._destination.host}
        url = request.url.copy_with(host=str(address))
        return httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=extensions)
