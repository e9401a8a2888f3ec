"""Errors as FHIR clients expect them: status and words of the problem, as an OperationOutcome (FHIR R4 §3.1.0.1)."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from proxy.errors import VitrineError
from proxy.http.problems import to_response

FHIR_JSON: Final = "application/fhir+json"

Endpoint = Callable[[Request], Awaitable[Response]]
_ISSUES: Final = {
    HTTPStatus.BAD_REQUEST: "invalid",
    HTTPStatus.UNAUTHORIZED: "login",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.NOT_ACCEPTABLE: "not-supported",
    HTTPStatus.SERVICE_UNAVAILABLE: "transient",
}


class _Problem(msgspec.Struct, frozen=True):
    detail: str


def with_outcomes(endpoint: Endpoint) -> Endpoint:
    """`endpoint`, whose errors are told by OperationOutcomes."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except VitrineError as error:
            return _outcome(to_response(request, error))

    return answer


def _outcome(problem: Response) -> Response:
    words = msgspec.json.decode(bytes(problem.body), type=_Problem).detail
    code = _ISSUES.get(HTTPStatus(problem.status_code), "exception")
    issue = {"severity": "error", "code": code, "diagnostics": words}
    body = msgspec.json.encode({"resourceType": "OperationOutcome", "issue": [issue]})
    own = {"content-length", "content-type"}
    kept = {name: value for name, value in problem.headers.items() if name not in own}
    return Response(body, problem.status_code, kept, media_type=FHIR_JSON)
