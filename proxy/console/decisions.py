"""What was decided lately, and about whom it may be asked: from here officers go on to ask why."""

from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from proxy.access.events import caller_event
from proxy.audit.canonical import to_time
from proxy.audit.event import EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.audit.store import EventQuery
from proxy.console.anomalies.routes import Record
from proxy.http.json import json_response
from proxy.oversight.officers import Officers

_DAYS: Final = 90
_MOST: Final = 200
_SHOWN: Final = frozenset({EventKind.VIEW_OPENED, EventKind.VIEW_REFUSED})


@dataclass(frozen=True, slots=True)
class Decisions:
    officers: Officers
    record: Record
    audit: AuditLog

    async def all(self, request: Request) -> Response:
        """The newest first; `explained` are those whose facts are kept. Reading them is an event of its own."""
        officer = await self.officers.reading(request)
        accesses = await self.record.accesses(officer, _DAYS, _MOST)
        shown = [one for one in reversed(accesses) if one.kind in _SHOWN][:_MOST]
        detail: dict[str, str | int] = {"events": len(shown)}
        await self.audit.record(caller_event(EventKind.AUDIT_READ, Outcome.SUCCESS, officer.caller, detail))
        told = [
            {
                "event": one.number,
                "at": to_time(one.at),
                "subject": one.subject,
                "name": one.name,
                "organization": one.organization,
                "institution": one.institution,
                "study": one.study,
                "permitted": one.opened,
                "explained": one.facts is not None,
            }
            for one in shown
        ]
        return json_response(request, told)

    async def people(self, request: Request) -> Response:
        """Who signed in lately, as their tokens said. The exchange's own officers alone are told."""
        officer = await self.officers.reading(request)
        if officer.institution is not None:
            return json_response(request, [])
        query = EventQuery(kind=EventKind.LOGIN, limit=_MOST, newest=True)
        events = [one.event for one in reversed(await self.record.readings.find(query))]
        await self.audit.record(
            caller_event(EventKind.AUDIT_READ, Outcome.SUCCESS, officer.caller, {"events": len(events)})
        )
        people: dict[str, dict[str, Any]] = {}
        for event in events:
            if event.subject:
                told = {"subject": event.subject, "name": event.name, "organization": event.organization}
                people.setdefault(event.subject, {**told, "roles": list(event.roles), "purpose": event.purpose})
        return json_response(request, list(people.values()))
