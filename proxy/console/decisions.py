"""What was decided lately, and why anybody was refused anything: policy's refusals, and those that no rule made."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cachetools import LRUCache
from starlette.requests import Request
from starlette.responses import Response

from policy.rule import read_rules
from proxy.access.events import caller_event
from proxy.audit.canonical import to_time
from proxy.audit.event import EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.audit.reading import Record as Recorded
from proxy.audit.store import EventQuery
from proxy.console.anomalies.routes import Record
from proxy.console.reasons import is_refusal, reasons_of
from proxy.errors import BadRequest, PolicyVersionsUnavailable
from proxy.http.json import json_response
from proxy.oversight.officers import Officer, Officers
from proxy.policies.versions import Versions

_DAYS: Final = 90
_MOST: Final = 200
_VERSIONS: Final = 16
_LONGEST: Final = 320
_KINDS: Final = (
    *(EventKind.VIEW_OPENED, EventKind.VIEW_REFUSED, EventKind.SEARCH, EventKind.TURNED_AWAY),
    *(EventKind.EMERGENCY_DECLARED, EventKind.LOGIN_FAILED, EventKind.COPYING_SUSPECTED, EventKind.AUDIT_READ),
    *(EventKind.LINK_MADE, EventKind.LINK_REFUSED, EventKind.LAUNCHED),
    *(EventKind.POLICY_PROPOSED, EventKind.POLICY_APPROVED, EventKind.POLICY_WITHDRAWN, EventKind.POLICY_ROLLED_BACK),
)
_REFUSED_ONLY: Final = frozenset(_KINDS) - {EventKind.VIEW_OPENED}
"""Of these only what was refused is a decision to be asked about; the rest has pages of its own."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """`versions` have the rules as they were when it was decided."""

    officers: Officers
    record: Record
    audit: AuditLog
    versions: Versions
    rules: LRUCache[str, Mapping[str, str]] = field(default_factory=lambda: LRUCache(_VERSIONS))

    async def all(self, request: Request) -> Response:
        """The newest first: all, or those of a `subject`, about a `study`, or `refused`.

        `because` says why something was refused; `explained` are those whose facts are kept besides. Reading them is an
        event of its own.
        """
        officer = await self.officers.reading(request)
        asked = {name: _asked(request, name) for name in ("subject", "study")}
        only_refused = "refused" in request.query_params
        kinds = _REFUSED_ONLY if only_refused else _KINDS
        found = await self.record.events(officer, kinds, _DAYS, **asked)
        shown = [one for one in reversed(found) if _is_decision(one, only_refused=only_refused)][:_MOST]
        kept = await self.record.kept(_DAYS)
        detail: dict[str, str | int] = {"events": len(shown), **{name: value for name, value in asked.items() if value}}
        await self.audit.record(caller_event(EventKind.AUDIT_READ, Outcome.SUCCESS, officer.caller, detail))
        says = {version: await self._says(version, officer) for version in {one.event.policy for one in shown}}
        return json_response(request, [_told(one, says[one.event.policy], kept) for one in shown])

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

    async def _says(self, version: str, officer: Officer) -> Mapping[str, str]:
        """The sentences of the rules of `version` that `officer` is shown, by their names; none where it is gone."""
        if not version:
            return {}
        key = f"{officer.institution or ''} {version}"
        says = self.rules.get(key)
        if says is None:
            try:
                files = await self.versions.files_of(version)
            except PolicyVersionsUnavailable:
                return {}
            shown = [one for one in files if one.path.endswith(".cedar") and officer.is_shown(one.path)]
            rules = await asyncio.to_thread(lambda: [one for file in shown for one in read_rules(file.text, file.path)])
            says = self.rules[key] = {one.id: one.says for one in rules}
        return says


def _asked(request: Request, name: str) -> str | None:
    value = request.query_params.get(name, "").strip()
    if len(value) > _LONGEST:
        raise BadRequest(f"`{name}` is too long")
    return value or None


def _is_decision(record: Recorded, *, only_refused: bool) -> bool:
    return is_refusal(record.event) or not (only_refused or record.event.kind in _REFUSED_ONLY)


def _told(record: Recorded, says: Mapping[str, str], kept: Iterable[int]) -> dict[str, Any]:
    event = record.event
    return {
        "event": record.sequence,
        "at": to_time(record.at),
        "kind": event.kind.value,
        "subject": event.subject,
        "name": event.name,
        "organization": event.organization,
        "institution": event.institution,
        "study": event.study,
        "asked": event.detail.get("capability", event.detail.get("asked", "")),
        "permitted": not is_refusal(event),
        "because": reasons_of(event, says),
        "explained": record.sequence in kept,
    }
