"""The patients whom a clinician can expect because of care events, and what was found of them ahead.

What was found is no permission: each study is asked about again, for whoever looks and at the moment of looking.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from policy.searches import SearchKey
from proxy.access.asker import Named
from proxy.access.caller import Caller
from proxy.access.enforcement import Enforcement, Visibility
from proxy.access.events import caller_event
from proxy.access.reach import Reach
from proxy.audit.event import EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.care.expected import Expected, Found
from proxy.care.notices import Notices
from proxy.care.relationships import EventRelationship, EventRelationships
from proxy.federation.search import History
from proxy.federation.sources import SourceState
from proxy.http.departure import StreamedResponse
from proxy.http.identity import caller_of
from proxy.http.json import json_response
from proxy.patients.register import Register
from proxy.patients.treating import unknown_patient
from proxy.resources import PatientIdentifier

STREAM_SECONDS: Final = 240.0
"""After so long the page asks again, and so shows again who it is."""

_BEAT_SECONDS: Final = 20.0
_NOTICE: Final = b"event: expected\ndata: {}\n\n"
_BEAT: Final = b": still here\n\n"


@dataclass(frozen=True, slots=True)
class Ahead:
    """What was found before anybody asked, as this caller may see it, and when, in Unix seconds."""

    history: History
    at: float


@dataclass(frozen=True, slots=True)
class ExpectedPatients:
    """`patient_of` gives the key in the register of a patient; `clock` gives Unix seconds.

    `told` says whether any system tells of care events at all.
    """

    register: Register
    patient_of: Callable[[PatientIdentifier], str | None]
    relationships: EventRelationships
    expected: Expected
    enforcement: Enforcement
    audit: AuditLog
    notices: Notices
    clock: Callable[[], float]
    told: bool

    async def all(self, request: Request) -> Response:
        """Whom the caller has to do with by care events that hold now, with what is known to exist of each."""
        caller = await caller_of(request)
        rows = [row async for row in self._rows(caller)]
        if rows:
            detail: dict[str, str | int] = {"level": "expected", "rows": len(rows)}
            await self.audit.record(caller_event(EventKind.SEARCH, Outcome.SUCCESS, caller, detail))
        return json_response(request, {"patients": rows, "told": self.told})

    async def changes(self, request: Request) -> Response:
        """Server-sent events (HTML §9.2) that say that the list is another now, and nothing of what is in it."""
        caller = await caller_of(request)
        waiting = AsyncExitStack()
        told = waiting.enter_context(self.notices.waiting(caller.subject))
        return StreamedResponse(self._changes(told), "text/event-stream", {"X-Accel-Buffering": "no"}, waiting)

    async def history(self, caller: Caller, identifier: PatientIdentifier) -> Ahead | None:
        """The patient's studies as they were found ahead for this caller; None when there is nothing of the kind."""
        key = self.patient_of(identifier) or unknown_patient(identifier)
        own = [one for one in self._of(caller) if one.patient == key]
        found = self.expected.of(caller.subject, key) if own else None
        if found is None:
            return None
        reach = await self._reach(caller, own[0])
        visible = await self._discern(caller, found, reach)
        sources = tuple(
            replace(one.status, rows=sum(seen.held.archive == one.status.archive for seen in visible))
            if one.status.institution not in reach.forbidden
            else replace(one.status, state=SourceState.NOT_PERMITTED, rows=0)
            for one in found.holdings
        )
        detail: dict[str, str | int] = {"level": "history-ahead", "rows": len(visible), "event": own[0].event}
        event = caller_event(EventKind.SEARCH, Outcome.SUCCESS, caller, detail)
        await self.audit.record(replace(event, patient=f"{identifier.authority}|{identifier.value}"))
        return Ahead(History(tuple(visible), sources), found.at)

    async def _rows(self, caller: Caller) -> AsyncGenerator[dict[str, Any]]:
        for one in _each_patient_once(self._of(caller)):
            found = self.expected.of(caller.subject, one.patient)
            visible = await self._discern(caller, found, await self._reach(caller, one)) if found else []
            if not self._may_be_listed(one, caller, visible):
                continue
            yield {
                "identifiers": [{"authority": each.authority, "value": each.value} for each in one.identifiers],
                "relationship": one.kind.value,
                "found": to_text(found.at) if found else None,
                "studies": len(visible) if found else None,
            }

    async def _reach(self, caller: Caller, one: EventRelationship) -> Reach:
        """What was found before is shown of institutions that the caller may ask for the patient now."""
        return await self.enforcement.reach(caller, Named(SearchKey.IDENTIFIER, one.identifiers))

    async def _discern(self, caller: Caller, found: Found, reach: Reach) -> list[Visibility]:
        held = [one for holdings in found.holdings for one in holdings.held if one.institution in reach.institutions]
        visible = [one for one in await self.enforcement.discern(caller, held) if one.known]
        return sorted(visible, key=lambda one: one.held.date, reverse=True)

    def _of(self, caller: Caller) -> Sequence[EventRelationship]:
        if self.register.is_suspended(caller.subject):
            return ()
        return self.relationships.relationships_of(caller.subject, datetime.fromtimestamp(self.clock(), UTC))

    def _may_be_listed(self, one: EventRelationship, caller: Caller, visible: Sequence[Visibility]) -> bool:
        """As in the list of all patients: nobody of whom nothing would be shown."""
        patient = self.register.patient(one.patient)
        if patient is None:
            return bool(visible)
        return patient.consent != "optout" and caller.subject not in patient.blocked

    async def _changes(self, told: asyncio.Event) -> AsyncGenerator[bytes]:
        until = asyncio.get_running_loop().time() + STREAM_SECONDS
        yield _NOTICE
        while not self.notices.closed and asyncio.get_running_loop().time() < until:
            try:
                async with asyncio.timeout(_BEAT_SECONDS):
                    await told.wait()
            except TimeoutError:
                yield _BEAT
                continue
            told.clear()
            yield _NOTICE


def to_text(at: float) -> str:
    """Unix seconds as RFC 3339 in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _each_patient_once(relationships: Sequence[EventRelationship]) -> Iterator[EventRelationship]:
    seen: set[tuple[PatientIdentifier, ...]] = set()
    for one in relationships:
        if one.identifiers not in seen:
            seen.add(one.identifiers)
            yield one
