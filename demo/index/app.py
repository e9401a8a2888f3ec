"""The index's resources. Errors are OperationOutcomes in the words of ITI-83."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.archive.credentials import Credentials, Insisting
from demo.index.matching import grade, ranked
from demo.index.people import SYSTEMS, IndexedPerson

_FHIR = "application/fhir+json"
_MATCH_GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
_MOST = 50


def index_app(
    people: Iterable[IndexedPerson],
    credentials: Credentials | None = None,
    systems: Iterable[str] = tuple(SYSTEMS.values()),
) -> Starlette:
    """The index over `people`; `systems` are the assigning authorities that it knows."""
    index = _Index(tuple(people), frozenset(systems))
    middleware = [Middleware(Insisting, credentials=credentials)] if credentials else []
    routes = [
        Route("/Patient/$ihe-pix", index.cross_reference),
        Route("/Patient/$match", index.match, methods=["POST"]),
        Route("/Patient", index.search),
        Route("/Patient/{id}", index.read),
    ]
    return Starlette(routes=routes, middleware=middleware, exception_handlers={HTTPException: _outcome})


class _Index:
    def __init__(self, people: Sequence[IndexedPerson], systems: frozenset[str]) -> None:
        self._people = people
        self._systems = systems

    async def read(self, request: Request) -> Response:
        found = [one for one in self._people if one.id == request.path_params["id"]]
        return _answer(found[0].to_patient()) if found else _problem(404, "not-found", "no such Patient")

    async def search(self, request: Request) -> Response:
        """By `identifier`, as `system|value` (IHE PDQm, ITI-78)."""
        system, _, value = request.query_params.get("identifier", "").partition("|")
        found = [one for one in self._people if (system, value) in one.identifiers]
        return _answer(_bundle([{"resource": one.to_patient(), "search": {"mode": "match"}} for one in found]))

    async def cross_reference(self, request: Request) -> Response:
        """IHE PIXm 2:3.83.4.2: the source identifier is not repeated."""
        system, _, value = request.query_params.get("sourceIdentifier", "").partition("|")
        wanted = request.query_params.getlist("targetSystem")
        if system not in self._systems:
            return _problem(400, "code-invalid", "sourceIdentifier Assigning Authority not found")
        if not set(wanted) <= self._systems:
            return _problem(403, "code-invalid", "targetSystem not found")
        person = next((one for one in self._people if (system, value) in one.identifiers), None)
        if person is None:
            return _problem(404, "not-found", "sourceIdentifier Patient Identifier not found")
        others = [one for one in person.identifiers if one != (system, value) and (not wanted or one[0] in wanted)]
        return _answer({"resourceType": "Parameters", "parameter": [*map(_target, others), _reference(person)]})

    async def match(self, request: Request) -> Response:
        """IHE PDQm 2:3.119.4.2: candidates by score; an empty Bundle when there is nobody."""
        given = {one["name"]: one for one in (await request.json()).get("parameter", ())}
        found = ranked(self._people, given["resource"]["resource"])
        if given.get("onlyCertainMatches", {}).get("valueBoolean"):
            found = [one for one in found if grade(one[0]) == "certain"]
        count = given.get("count", {}).get("valueInteger", _MOST)
        return _answer(_bundle([_entry(score, person) for score, person in found[: min(count, _MOST)]]))


def _target(identifier: tuple[str, str]) -> dict[str, Any]:
    system, value = identifier
    return {"name": "targetIdentifier", "valueIdentifier": {"use": "official", "system": system, "value": value}}


def _reference(person: IndexedPerson) -> dict[str, Any]:
    return {"name": "targetId", "valueReference": {"reference": f"Patient/{person.id}"}}


def _entry(score: float, person: IndexedPerson) -> dict[str, Any]:
    extension = [{"url": _MATCH_GRADE, "valueCode": grade(score)}]
    return {"resource": person.to_patient(), "search": {"extension": extension, "mode": "match", "score": score}}


def _bundle(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": list(entries)}


def _answer(resource: Mapping[str, Any], status: int = 200) -> Response:
    return JSONResponse(resource, status, media_type=_FHIR)


def _problem(status: int, code: str, words: str) -> Response:
    issue = {"severity": "error", "code": code, "diagnostics": words}
    return _answer({"resourceType": "OperationOutcome", "issue": [issue]}, status)


async def _outcome(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the signature of a handler
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _problem(status, "not-supported", "no such resource")
