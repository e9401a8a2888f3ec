"""The officers' search of the audit log, and what of it can be drawn; each reading is on record first."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from proxy.access.events import caller_event
from proxy.audit.canonical import to_time
from proxy.audit.event import EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.audit.reading import Readings, Record
from proxy.audit.store import EventQuery
from proxy.console.audit.figures import to_figures
from proxy.errors import NotPermitted
from proxy.http.bodies import read_body
from proxy.http.json import json_response
from proxy.oversight.asked import Patient, Period
from proxy.oversight.officers import Officer
from proxy.oversight.readers import Readers

_PAGE: Final = 100
_PART: Final = 10_000
_MOST: Final = 50_000
"""Views that figures are made of: the newest."""

_Word = Annotated[str, msgspec.Meta(max_length=256)]


class Filter(Period, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is looked for; what is None is not asked about. `emergency` asks for what was under a declared one."""

    patient: Patient | None = None
    subject: _Word | None = None
    institution: _Word | None = None
    study: _Word | None = None
    kind: EventKind | None = None
    outcome: Outcome | None = None
    purpose: _Word | None = None
    emergency: bool = False


class Asked(Filter, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`before` is where the page before ended."""

    before: Annotated[int, msgspec.Meta(ge=1, le=2**53)] | None = None


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """`institutions` are names by id; `rules` gives the sentences of the policy in force by id."""

    readers: Readers
    readings: Readings
    audit: AuditLog
    institutions: Mapping[str, str]
    rules: Callable[[], Mapping[str, str]]

    async def search(self, request: Request) -> Response:
        """A page, the newest first."""
        officer = await self.readers.officers.reading(request)
        asked = await read_body(request, Asked)
        queries = await self._queries(officer, asked, replace(_ANY, before=asked.before, limit=_PAGE + 1))
        found = await self._newest(queries)
        page = found[:_PAGE]
        await self._record(officer, asked, "search", len(page))
        rules, decided = self.rules(), {rule for record in page for rule in record.event.reasons}
        document = {
            "events": [_event(record, self.institutions) for record in page],
            "rules": {rule: rules[rule] for rule in decided if rule in rules},
            "before": page[-1].sequence if len(found) > _PAGE else None,
        }
        return json_response(request, document)

    async def figures(self, request: Request) -> Response:
        """How many views on each day, from where to where, and how many of them in an emergency."""
        officer = await self.readers.officers.reading(request)
        asked = await read_body(request, Filter)
        queries = await self._queries(officer, asked, replace(_ANY, kind=EventKind.VIEW_OPENED, limit=_PART))
        records: list[Record] = []
        while (part := await self._newest(queries)) and len(records) < _MOST:
            records += part
            queries = [replace(one, before=part[-1].sequence) for one in queries]
        await self._record(officer, asked, "figures", len(records))
        figures = await asyncio.to_thread(to_figures, records, self.institutions)
        return json_response(request, {**figures, "truncated": bool(part)})

    async def _queries(self, officer: Officer, asked: Filter, query: EventQuery) -> list[EventQuery]:
        """One for each identifier of the patient; an officer of an institution searches what is about it."""
        asked.require()
        if officer.institution is not None and asked.institution not in {None, officer.institution}:
            raise NotPermitted("officers of an institution search what is about it")
        narrowed = replace(
            query,
            subject=asked.subject,
            institution=officer.institution or asked.institution,
            study=asked.study,
            kind=query.kind or asked.kind,
            outcome=asked.outcome,
            purpose=asked.purpose,
            emergency=asked.emergency,
            since=asked.start,
            until=asked.end,
        )
        if asked.patient is None:
            return [narrowed]
        known = await self.readers.known_as(asked.patient.identifier)
        return [replace(narrowed, patient=one) for one in known]

    async def _newest(self, queries: Sequence[EventQuery]) -> list[Record]:
        """The newest that any of `queries` finds, as many as one of them may."""
        found = [record for query in queries for record in await self.readings.find(query)]
        return sorted(found, key=lambda record: record.sequence, reverse=True)[: queries[0].limit]

    async def _record(self, officer: Officer, asked: Filter, by: str, count: int) -> None:
        detail: dict[str, str | int] = {"by": f"console-{by}", "events": count}
        event = caller_event(EventKind.AUDIT_READ, Outcome.SUCCESS, officer.caller, detail)
        about = str(asked.patient) if asked.patient else ""
        await self.audit.record(replace(event, patient=about, study=asked.study or ""))


_ANY: Final = EventQuery(newest=True)


def _event(record: Record, institutions: Mapping[str, str]) -> dict[str, Any]:
    event = record.event
    return {
        "record": record.sequence,
        "time": to_time(record.at),
        "kind": event.kind.value,
        "outcome": event.outcome.value,
        "subject": event.subject,
        "name": event.name,
        "organization": event.organization,
        "roles": list(event.roles),
        "purpose": event.purpose,
        "address": event.address,
        "institution": event.institution,
        "institution_name": institutions.get(event.institution, event.institution),
        "patient": event.patient,
        "study": event.study,
        "study_date": str(event.detail.get("study-date", "")),
        "modalities": str(event.detail.get("modalities", "")),
        "reasons": list(event.reasons),
        "policy": event.policy,
        "emergency": str(event.detail.get("emergency", "")),
    }
