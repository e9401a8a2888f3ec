"""How much a client waits for each request, as its `Priority` header says (RFC 9218 §4, §5).

Browsers send it by themselves, and so say which images are on the screen; clients that do not are in the middle.
"""

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from proxy.urgency import RequestDemand, demanded

_URGENCY = re.compile(r"u=([0-7])(;.*)?", re.DOTALL)


class RequestPriority:
    """Pure ASGI middleware: the request's demand accompanies whatever is done for it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        demand = to_demand(Headers(scope=scope).getlist("priority"))
        with demanded(demand):
            await self._app(scope, receive, send)


def to_demand(priorities: list[str]) -> RequestDemand:
    """The last valid urgency counts, as in any dictionary (RFC 8941 §4.2.2); what is not understood changes nothing."""
    members = (member.strip(" \t") for member in ",".join(priorities).split(","))
    found = [int(match[1]) for member in members if (match := _URGENCY.fullmatch(member))]
    return RequestDemand(found[-1]) if found else RequestDemand()
