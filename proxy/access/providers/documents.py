"""What an identity provider publishes and answers, read over HTTP with bounds on everything (RFC 8414)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
import ipaddress
import re
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import httpx

from proxy.access.providers.strictjson import read_object
from proxy.errors import Overloaded

MAXIMUM_BYTES: Final = 64 * 1024
DEADLINE_SECONDS: Final = 5.0
SHORTEST_LIFETIME: Final = 300
LONGEST_LIFETIME: Final = 24 * 3600

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=([0-9]{1,9})(?:[\s,]|$)", re.IGNORECASE | re.ASCII)


class ProviderFailed(Overloaded):
    """The identity provider did not answer, or not as it must; worth trying again."""


class ProviderRefused(ProviderFailed):
    """The identity provider answered that it will not, for instance because a code was used before (RFC 6749 §5.2)."""


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON object and for how many seconds it may be believed."""

    content: Mapping[str, Any]
    lifetime: int


def to_client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    """A client for one identity provider: no proxies or credentials from the environment, no redirects, no coding."""
    return httpx.AsyncClient(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        timeout=DEADLINE_SECONDS,
        headers={"accept": "application/json", "accept-encoding": "identity"},
    )


async def read_document(client: httpx.AsyncClient, url: str, authorization: str | None = None) -> Document:
    """GET a JSON object. Raises `ProviderFailed`."""
    return await _ask(client, "GET", url, headers={"authorization": authorization} if authorization else None)


async def post_form(
    client: httpx.AsyncClient, url: str, form: Mapping[str, str], authorization: str | None
) -> Mapping[str, Any]:
    """POST a form and read the JSON object that answers it. Raises `ProviderRefused`, `ProviderFailed`."""
    headers = {"authorization": authorization} if authorization else {}
    return (await _ask(client, "POST", url, form, headers)).content


def require_secure(url: object, issuer: str) -> str:
    """`url` when it may be asked: https, or plain HTTP to loopback where the issuer itself is there."""
    parts = _split(url)
    if parts is None or not parts.hostname or parts.username or parts.fragment:
        raise ProviderFailed("the identity provider names an address that cannot be used")
    local = _is_loopback(parts.hostname) and _is_loopback(urlsplit(issuer).hostname or "")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise ProviderFailed("the identity provider names an address that is not secure")
    return parts.geturl()


def _split(url: object) -> SplitResult | None:
    """The parts of a URL; None when it is none, or its port is not a port."""
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return parts if port != 0 else None


async def _ask(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Document:
    try:
        request = client.build_request(method, url, data=form, headers=headers)
        async with asyncio.timeout(DEADLINE_SECONDS):
            response = await client.send(request, stream=True)
            try:
                content = await _read(response)
            finally:
                await response.aclose()
        return Document(read_object(content), _lifetime(response))
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError):
        raise ProviderFailed("the identity provider did not answer as it should") from None


async def _read(response: httpx.Response) -> bytes:
    if response.status_code == 400:
        raise ProviderRefused("the identity provider refused")
    if response.status_code != 200 or response.headers.get("content-encoding", "identity") != "identity":
        raise ProviderFailed("the identity provider did not answer as it should")
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > MAXIMUM_BYTES:
            raise ProviderFailed("the identity provider's answer is too large")
    return bytes(content)


def _lifetime(response: httpx.Response) -> int:
    age = _MAX_AGE.search(response.headers.get("cache-control", ""))
    return min(max(int(age.group(1)) if age else 3600, SHORTEST_LIFETIME), LONGEST_LIFETIME)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
