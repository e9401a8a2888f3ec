"""One line for each request: the route's template and what came of it, never the path, the query or the caller."""

from collections.abc import Mapping
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
        _log_answered(fields)
    else:
        _logger.error("request failed", extra=fields, exc_info=failure)


def _log_answered(fields: Mapping[str, object]) -> None:
    """Without looking for the calling line, as `Logger.info` does: the most frequent line of all is written here."""
    if _logger.isEnabledFor(logging.INFO):
        record = logging.LogRecord(_logger.name, logging.INFO, __file__, 0, "request answered", None, None)
        record.__dict__.update(fields)
        _logger.handle(record)
