"""A patient index to test with: the demo's, in the same process, or one that misbehaves."""

from collections.abc import Awaitable, Callable
import json
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.index import SYSTEMS
from proxy.patients.index import FhirPatientIndex
from proxy.settings.patients import AssigningAuthority, PatientIndex

AUTHORITIES = tuple(AssigningAuthority(name=name, system=system) for name, system in SYSTEMS.items())
BASE_URL = "http://index.test"


def index_settings(**more: Any) -> PatientIndex:
    return PatientIndex(base_url=BASE_URL, authorities=AUTHORITIES, **{"seconds": 1.0, **more})


def asking(app: Starlette, timer: Callable[[], float] = lambda: 0.0, **more: Any) -> FhirPatientIndex:
    return FhirPatientIndex(index_settings(**more), httpx.ASGITransport(app, raise_app_exceptions=False), timer)


def answering(body: bytes | Any, status: int = 200, before: Callable[[], Awaitable[None]] | None = None) -> Starlette:
    """An index that gives the same answer to everything, after `before`."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def answer(_: Request) -> Response:
        if before is not None:
            await before()
        return Response(content, status, media_type="application/fhir+json")

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


def outcome(code: str) -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code}]}


def parameters(*identifiers: tuple[Any, Any]) -> dict[str, Any]:
    named = [
        {"name": "targetIdentifier", "valueIdentifier": {"system": system, "value": value}}
        for system, value in identifiers
    ]
    return {"resourceType": "Parameters", "parameter": named}
