"""The audit log as FHIR R4 AuditEvents for officers and patients (IHE ITI-81), each reading on record first.

| method, path | what |
|---|---|
| GET /fhir/metadata | what can be asked, for anybody |
| GET /fhir/AuditEvent | a search; newest first, on by the link `next` |
| GET /fhir/AuditEvent/{id} | one event |
"""

from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from proxy.access.events import caller_event
from proxy.audit.event import EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.errors import NotFound
from proxy.fhir.capability import capability_statement
from proxy.fhir.outcomes import FHIR_JSON, with_outcomes
from proxy.fhir.parameters import Question, read_question
from proxy.fhir.searching import Page, Search
from proxy.http.json import json_response
from proxy.oversight.readers import Reader, Readers

ROOT: Final = "/fhir"


@dataclass(frozen=True, slots=True)
class AuditEvents:
    """`name` is what people call the exchange."""

    readers: Readers
    search: Search
    audit: AuditLog
    name: str
    public_url: str

    @property
    def base(self) -> str:
        return f"{self.public_url}{ROOT}"

    async def metadata(self, request: Request) -> Response:
        return json_response(request, capability_statement(self.base, self.name), FHIR_JSON)

    async def found(self, request: Request) -> Response:
        reader = await self.readers.reader(request, "fhir")
        question = read_question(request.query_params.multi_items())
        patients = await self.search.patients(reader, question)
        page = await self.search.page(reader, question, patients)
        await self._record(reader, patients, page)
        return json_response(request, self._bundle(question, page), FHIR_JSON)

    async def one(self, request: Request) -> Response:
        reader = await self.readers.reader(request, "fhir")
        found = await self.search.one(reader, request.path_params["identifier"])
        if found is None:
            raise NotFound
        await self._record(reader, reader.patients, Page((found,), None))
        return json_response(request, found, FHIR_JSON)

    async def _record(self, reader: Reader, patients: tuple[str, ...] | None, page: Page) -> None:
        """Who read about whom; what was found is not repeated."""
        detail: dict[str, str | int] = {"by": "fhir", "events": len(page.resources)}
        event = caller_event(EventKind.AUDIT_READ, Outcome.SUCCESS, reader.caller, detail)
        await self.audit.record(replace(event, patient=patients[0] if patients else ""))

    def _bundle(self, question: Question, page: Page) -> dict[str, Any]:
        links = [{"relation": "self", "url": self._url(question, question.before)}]
        if page.after is not None:
            links.append({"relation": "next", "url": self._url(question, page.after)})
        entries = [
            {
                "fullUrl": f"{self.base}/AuditEvent/{one['id']}",
                "resource": one,
                "search": {"mode": "match"},
            }
            for one in page.resources
        ]
        bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "link": links}
        return {**bundle, "entry": entries} if entries else bundle

    def _url(self, question: Question, before: int | None) -> str:
        asked = [*question.asked, *([("_cursor", str(before))] if before is not None else [])]
        return f"{self.base}/AuditEvent{'?' if asked else ''}{urlencode(asked)}"


def routes(events: AuditEvents) -> list[BaseRoute]:
    return [
        Route(f"{ROOT}/metadata", with_outcomes(events.metadata)),
        Route(f"{ROOT}/AuditEvent", with_outcomes(events.found)),
        Route(f"{ROOT}/AuditEvent/{{identifier}}", with_outcomes(events.one)),
    ]
