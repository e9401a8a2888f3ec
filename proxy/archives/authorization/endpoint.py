"""The token endpoint of an authorization server, asked for one token (RFC 6749 §4.4.2, §5)."""

import asyncio
from collections.abc import AsyncIterable, Callable, Mapping
from dataclasses import dataclass
import re
from typing import cast
from urllib.parse import urlencode

import httpx
import msgspec

from proxy.archives.authorization.assertion import Proof
from proxy.archives.authorization.transport import AuthorizationFailed
from proxy.archives.http1.egress import EgressRefused
from proxy.archives.http1.tls import tls_words
from proxy.settings.credentials import ClientCredentials

TransportOpener = Callable[[], httpx.AsyncBaseTransport]

DEADLINE_SECONDS = 10.0
_LARGEST_ANSWER = 64 * 2**10
_DEFAULT_LIFETIME = 300.0
_LONGEST_LIFETIME = 24 * 3600.0
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*", re.ASCII)
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "vitrine",
    "Connection": "close",
}


class GrantRefused(AuthorizationFailed):
    """The server refused what a token was asked for by, and did not fail itself (RFC 6749 §5.2)."""


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """An access token, and for how many seconds from now it is said to be good."""

    value: str
    lifetime: float


class _Granted(msgspec.Struct):
    access_token: str
    token_type: str
    expires_in: float | str | None = None


class TokenEndpoint:
    """Asked by a connection of its own each time; what `open_transport` gives leads there alone."""

    def __init__(self, settings: ClientCredentials, open_transport: TransportOpener) -> None:
        self._settings = settings
        self._open_transport = open_transport

    async def ask(self, proof: Proof) -> Token:
        """A new token for whoever `proof` proves to be, by its grant or by client credentials.

        Raises `AuthorizationFailed`, `EgressRefused`.
        """
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                status, body = await self._post(proof)
        except EgressRefused:
            raise
        except TimeoutError:
            raise AuthorizationFailed("the archive's authorization server did not answer in time") from None
        except (httpx.HTTPError, OSError) as error:
            raise AuthorizationFailed(_unreachable(error)) from None
        if status != 200:
            raise (GrantRefused if status in {400, 403} else AuthorizationFailed)(_refusal(status))
        return _read_token(body)

    async def _post(self, proof: Proof) -> tuple[int, bytes]:
        content = urlencode({**_wanted(self._settings), **proof.form}).encode("ascii")
        headers = {**_HEADERS, **proof.headers}
        request = httpx.Request("POST", self._settings.token_url, headers=headers, content=content)
        async with self._open_transport() as transport:
            response = await transport.handle_async_request(request)
            try:
                return response.status_code, await _read_bounded(response) if response.status_code == 200 else b""
            finally:
                await response.aclose()


def _wanted(settings: ClientCredentials) -> Mapping[str, str]:
    """Audience is what some servers want instead of the resource of RFC 8707."""
    optional = {"scope": settings.scope, "audience": settings.audience, "resource": settings.resource}
    return {"grant_type": "client_credentials", **{name: value for name, value in optional.items() if value}}


async def _read_bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for piece in cast("AsyncIterable[bytes]", response.stream):
        body += piece
        if len(body) > _LARGEST_ANSWER:
            raise AuthorizationFailed("the archive's authorization server answered wrongly")
    return bytes(body)


def _read_token(body: bytes) -> Token:
    try:
        granted = msgspec.json.decode(body, type=_Granted)
        lifetime = _DEFAULT_LIFETIME if granted.expires_in is None else float(granted.expires_in)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise AuthorizationFailed("the archive's authorization server answered wrongly") from None
    if granted.token_type.lower() != "bearer" or not _TOKEN.fullmatch(granted.access_token):
        raise AuthorizationFailed("the archive's authorization server gave a token that cannot be used")
    return Token(granted.access_token, min(max(0.0, lifetime), _LONGEST_LIFETIME))


def _refusal(status: int) -> str:
    if status in {400, 401, 403}:
        return "the archive's authorization server does not accept this service's client; correct its configuration"
    if 300 <= status < 400:
        return "the archive's authorization server sends elsewhere, where this service does not follow"
    return "the archive's authorization server failed"


def _unreachable(error: Exception) -> str:
    if isinstance(error, AuthorizationFailed):
        return str(error)
    if tls_words(error) is not None:
        return "the archive's authorization server could not be verified"
    return "the archive's authorization server cannot be reached"
