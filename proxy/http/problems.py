"""Errors as RFC 9457 problem documents: the one table from what went wrong to what a client is told."""

from dataclasses import dataclass
from http import HTTPStatus
import json

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from proxy import errors
from proxy.access.providers.signatures import ALGORITHMS
from proxy.http.demands import challenge_of
from rendering import errors as rendering_errors


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem: its `type` is stable and documented, its title always the same (RFC 9457 §3.1)."""

    status: HTTPStatus
    kind: str
    title: str

    @property
    def type(self) -> str:
        return f"urn:vitrine:problem:{self.kind}"


INTERNAL = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "The service failed")
TOO_LARGE = Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", "The answer would be too large")
BAD_REQUEST = Problem(HTTPStatus.BAD_REQUEST, "bad-request", "The request is not valid")
DAMAGED = Problem(HTTPStatus.BAD_GATEWAY, "damaged-object", "The archive's object is damaged")

PROBLEMS: dict[type[Exception], Problem] = {
    errors.BadRequest: BAD_REQUEST,
    errors.NotAuthenticated: Problem(HTTPStatus.UNAUTHORIZED, "not-authenticated", "Sign in to continue"),
    errors.InsufficientAuthentication: Problem(
        HTTPStatus.UNAUTHORIZED, "insufficient-authentication", "Prove again who you are"
    ),
    errors.NotPermitted: Problem(HTTPStatus.FORBIDDEN, "not-permitted", "Policy does not permit this"),
    errors.FullFidelityUnconfirmed: Problem(
        HTTPStatus.FORBIDDEN, "full-fidelity-unconfirmed", "Confirm that you need more in full fidelity"
    ),
    errors.NotFound: Problem(HTTPStatus.NOT_FOUND, "not-found", "Nothing to show here"),
    errors.NotAcceptable: Problem(HTTPStatus.NOT_ACCEPTABLE, "not-acceptable", "No acceptable representation"),
    errors.TooLarge: TOO_LARGE,
    errors.RangeNotSatisfiable: Problem(
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "range-not-satisfiable", "There are no such bytes"
    ),
    errors.Overloaded: Problem(HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", "Busy, try again shortly"),
    errors.TooOften: Problem(HTTPStatus.TOO_MANY_REQUESTS, "too-often", "This was done as often as it may be"),
    errors.EmergenciesUnavailable: Problem(
        HTTPStatus.SERVICE_UNAVAILABLE, "emergencies-unavailable", "Emergencies cannot be kept now"
    ),
    errors.LinkRefused: Problem(HTTPStatus.FORBIDDEN, "link-refused", "This link does not open"),
    errors.LinkOver: Problem(HTTPStatus.FORBIDDEN, "link-over", "What the link showed is over"),
    errors.LinksUnavailable: Problem(
        HTTPStatus.SERVICE_UNAVAILABLE, "links-unavailable", "Share links cannot be kept now"
    ),
    errors.AuditUnavailable: Problem(
        HTTPStatus.SERVICE_UNAVAILABLE, "audit-unavailable", "Nothing is shown while the audit log cannot record it"
    ),
    errors.ArchiveTimedOut: Problem(
        HTTPStatus.GATEWAY_TIMEOUT, "archive-timed-out", "An archive did not answer in time"
    ),
    errors.ArchiveResting: Problem(HTTPStatus.SERVICE_UNAVAILABLE, "archive-resting", "An archive is not asked now"),
    errors.OutsideHours: Problem(HTTPStatus.SERVICE_UNAVAILABLE, "outside-hours", "An archive is outside its hours"),
    errors.RenderedOnly: Problem(
        HTTPStatus.SERVICE_UNAVAILABLE, "rendered-only", "An archive gives rendered images only"
    ),
    errors.ArchiveFailed: Problem(HTTPStatus.BAD_GATEWAY, "archive-failed", "An archive failed"),
    errors.AskedAlready: Problem(HTTPStatus.BAD_GATEWAY, "asked-already", "Another exchange answers this elsewhere"),
    errors.LoopDetected: Problem(HTTPStatus.LOOP_DETECTED, "loop-detected", "The question has been here before"),
    errors.PolicyStepRefused: Problem(HTTPStatus.CONFLICT, "policy-step-refused", "The policy was not changed"),
    errors.PolicyVersionsUnavailable: Problem(
        HTTPStatus.SERVICE_UNAVAILABLE, "policy-versions-unavailable", "The policy cannot be changed now"
    ),
    errors.ConsentsUnanswered: Problem(
        HTTPStatus.SERVICE_UNAVAILABLE, "consents-unanswered", "The consent register does not answer"
    ),
    errors.PatientIndexFailed: Problem(HTTPStatus.BAD_GATEWAY, "patient-index-failed", "The patient index failed"),
    rendering_errors.NotAnonymous: Problem(
        HTTPStatus.FORBIDDEN, "not-anonymous", "This cannot be shown without saying whose it is"
    ),
    rendering_errors.UnsupportedObject: Problem(
        HTTPStatus.NOT_ACCEPTABLE, "not-renderable", "This kind of object cannot be shown as an image"
    ),
    rendering_errors.InvalidOption: BAD_REQUEST,
    rendering_errors.TooLarge: TOO_LARGE,
    rendering_errors.MalformedAttributes: DAMAGED,
    rendering_errors.MalformedFrame: DAMAGED,
    rendering_errors.RenderingError: Problem(HTTPStatus.BAD_GATEWAY, "not-rendered", "The image could not be rendered"),
}


_CHALLENGE = f'Bearer realm="vitrine", DPoP realm="vitrine", algs="{" ".join(ALGORITHMS)}"'
"""Both kinds of token are taken; a key's proof may be signed by any of these (RFC 9449 §7.1)."""


