"""What the portal lists: the caller's patients, one patient's imaging history, and where a series comes from."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from policy.request import Capability
from proxy.access.caller import Caller
from proxy.access.enforcement import Visibility
from proxy.access.events import caller_event
from proxy.audit.event import EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.errors import BadRequest
from proxy.federation.admission import Admission
from proxy.federation.search import History, Search
from proxy.federation.sources import SourceStatus
from proxy.http.departure import StreamedResponse
from proxy.http.identity import caller_of
from proxy.http.json import json_response
from proxy.patients.recognition import Recognition
from proxy.patients.register import Register
from proxy.resources import PatientIdentifier, SeriesRef, read_uid
from proxy.settings.archives import Institution
from proxy.viewer.expected import Ahead, ExpectedPatients, to_text
from proxy.viewer.pictures import is_elsewhere
from proxy.viewer.rows import may_be_told_early, to_archive_rows, to_source_row, to_source_rows, to_study_row

_MAXIMUM_TEXT = 64


@dataclass(frozen=True, slots=True)
class Histories:
    """`institutions` as configured; `clock` gives Unix seconds."""

    institutions: Sequence[Institution]
    register: Register
    recognition: Recognition
    search: Search
    admission: Admission
    audit: AuditLog
    clock: Callable[[], float]
    expected: ExpectedPatients | None = None
    full_viewer: str = ""
    diagnostic_use: bool = False

    async def patients(self, request: Request) -> Response:
        """Whom the caller has to do with: a patient with oneself, a clinician by relationships that hold now.

        Patients of whom nothing would be shown are left out: the list tells where else they are known.
        """
        caller = await caller_of(request)
        patients = [one async for one in self._patients(caller)]
        detail: dict[str, str | int] = {"level": "patients", "rows": len(patients)}
        await self.audit.record(caller_event(EventKind.SEARCH, Outcome.SUCCESS, caller, detail))
        return json_response(request, patients)

    async def authorities(self, request: Request) -> Response:
        """Who assigns the identifiers that patients are looked up by, with the name of the institution."""
        await caller_of(request)
        named = {
            archive.assigning_authority: institution.name
            for institution in self.institutions
            for archive in institution.archives
            if archive.assigning_authority
        }
        return json_response(request, [{"authority": authority, "name": name} for authority, name in named.items()])

    async def studies(self, request: Request) -> Response:
        """One patient's studies at every institution: those that may be opened, and those that may only be known of."""
        caller = await caller_of(request)
        asked = PatientIdentifier(_text(request, "authority"), _text(request, "identifier"))
        found = await self._found_ahead(request, caller, asked)
        known = await self._known_as(asked)
        await self.search.require_history(caller, known)
        history = found.history if found else await self.search.history(caller, known)
        names = self._names()
        studies = [self._row(one, names) for one in history.studies]
        patients = {one.held.patient for one in history.studies}
        return json_response(request, {"studies": studies, **self._ending(history.sources, patients, found)})

    async def events(self, request: Request) -> Response:
        """Like `studies`, as server-sent events (HTML §9.2) while archives answer.

        First `institutions`, every archive there is; then a `study` for each row, and a `source` for an archive that
        has ended, where that may be told before the `end`, which has everything that `studies` has besides the rows.
        """
        caller = await caller_of(request)
        asked = PatientIdentifier(_text(request, "authority"), _text(request, "identifier"))
        found = await self._found_ahead(request, caller, asked)
        known = await self._known_as(asked)
        await self.search.require_history(caller, known)
        arriving = _again(found.history) if found else self.search.stream_history(caller, known)
        closing = contextlib.AsyncExitStack()
        closing.push_async_callback(arriving.aclose)
        headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
        return StreamedResponse(self._events(arriving, found), "text/event-stream", headers, closing)

    async def _events(
        self, arriving: AsyncGenerator[Visibility | SourceStatus], found: Ahead | None
    ) -> AsyncGenerator[bytes]:
        names, sources, patients = self._names(), list[SourceStatus](), set[PatientIdentifier]()
        yield _event("institutions", list(to_archive_rows(self.institutions)))
        async for arrival in arriving:
            if isinstance(arrival, SourceStatus):
                sources.append(arrival)
                if may_be_told_early(arrival):
                    yield _event("source", to_source_row(arrival))
            else:
                patients.add(arrival.held.patient)
                yield _event("study", self._row(arrival, names))
        yield _event("end", self._ending(sources, patients, found))

    def _names(self) -> Mapping[str, str]:
        return {institution.id: institution.name for institution in self.institutions}

    def _row(self, visibility: Visibility, names: Mapping[str, str]) -> dict[str, Any]:
        held = visibility.held
        return to_study_row(visibility, names[held.institution], self.recognition.traits(held))

    def _ending(
        self, sources: Sequence[SourceStatus], patients: Iterable[PatientIdentifier], found: Ahead | None
    ) -> dict[str, Any]:
        """How every archive answered, what is not certain of the patient, and when that was, if it was before."""
        return {
            "sources": list(to_source_rows(self.institutions, sources)),
            "notices": self.recognition.notices(patients),
            "found": to_text(found.at) if found else None,
        }

    async def _found_ahead(self, request: Request, caller: Caller, asked: PatientIdentifier) -> Ahead | None:
        """What was found before the caller came, when that is asked for and there is anything of the kind."""
        if self.expected is None or request.query_params.get("ahead") != "true":
            return None
        return await self.expected.history(caller, asked)

    async def source(self, request: Request) -> Response:
        """Who answers for a series, whose name stands on every image of it, and where else it can be seen.

        `values` is whether the frames' stored values may be had, to measure with; `keep` whether a picture may be
        printed or saved. What is not `diagnostic` is said not to be for diagnostic use, always.
        """
        caller = await caller_of(request)
        target = SeriesRef(read_uid(_text(request, "study")), read_uid(_text(request, "series")))
        permit = await self.admission.admit(caller, target, Capability.VIEW)
        institution = next(one for one in self.institutions if one.id == permit.held.institution)
        owed = permit.obligations
        full = "" if owed.rendered_only else self.full_viewer
        told = {"institution": institution.id, "name": institution.name, "notices": owed.notices}
        more = {
            "values": not owed.rendered_only,
            "keep": not owed.transient and not is_elsewhere(permit, self.institutions),
            "diagnostic": self.diagnostic_use and not owed.rendered_only,
            "full_viewer": full and f"{full}{target.study}",
        }
        return json_response(request, told | more)

    async def _patients(self, caller: Caller) -> AsyncGenerator[dict[str, Any]]:
        if self.register.is_suspended(caller.subject):
            return
        if caller.patient is not None:
            yield {"identifiers": _identifiers(await self._known_as(caller.patient)), "relationship": "self"}
            return
        moment = datetime.fromtimestamp(self.clock(), UTC)
        kinds = {one.patient: one.kind for one in reversed(self.register.relationships_of(caller.subject, moment))}
        listed = {key: kind for key, kind in reversed(kinds.items()) if self._may_be_listed(key, caller)}
        await self.recognition.people.recognise(one for key in listed for one in self.register.identifiers_of(key)[:1])
        for key, kind in listed.items():
            registered = self.register.identifiers_of(key)
            known = self.recognition.people.identifiers_of(registered[0]) if registered else ()
            yield {"identifiers": _identifiers(known), "relationship": kind}

    def _may_be_listed(self, key: str, caller: Caller) -> bool:
        patient = self.register.patient(key)
        return patient is not None and patient.consent != "optout" and caller.subject not in patient.blocked

    async def _known_as(self, identifier: PatientIdentifier) -> tuple[PatientIdentifier, ...]:
        """All identifiers of the person behind `identifier`; a person whom nobody knows has this one only."""
        await self.recognition.people.recognise([identifier])
        return self.recognition.people.identifiers_of(identifier)


async def _again(history: History) -> AsyncGenerator[Visibility | SourceStatus]:
    """What was found before, as if it came now."""
    for study in history.studies:
        yield study
    for source in history.sources:
        yield source


def _event(name: str, document: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(document))


def _text(request: Request, name: str) -> str:
    text = request.query_params.get(name, "").strip()
    if not 0 < len(text) <= _MAXIMUM_TEXT or not text.isprintable() or set(text) & set("*?\\"):
        raise BadRequest(f"`{name}` is missing or not valid")
    return text


def _identifiers(identifiers: Sequence[PatientIdentifier]) -> list[dict[str, str]]:
    return [{"authority": one.authority, "value": one.value} for one in identifiers]
