"""One line for each request: the route's template and what came of it, never the path, the query or the caller."""

import logging

from proxy.observability.fields import Field

_logger = logging.getLogger(__name__)


def request_log(
    *,
    method: str,
    route: str,
    status: int,
    seconds: float,
    request: str,
    failure: BaseException | None = None,
) -> None:
    """Log one request. `request` is its id, `route` a template such as `/dicomweb/studies/{study}`.

    A `failure`, which nothing foresaw, makes it an error with the types and places of the exceptions.
    """
    fields: dict[str, str | int | float] = {
        Field.METHOD: method,
        Field.ROUTE: route,
        Field.STATUS: status,
        Field.SECONDS: seconds,
        Field.REQUEST: request,
    }
    if failure is None:
        _logger.info("request answered", extra=fields)
    else:
        _logger.error("request failed", extra=fields, exc_info=failure)
