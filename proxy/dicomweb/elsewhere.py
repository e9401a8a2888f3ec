"""What one archive failed to give is asked of another, once and before anything was answered (RFC 9110 §9.2.2).

The whole request is answered anew, so that nothing of two archives is mixed and each of them has a permit of its own.
What has begun to be passed on is cut instead.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from proxy.errors import ArchiveFailed, NotFound, Overloaded, RefusedElsewhere
from proxy.federation.admission import Admission

Endpoint = Callable[[Request], Awaitable[Response]]


async def answer_once_more(endpoint: Endpoint, request: Request, admission: Admission) -> Response:
    """What `endpoint` answers; at the second time when the first failed and another archive, or time, may help."""
    try:
        return await endpoint(request)
    except (ArchiveFailed, Overloaded, NotFound, RefusedElsewhere) as failure:
        if not admission.turn_away(failure):
            raise
        first = failure
    try:
        return await endpoint(request)
    except (ArchiveFailed, Overloaded, NotFound, RefusedElsewhere) as second:
        raise (second if isinstance(first, NotFound) else first) from None