def problem_of(error: Exception) -> Problem:
    """The entry of the table for `error`, by its most specific class."""
    return next((PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS), INTERNAL)


def to_response(request: Request, error: Exception) -> Response:
    """`error` as an `application/problem+json` response that says only what is safe to say."""
    problem = problem_of(error)
    document: dict[str, object] = {
        "type": problem.type,
        "title": problem.title,
        "status": problem.status.value,
        "detail": _detail(problem, error),
        "instance": f"urn:vitrine:request:{request.state.request_id}",
    }
    if isinstance(error, errors.ArchiveFailed):
        document["institution"] = error.institution
    if isinstance(error, errors.InsufficientAuthentication):
        document["assurance"] = error.assurance
    if isinstance(error, errors.NotAcceptable) and error.available:
        document["available"] = list(error.available)
    return _response(document, problem.status, _headers(request, error))


def _detail(problem: Problem, error: Exception) -> str:
    """The error's own words where they are ours; the title for everything else. All 404s read the same."""
    words = str(errors.NotFound() if isinstance(error, errors.NotFound) else error) if problem is not INTERNAL else ""
    return words[:1].upper() + words[1:] if words else problem.title


def _headers(request: Request, error: Exception) -> dict[str, str]:
    match error:
        case errors.NotAuthenticated():
            return {"WWW-Authenticate": _CHALLENGE}
        case errors.InsufficientAuthentication():
            return {"WWW-Authenticate": challenge_of(request, error)}
        case (
            errors.Overloaded(retry_after=seconds)
            | errors.TooOften(retry_after=seconds)
            | errors.ArchiveFailed(retry_after=int(seconds))
        ):
            return {"Retry-After": str(seconds)}
        case errors.RangeNotSatisfiable(length=length):
            return {"Content-Range": f"bytes */{length}"}
        case errors.AuditUnavailable() | errors.EmergenciesUnavailable() | errors.ConsentsUnanswered():
            return {"Retry-After": "5"}
        case _:
            return {}


def _response(document: dict[str, object], status: int, headers: dict[str, str]) -> Response:
    body = json.dumps(document, ensure_ascii=False).encode()
    return Response(body, status, headers, media_type="application/problem+json")


def framework_problem(request: Request, error: HTTPException) -> Response:
    """What the router itself refuses: unknown paths and methods other than those a route has (RFC 9110 §15.5.6)."""
    if error.status_code == HTTPStatus.NOT_FOUND:
        return to_response(request, errors.NotFound())
    status = HTTPStatus(error.status_code)
    document: dict[str, object] = {
        "type": f"urn:vitrine:problem:{status.name.lower().replace('_', '-')}",
        "title": status.phrase,
        "status": status.value,
        "instance": f"urn:vitrine:request:{request.state.request_id}",
    }
    return _response(document, status.value, dict(error.headers or {}))
