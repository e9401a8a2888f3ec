"""The HTTP doors for care events: this service's own JSON, and FHIR R4 notifications."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from proxy.care import fhir, own
from proxy.care.errors import UnknownPatient
from proxy.care.event import CareEvent
from proxy.care.reception import Reception, Staff, Taken
from proxy.care.senders import Sender, Senders
from proxy.errors import BadRequest, NotAuthenticated, NotPermitted
from proxy.http.bodies import body_of
from proxy.http.client import address_of
from proxy.http.identity import caller_of

_JSON: Final = frozenset({"application/json"})
_FHIR: Final = frozenset({"application/fhir+json", "application/json"})
_NOTIFIED: Final = frozenset({"Encounter", "Appointment"})


@dataclass(frozen=True, slots=True)
class Doors:
    """Who may come in and what then happens."""

    senders: Senders
    staff: Staff
    reception: Reception

    async def take(self, request: Request) -> Response:
        """One care event in this service's own JSON: 202 with the name under which notices speak of it."""
        sender = await self._sender(request, "http")
        try:
            event = own.read_event(await body_of(request, _JSON))
        except BadRequest as error:
            await self._refuse(request, sender, "http", error)
            raise
        taken = await self.reception.receive(sender, event, address_of(request), "http")
        document = {"repeated": True} if taken.repeated else {"event": taken.event, "repeated": False}
        return Response(msgspec.json.encode(document), 202, media_type="application/json")

    async def notify(self, request: Request) -> Response:
        """A FHIR R4 notification: a Bundle of a subscription, or the resource itself (rest-hook with a payload)."""
        sender = await self._sender(request, "fhir")
        try:
            events = fhir.read_events(await body_of(request, _FHIR))
            _require_kind(request)
            taken = await self._take_all(request, sender, events)
        except UnknownPatient as error:
            return _outcome("error", "not-found", str(error), 422)
        except BadRequest as error:
            await self._refuse(request, sender, "fhir", error)
            return _outcome("error", "invalid", str(error), 400)
        return _outcome("information", "informational", f"{len(taken)} care events taken", 200)

    async def _take_all(self, request: Request, sender: Sender, events: Sequence[CareEvent]) -> list[Taken]:
        """Every one that can be taken; then the first refusal, if there was one."""
        taken: list[Taken] = []
        refusals: list[UnknownPatient] = []
        for event in events:
            try:
                taken.append(await self.reception.receive(sender, event, address_of(request), "fhir"))
            except UnknownPatient as error:
                refusals.append(error)
        if refusals and not taken:
            raise refusals[0]
        return taken

    async def _sender(self, request: Request, way: str) -> Sender:
        """Who sends `request`, by a bearer token and never by a cookie. Everybody else is refused, on record."""
        if "authorization" not in request.headers:
            raise NotAuthenticated("a care event is taken with a bearer token only")
        caller = await caller_of(request)
        sender = self.senders.of_subject(caller.subject)
        if sender is None or self.staff.is_suspended(caller.subject):
            cause = f"`{caller.subject}` may not tell of care events"
            await self.reception.refuse(address_of(request), way, cause)
            raise NotPermitted("this account may not tell of care events").recorded()
        return sender

    async def _refuse(self, request: Request, sender: Sender, way: str, error: BadRequest) -> None:
        await self.reception.refuse(address_of(request), way, str(error), sender.id)


def routes(doors: Doors) -> list[BaseRoute]:
    """None at all where there is no sender."""
    if not doors.senders:
        return []
    return [
        Route("/care-events", doors.take, methods=["POST"]),
        Route("/fhir/notifications", doors.notify, methods=["POST"]),
        Route("/fhir/notifications/{kind}/{id}", doors.notify, methods=["PUT"]),
    ]


def _require_kind(request: Request) -> None:
    """A rest-hook puts a resource to its own address (http://hl7.org/fhir/R4/subscription.html#2.46.8.1)."""
    parameters: Mapping[str, str] = request.path_params
    if parameters and parameters["kind"] not in _NOTIFIED:
        raise BadRequest("the notification is no Encounter and no Appointment")


def _outcome(severity: str, code: str, words: str, status: int) -> Response:
    """An OperationOutcome (http://hl7.org/fhir/R4/operationoutcome.html)."""
    issue = {"severity": severity, "code": code, "diagnostics": words}
    document = {"resourceType": "OperationOutcome", "issue": [issue]}
    return Response(msgspec.json.encode(document), status, media_type="application/fhir+json")
