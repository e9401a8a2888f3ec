"""What goes wrong with an archive when a test wants it to: slow, silent, failing, cut short, or about somebody else."""

import asyncio
from dataclasses import dataclass
import re

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KINDS = (
    ("metadata", re.compile(r"/metadata$")),
    ("frames", re.compile(r"/frames/[^/]*$")),
    ("bulkdata", re.compile(r"/(bulkdata/.+|pixeldata)$")),
    ("search", re.compile(r"/(studies|series|instances)$")),
    ("objects", re.compile(r"/(studies|series|instances)/[^/]+$")),
)

_LENGTH = re.compile(rb"Content-Length: \d+\r\n")


@dataclass(frozen=True, slots=True)
class Fault:
    """`instead` is the path of another resource of this archive, which is given in the place of the one asked for.

    Only paths that end in `at` are ill, and requests with `spares` in their Accept header are answered well. `truncate`
    and `drop` count bytes of the body: after so many it ends as if it were whole, or the line breaks. `unmeasured`
    parts do not tell their lengths. What happens `once` is over after one request.
    """

    delay: float = 0.0
    status: int | None = None
    instead: str = ""
    truncate: int | None = None
    drop: int | None = None
    silent: bool = False
    unmeasured: bool = False
    spares: str = ""
    at: str = ""
    once: bool = False


def kind_of(path: str) -> str:
    """`search`, `metadata`, `frames`, `bulkdata`, `objects`, or `other`."""
    return next((kind for kind, pattern in _KINDS if pattern.search(path)), "other")


def _is_spared(fault: Fault, scope: Scope) -> bool:
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return bool(fault.spares) and fault.spares.encode() in accept


class Asked:
    """Notes every request as (kind, path) in `requests`, and lets `faults` happen to requests of their kind."""

    def __init__(self, app: ASGIApp, requests: list[tuple[str, str]], faults: dict[str, Fault]) -> None:
        self._app = app
        self._requests = requests
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        kind = kind_of(path)
        self._requests.append((kind, path))
        fault = self._faults.get(kind)
        if fault is None or not path.endswith(fault.at) or _is_spared(fault, scope):
            await self._app(scope, receive, send)
            return
        if fault.once:
            del self._faults[kind]
        await self._fail(fault, scope, receive, send)

    async def _fail(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(fault.delay)
        if fault.silent:
            await asyncio.Event().wait()
        if fault.status is not None:
            await PlainTextResponse("the archive is unwell", fault.status)(scope, receive, send)
            return
        if fault.instead:
            path = f"{scope.get('root_path', '')}{fault.instead}"
            scope = {**scope, "path": path, "raw_path": path.encode("ascii")}
        cut = _Cut(send, fault)
        await self._app(scope, receive, _unmeasured(cut.send) if fault.unmeasured else cut.send)


def _unmeasured(send: Send) -> Send:
    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [(name, value) for name, value in message["headers"] if name.lower() != b"content-length"]
            await send({**message, "headers": headers})
        else:
            await send({**message, "body": _LENGTH.sub(b"", message.get("body", b""))})

    return send_on


class _Cut:
    """Sends so many bytes of a body, then ends it or breaks off."""

    def __init__(self, send: Send, fault: Fault) -> None:
        self._send = send
        self._fault = fault
        self._ended = False
        self._left = min((one for one in (fault.truncate, fault.drop) if one is not None), default=None)

    async def send(self, message: Message) -> None:
        if self._left is None or self._ended:
            if not self._ended:
                await self._send(message)
            return
        if message["type"] == "http.response.start":
            headers = [(name, value) for name, value in message["headers"] if name.lower() != b"content-length"]
            await self._send({**message, "headers": headers})
        else:
            await self._send_body(message.get("body", b""), more=message.get("more_body", False))

    async def _send_body(self, body: bytes, *, more: bool) -> None:
        left = self._left or 0
        self._left = left - len(body)
        self._ended = self._left <= 0
        if self._ended and self._fault.drop is not None:
            await self._send({"type": "http.response.body", "body": body[:left], "more_body": True})
            raise ConnectionResetError("the archive broke off")
        await self._send({"type": "http.response.body", "body": body[:left], "more_body": more and not self._ended})
