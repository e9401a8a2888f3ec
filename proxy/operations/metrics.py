"""What operators measure of the running service, in Prometheus' text format: routes and amounts, never people."""

from collections.abc import Callable, Iterable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from proxy.archives.client import ArchiveClient
from proxy.observability.metrics import CONTENT_TYPE, Label, Metrics
from proxy.operations.archives import add_archives

Reading = Callable[[], float]


class ServiceMetrics:
    """Durations of requests by route, and `readings` with their descriptions: counters where the name ends in `_total`,
    else gauges; and how each of `archives` fares.
    """

    def __init__(self, readings: Mapping[str, tuple[str, Reading]], archives: Iterable[ArchiveClient] = ()) -> None:
        self._metrics = Metrics()
        self._requests = self._metrics.histogram(
            "vitrine_request_seconds", "How long requests took", Label.METHOD, Label.ROUTE, Label.STATUS
        )
        for name, (description, read) in readings.items():
            register = self._metrics.counter if name.endswith("_total") else self._metrics.gauge
            register(name, description, read)
        add_archives(self._metrics, archives)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request; `route` is a template, `seconds` its duration."""
        self._requests.observe(seconds, {Label.METHOD: method, Label.ROUTE: route, Label.STATUS: status})

    def routes(self) -> list[BaseRoute]:
        async def read(_: Request) -> Response:
            return Response(self._metrics.exposition(), headers={"Content-Type": CONTENT_TYPE})

        return [Route("/metrics", read)]
