"""What privacy officers read in the portal: recent events and the policy in force, and no images."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from policy.bundle import Bundle
from proxy.access.caller import Caller
from proxy.access.events import caller_event
from proxy.audit.canonical import to_time
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.audit.reading import Readings, Record
from proxy.audit.store import EventQuery
from proxy.audit.views.view import VIEW_KINDS, views_of
from proxy.care.relationships import EventRelationship, EventRelationships
from proxy.errors import BadRequest, NotPermitted
from proxy.http.identity import caller_of
from proxy.http.json import json_response

ROLE = "privacy-officer"
RECENT = 200
_WITHIN = frozenset({EventKind.VIEW_PROGRESS, EventKind.VIEW_CLOSED})
"""What a view session leaves after its beginning."""


@dataclass(frozen=True, slots=True)
class Oversight:
    """`audit` records who reads, `events` reads the log, `policy` gives the bundle in force.

    `suspended` says whether an account is, `told` holds the relationships of care events.
    """

    audit: AuditLog
    events: Readings
    policy: Callable[[], Bundle]
    suspended: Callable[[str], bool]
    told: EventRelationships | None = None

    async def accesses(self, request: Request) -> Response:
        """The newest events after sequence number `after`, newest first. Reading them is an event of its own.

        A view is one, with how many frames were seen in it so far.
        """
        caller = await self._officer(request)
        query = EventQuery(after=_after(request), limit=RECENT, newest=True)
        found = await self.events.find(query)
        detail: dict[str, str | int] = {"after": query.after, "events": len(found)}
        await self.audit.record(caller_event(EventKind.AUDIT_READ, Outcome.SUCCESS, caller, detail))
        seen = {view.session: view.seen for view in await asyncio.to_thread(views_of, found)}
        shown = [one for one in reversed(found) if one.event.kind not in _WITHIN]
        return json_response(request, [_event(one, _frames(one.event, seen)) for one in shown])

    async def rules(self, request: Request) -> Response:
        """The files of the policy bundle in force, as they were written."""
        await self._officer(request)
        bundle = self.policy()
        files = [{"name": file.path, "text": file.text} for file in bundle.files]
        return json_response(request, {"version": bundle.hash, "files": files})

    async def relationships(self, request: Request) -> Response:
        """Who treats whom because of care events, now or later. Reading them is an event of its own."""
        caller = await self._officer(request)
        now = datetime.now(UTC)
        newest = sorted(self.told.in_force(now) if self.told else (), key=lambda one: one.since, reverse=True)[:RECENT]
        detail: dict[str, str | int] = {"relationships": len(newest)}
        await self.audit.record(caller_event(EventKind.AUDIT_READ, Outcome.SUCCESS, caller, detail))
        return json_response(request, [_relationship(one) for one in newest])

    async def _officer(self, request: Request) -> Caller:
        caller = await caller_of(request)
        if ROLE not in caller.roles or self.suspended(caller.subject):
            await self.audit.record(caller_event(EventKind.AUDIT_READ, Outcome.REFUSED, caller))
            raise NotPermitted("only privacy officers read the audit log and the rules here").recorded()
        return caller


def _relationship(one: EventRelationship) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "patient": " ".join(f"{each.authority}|{each.value}" for each in one.identifiers[:1]),
        "kind": one.kind.value,
        "since": to_time(one.since),
        "until": to_time(one.until),
        "sender": one.sender,
        "event": one.event,
    }


def _after(request: Request) -> int:
    text = request.query_params.get("after", "0")
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise BadRequest("`after` is a sequence number")
    return int(text)


def _frames(event: Event, seen: dict[str, int]) -> int:
    """How many frames were seen in the view session that `event` began: told once, of the study or its thumbnail."""
    return seen.pop(event.view_session, 0) if event.kind in VIEW_KINDS else 0


def _event(record: Record, frames: int) -> dict[str, Any]:
    event = record.event
    return {
        "sequence": record.sequence,
        "time": to_time(record.at),
        "kind": event.kind.value,
        "outcome": event.outcome.value,
        "subject": event.subject,
        "name": event.name,
        "organization": event.organization,
        "purpose": event.purpose,
        "institution": event.institution,
        "patient": event.patient,
        "study": event.study,
        "reasons": list(event.reasons),
        "frames": frames,
    }
