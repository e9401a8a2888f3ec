"""Each request gets an id, one log line without personal data, and an answer even when something failed."""

from collections.abc import Callable
import time

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from proxy.http.departure import end_watch
from proxy.http.problems import to_response
from proxy.observability.requests import request_log

Observe = Callable[[str, str, int, float], None]


class BrokenStream(Exception):
    """A body ended before its end; raised to the server so that it cuts the connection, and carrying no details."""


class RequestContext:
    """Pure ASGI middleware. `new_id` gives request ids, which appear in answers and in the log and mean nothing.

    `observe` hears what came of each request, for metrics: method, route template, status and seconds.
    """

    def __init__(self, app: ASGIApp, *, new_id: Callable[[], str], observe: Observe | None = None) -> None:
        self._app = app
        self._new_id = new_id
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        identifier = self._new_id()
        scope.setdefault("state", {})["request_id"] = identifier
        started = time.perf_counter()
        status = 0

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", identifier.encode())]
            elif scope["method"] == "HEAD":
                message["body"] = b""  # HTTP/2 clients take octets after a HEAD for a broken stream (RFC 9110 §9.3.2)
            await send(message)

        failure: Exception | None = None
        try:
            await self._app(scope, receive, send_noting_status)
        except Exception as error:  # the last resort: whatever it is, it is reported and answered safely
            failure = error
        finally:
            end_watch(scope)
        if failure is not None and status == 0:
            await to_response(Request(scope), failure)(scope, receive, send_noting_status)
        route, seconds = route_template(scope), time.perf_counter() - started
        method = scope["method"]
        request_log(method=method, route=route, status=status, seconds=seconds, request=identifier, failure=failure)
        if self._observe is not None:
            self._observe(method, route, status, seconds)
        if failure is not None and status < 400:
            raise BrokenStream from None


def route_template(scope: Scope) -> str:
    """The matched route's template, such as `/dicomweb/studies/{study}`: a path would name patients' studies."""
    route = scope.get("route")
    return getattr(route, "path", "unmatched")
