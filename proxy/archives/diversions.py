"""Whatever would lead this service out of an archive: refused, and reported for the audit log."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import re

import httpx

from proxy.archives.http1.egress import EgressRefused
from proxy.resources import ArchiveId, InstitutionId

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,253}", re.ASCII)

Report = Callable[[str, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Diversion:
    """An attempt to lead this service elsewhere.

    `what` is a `link` of the archive's metadata, a `redirect`, an `address` that the archive's name resolved to, or a
    `request` that no configured root covers. `host` is where it would have led, as far as it can be told safely.
    """

    archive: ArchiveId
    institution: InstitutionId
    what: str
    host: str


class Watched(httpx.AsyncBaseTransport):
    """Reports what the archive's transport refuses, and redirects, which nobody follows (RFC 9110 §15.4)."""

    def __init__(self, transport: httpx.AsyncBaseTransport, report: Report) -> None:
        """Who opened `transport` closes it. `report` is told what was refused, and the host."""
        self._transport = transport
        self._report = report

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            response = await self._transport.handle_async_request(request)
        except EgressRefused as refused:
            await self._report(refused.what, refused.host)
            raise
        if response.status_code in _REDIRECTS:
            await self._report_redirect(request.url, response)
        return response

    async def _report_redirect(self, url: httpx.URL, response: httpx.Response) -> None:
        try:
            await self._report("redirect", host_of(response.headers.get("location", ""), url))
        except BaseException:
            await response.aclose()
            raise


def host_of(uri: str, referrer: httpx.URL | None = None) -> str:
    """The host that `uri` leads to, or nothing where it is not written as a host."""
    try:
        host = (referrer.join(uri) if referrer is not None else httpx.URL(uri)).host
    except (httpx.InvalidURL, ValueError):
        return ""
    return host if _HOST.fullmatch(host) else ""
