"""The door by which a consent register tells that something has changed: a JSON notice, or a FHIR R4 notification."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from proxy.access.caller import Caller
from proxy.access.events import caller_event
from proxy.audit.event import EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.care.reception import Staff
from proxy.consents.consents import Consents
from proxy.errors import BadRequest, NotAuthenticated, NotPermitted
from proxy.http.bodies import body_of
from proxy.http.identity import caller_of
from proxy.resources import PatientIdentifier

_JSON: Final = frozenset({"application/json", "application/fhir+json"})


@dataclass(frozen=True, slots=True)
class ConsentDoor:
    """`senders` are the subjects that may tell; `systems` give an assigning authority by its URI in FHIR."""

    consents: Consents
    senders: tuple[str, ...]
    systems: dict[str, str]
    staff: Staff
    audit: AuditLog

    async def changed(self, request: Request) -> Response:
        """Ask again about those patients who are named; about everybody where nobody is, or not plainly enough."""
        caller = await self._sender(request)
        patients = list(self._patients(_read(await body_of(request, _JSON))))
        detail: dict[str, str | int] = {"patients": len(patients)}
        await self.audit.record(caller_event(EventKind.CONSENTS_CHANGED, Outcome.SUCCESS, caller, detail))
        self.consents.forget(patients)
        return Response(status_code=204)

    async def _sender(self, request: Request) -> Caller:
        """Known by a bearer token, never by a cookie."""
        if "authorization" not in request.headers:
            raise NotAuthenticated("that consents have changed is taken with a bearer token only")
        caller = await caller_of(request)
        if caller.subject not in self.senders or self.staff.is_suspended(caller.subject):
            await self.audit.record(caller_event(EventKind.CONSENTS_CHANGED, Outcome.REFUSED, caller))
            raise NotPermitted("this account may not tell that consents have changed").recorded()
        return caller

    def _patients(self, document: dict[str, Any]) -> Iterator[PatientIdentifier]:
        """From `{"patients": [{"authority", "value"}]}`, or from the identifier of a Consent's patient."""
        named = document.get("patients")
        for one in named if isinstance(named, list) else ():
            if not isinstance(one, dict):
                raise BadRequest("`patients` are objects with `authority` and `value`")
            yield PatientIdentifier(str(one.get("authority", "")), str(one.get("value", "")))
        patient = document.get("patient")
        identifier = patient.get("identifier") if isinstance(patient, dict) else None
        if isinstance(identifier, dict) and identifier.get("system") in self.systems:
            yield PatientIdentifier(self.systems[identifier["system"]], str(identifier.get("value", "")))


def routes(door: ConsentDoor) -> list[BaseRoute]:
    """None at all where nobody may tell."""
    if not door.senders or not door.consents.asks:
        return []
    return [
        Route("/consents/changed", door.changed, methods=["POST"]),
        Route("/consents/changed/{kind}/{id}", door.changed, methods=["PUT"]),
    ]


def _read(body: bytes) -> dict[str, Any]:
    """An empty body, as a subscription without payload sends it, names nobody."""
    if not body:
        return {}
    try:
        document = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        raise BadRequest("the body is not JSON") from None
    return document if isinstance(document, dict) else {}
