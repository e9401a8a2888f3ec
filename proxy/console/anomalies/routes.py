"""Anomalies as cases with a clock, for the officers who answer for them, and what they made of each."""

import asyncio
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from proxy.access.events import caller_event
from proxy.audit.canonical import to_time
from proxy.audit.event import EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.audit.reading import Readings
from proxy.audit.reading import Record as Recorded
from proxy.audit.store import MAXIMUM_ROWS, EventQuery
from proxy.console.anomalies.access import NEAR, Access, to_accesses, to_care_events
from proxy.console.anomalies.cases import Case, Violation, cases_of
from proxy.console.anomalies.dispositions import Disposition, DispositionStore, Finding, Opinion
from proxy.errors import NotFound, NotPermitted
from proxy.http.bodies import read_body
from proxy.http.json import json_response
from proxy.oversight.officers import Officer, Officers
from proxy.policies.remembering import PastDecisions

SHOWN_DAYS: Final = 30
_READ_DAYS: Final = 60
"""What is usual for a person is seen in the month before."""

MOST: Final = MAXIMUM_ROWS
"""Records of each kind that are looked at: the newest."""

_KINDS: Final = (
    EventKind.VIEW_OPENED,
    EventKind.VIEW_REFUSED,
    EventKind.SEARCH,
    EventKind.COPYING_SUSPECTED,
    EventKind.VIEW_CLOSED,
    EventKind.LINK_OPENED,
)
_REMEMBERED_DAYS: Final = 365
_EVERYTHING: Final = EventQuery(limit=MOST, newest=True)


@dataclass(frozen=True, slots=True)
class Record:
    """The audit log with the facts that were kept beside it, as far back as rules look."""

    readings: Readings
    past: PastDecisions
    person_of: Callable[[str], Hashable]
    clock: Callable[[], float]

    async def accesses(self, officer: Officer, days: int) -> list[Access]:
        """What `officer` answers for, in the order of the log. Care events are the exchange's, whoever asks."""
        found, past = await self.events(officer, _KINDS, days), await self.past.of_days(days, MOST)
        since = datetime.fromtimestamp(self.clock(), UTC) - timedelta(days=days) - NEAR
        told = await self.readings.find(replace(_EVERYTHING, kind=EventKind.CARE_EVENT, since=since))
        whole = since if len(told) < MOST else told[0].at
        return await asyncio.to_thread(to_accesses, found, past, to_care_events(told, self.person_of, whole))

    async def violations(self, officer: Officer) -> list[Violation]:
        """What officers found, in the scope of `officer`."""
        found = await self.events(officer, [EventKind.ANOMALY_REVIEWED], _REMEMBERED_DAYS)
        return [
            Violation(str(one.event.detail.get("about", "")), one.at, one.sequence)
            for one in found
            if one.event.detail.get("finding") == Finding.VIOLATION
        ]

    async def events(
        self,
        officer: Officer,
        kinds: Iterable[EventKind],
        days: int,
        subject: str | None = None,
        study: str | None = None,
    ) -> list[Recorded]:
        """What `officer` answers for of these kinds, in the order of the log."""
        since = datetime.fromtimestamp(self.clock(), UTC) - timedelta(days=days)
        asked = replace(_EVERYTHING, subject=subject, study=study, since=since, institution=officer.institution)
        found = [one for kind in kinds for one in await self.readings.find(replace(asked, kind=kind))]
        return sorted(found, key=lambda one: one.sequence)

    async def kept(self, days: int) -> frozenset[int]:
        """The records whose facts are kept."""
        return frozenset(one.event for one in await self.past.of_days(days, MOST))


@dataclass(frozen=True, slots=True)
class Anomalies:
    officers: Officers
    record: Record
    store: DispositionStore
    audit: AuditLog
    clock: Callable[[], float]

    async def all(self, request: Request) -> Response:
        """Looking for them reads the log, which is an event of its own."""
        officer = await self.officers.reading(request)
        cases, reviewed = await self._cases(officer), await asyncio.to_thread(self.store.all)
        detail: dict[str, str | int] = {"anomalies": len(cases)}
        await self.audit.record(caller_event(EventKind.AUDIT_READ, Outcome.SUCCESS, officer.caller, detail))
        now = datetime.fromtimestamp(self.clock(), UTC)
        return json_response(request, [_case(one, reviewed.get(one.id, []), now, officer) for one in cases])

    async def dispose(self, request: Request) -> Response:
        """On record before it is kept. Nobody says anything of a case that is about them."""
        officer = await self.officers.changing(request)
        opinion = await read_body(request, Opinion)
        wanted = request.path_params["case"]
        case = next((one for one in await self._cases(officer) if one.id == wanted), None)
        if case is None:
            raise NotFound
        if case.subject == officer.caller.subject:
            raise NotPermitted("nobody decides about themselves")
        now = datetime.fromtimestamp(self.clock(), UTC)
        told = Disposition(case.id, opinion, officer.caller.subject, now)
        detail: dict[str, str | int] = {
            "case": case.id,
            "about": case.subject,
            "finding": opinion.finding.value,
            "reason": opinion.reason,
        }
        event = caller_event(EventKind.ANOMALY_REVIEWED, Outcome.SUCCESS, officer.caller, detail)
        await self.audit.record(replace(event, institution=officer.institution or ""))
        await asyncio.to_thread(self.store.add, told)
        return json_response(request, _disposition(told))

    async def _cases(self, officer: Officer) -> list[Case]:
        accesses = await self.record.accesses(officer, _READ_DAYS)
        scope = officer.institution or ""
        violations = await self.record.violations(officer)
        return await asyncio.to_thread(cases_of, accesses, scope, SHOWN_DAYS, violations)


def _case(case: Case, reviewed: Sequence[Disposition], now: datetime, officer: Officer) -> dict[str, Any]:
    closed = bool(reviewed) and reviewed[-1].closes
    return {
        "case": case.id,
        "subject": case.subject,
        "name": case.name,
        "organization": case.organization,
        "day": case.day.isoformat(),
        "score": case.score,
        "patients": case.patients,
        "due": to_time(case.due),
        "overdue": not closed and case.due <= now,
        "closed": closed,
        "own": case.subject == officer.caller.subject,
        "findings": [
            {"rule": one.rule, "words": one.words, "score": one.score, "evidence": list(one.evidence)}
            for one in case.findings
        ],
        "dispositions": [_disposition(one) for one in reviewed],
    }


def _disposition(one: Disposition) -> dict[str, Any]:
    return {
        "finding": one.opinion.finding.value,
        "reason": one.opinion.reason,
        "author": one.author,
        "at": to_time(one.at),
    }
