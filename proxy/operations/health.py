"""Liveness and readiness: whether the process runs, and whether it could show an image now."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route


def routes(*, ready: Callable[[], dict[str, str]]) -> list[BaseRoute]:
    """`ready` gives the parts that are not in order, by name; nothing in these answers tells who uses the service."""

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def readiness(_: Request) -> Response:
        failing = ready()
        return JSONResponse({"status": "failing" if failing else "ready", **failing}, 503 if failing else 200)

    return [Route("/health/live", live), Route("/health/ready", readiness)]
