"""The door of a witness: other services show the checkpoints of their audit logs (https://c2sp.org/tlog-witness).

Whoever asks is known by the signature under the checkpoint alone. Nothing about patients or users comes this way.
"""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from proxy.audit.checkpoints.witnessing import (
    LONGEST_BODY,
    Contradiction,
    MalformedSubmission,
    NotItsKey,
    OtherSize,
    UnknownLog,
    WitnessDesk,
)
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.errors import BadRequest
from proxy.http.bodies import body_of
from proxy.settings.audit import SUBMISSION

ROOT: Final = "/audit/witness"
_TEXT: Final = frozenset({"text/plain", "application/octet-stream"})


def routes(desk: WitnessDesk, audit: AuditLog) -> list[BaseRoute]:
    """None where this service is a witness for nobody."""

    async def add(request: Request) -> Response:
        body = await body_of(request, _TEXT, LONGEST_BODY)
        try:
            line = await asyncio.to_thread(desk.take, body.decode())
        except (MalformedSubmission, UnicodeDecodeError):
            raise BadRequest("the body is not a checkpoint with its proof") from None
        except UnknownLog:
            return PlainTextResponse("unknown log\n", 404)
        except NotItsKey:
            return PlainTextResponse("not signed with the key of this log\n", 403)
        except OtherSize as error:
            return Response(f"{error.size}\n", 409, {"Content-Type": "text/x.tlog.size"})
        except Contradiction:
            await audit.record(Event(EventKind.CHECKPOINT_REFUSED, Outcome.REFUSED, detail={"witness": "here"}))
            return PlainTextResponse("not the log that was seen before\n", 422)
        return PlainTextResponse(line)

    return [Route(ROOT + SUBMISSION, add, methods=["POST"])] if desk.known else []
