"""What every request must satisfy before a route sees it: one known Host, no doubled headers, sizes (RFC 9112)."""

from collections.abc import Iterable
from http import HTTPStatus
import json
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

MAXIMUM_HEADER_BYTES = 16 * 1024
MAXIMUM_TARGET_BYTES = 4 * 1024
_ONCE = frozenset(
    {
        b"host",
        b"authorization",
        b"cookie",
        b"content-length",
        b"content-type",
        b"dpop",
        b"transfer-encoding",
        b"origin",
        b"range",
    }
)
_ONCE_IN_HTTP_2 = _ONCE - {b"cookie"}


class RequestGuard:
    """Pure ASGI middleware refusing ambiguous requests, which two parsers could read in two ways.

    `hosts` are the Host header values this service answers to (RFC 9110 §7.2). An HTTP/2 request carries its authority
    as `:authority`, which the server hands on as Host; several `cookie` fields are legal there (RFC 9113 §8.2.3).
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower().encode() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = self._verdict(scope)
        if status is None:
            await self._app(scope, receive, send)
        else:
            await _refuse(status, send)

    def _verdict(self, scope: Scope) -> HTTPStatus | None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        if sum([len(name) + len(value) for name, value in headers]) > MAXIMUM_HEADER_BYTES:
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        if len(scope.get("raw_path", b"")) + len(scope.get("query_string", b"")) > MAXIMUM_TARGET_BYTES:
            return HTTPStatus.REQUEST_URI_TOO_LONG
        once = _ONCE_IN_HTTP_2 if scope.get("http_version", "1.1").startswith("2") else _ONCE
        names = [name for name, _ in headers if name in once]
        if len(set(names)) < len(names):
            return HTTPStatus.BAD_REQUEST
        if b"transfer-encoding" in names:
            return HTTPStatus.BAD_REQUEST  # no body here has an unknown length, and two lengths smuggle requests
        host = dict(headers).get(b"host")
        if host is None:
            return HTTPStatus.BAD_REQUEST
        return None if host.lower() in self._hosts else HTTPStatus.MISDIRECTED_REQUEST


async def _refuse(status: HTTPStatus, send: Send) -> None:
    kind = status.name.lower().replace("_", "-")
    document = {"type": f"urn:vitrine:problem:{kind}", "title": status.phrase, "status": status.value}
    body = json.dumps(document).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def hosts_of(public_url: str) -> tuple[str, ...]:
    """The Host values of `public_url`; a loopback origin is also known by its other loopback spellings.

    A port may be left out: some DICOMweb clients do, and it is the name that a forged Host or a rebound DNS changes.
    """
    parts = urlsplit(public_url)
    names = {parts.hostname or ""}
    if names & {"localhost", "127.0.0.1"}:
        names = {"localhost", "127.0.0.1"}
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    return (*(f"{name}:{port}" for name in sorted(names)), *sorted(names))
