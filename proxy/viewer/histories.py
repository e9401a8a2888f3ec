"""What the portal lists: the caller's patients, one patient's imaging history, and where a series comes from."""

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
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
from proxy.federation.search import Search
from proxy.federation.sources import SourceState, SourceStatus
from proxy.http.departure import StreamedResponse
from proxy.http.identity import caller_of
from proxy.http.json import json_response
from proxy.patients.mismatch import Trait
from proxy.patients.recognition import Recognition
from proxy.patients.register import Register
from proxy.resources import PatientIdentifier, SeriesRef, read_uid
from proxy.settings.archives import Institution
from proxy.viewer.expected import Ahead, ExpectedPatients, to_text
from proxy.wire import dicomjson, tags

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
        history = found.history if found else await self.search.history(caller, await self._known_as(asked))
        names = {institution.id: institution.name for institution in self.institutions}
        document = {
            "sources": list(self._sources(history.sources)),
            "studies": [
                _study(one, names[one.held.institution], self.recognition.traits(one.held)) for one in history.studies
            ],
            "notices": self.recognition.notices(one.held.patient for one in history.studies),
            "found": to_text(found.at) if found else None,
        }
        return json_response(request, document)

    async def events(self, request: Request) -> Response:
        """Like `studies`, as server-sent events (HTML §9.2): a `study` as archives answer, and `sources` at the end.

        How an archive answered is not told before all have: the time would tell which of them were asked.
        """
        caller = await caller_of(request)
        asked = PatientIdentifier(_text(request, "authority"), _text(request, "identifier"))
        arriving = self.search.stream_history(caller, await self._known_as(asked))
        closing = contextlib.AsyncExitStack()
        closing.push_async_callback(arriving.aclose)
        headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
        return StreamedResponse(self._events(arriving), "text/event-stream", headers, closing)

    async def _events(self, arriving: AsyncGenerator[Visibility | SourceStatus]) -> AsyncGenerator[bytes]:
        names = {institution.id: institution.name for institution in self.institutions}
        sources: list[SourceStatus] = []
        yield b": searching\n\n"
        async for arrival in arriving:
            if isinstance(arrival, SourceStatus):
                sources.append(arrival)
            else:
                traits = self.recognition.traits(arrival.held)
                yield _event("study", _study(arrival, names[arrival.held.institution], traits))
        yield _event("sources", list(self._sources(sources)))

    async def _found_ahead(self, request: Request, caller: Caller, asked: PatientIdentifier) -> Ahead | None:
        """What was found before the caller came, when that is asked for and there is anything of the kind."""
        if self.expected is None or request.query_params.get("ahead") != "true":
            return None
        return await self.expected.history(caller, asked)

    async def source(self, request: Request) -> Response:
        """The institution that answers for a series, whose name stands on every image of it."""
        caller = await caller_of(request)
        target = SeriesRef(read_uid(_text(request, "study")), read_uid(_text(request, "series")))
        permit = await self.admission.admit(caller, target, Capability.VIEW)
        institution = next(one for one in self.institutions if one.id == permit.held.institution)
        return json_response(request, {"institution": institution.id, "name": institution.name})

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

    def _sources(self, asked: Sequence[SourceStatus]) -> Iterator[dict[str, Any]]:
        """How every archive answered.

        One that was not asked, because it cannot know the patient, has none of the studies; it is listed like one that
        answered so, because which institutions know a patient is itself something to know about the patient.
        """
        by_archive: dict[str, SourceStatus] = {source.archive: source for source in asked}
        for institution in self.institutions:
            for archive in institution.archives:
                source = by_archive.get(archive.id)
                yield {
                    "institution": institution.id,
                    "name": institution.name,
                    "archive": archive.id,
                    "state": (source.state if source else SourceState.ANSWERED).value,
                    "studies": source.rows if source else 0,
                }


def _event(name: str, document: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(document))


def _text(request: Request, name: str) -> str:
    text = request.query_params.get(name, "").strip()
    if not 0 < len(text) <= _MAXIMUM_TEXT or not text.isprintable() or set(text) & set("*?\\"):
        raise BadRequest(f"`{name}` is missing or not valid")
    return text


def _identifiers(identifiers: Sequence[PatientIdentifier]) -> list[dict[str, str]]:
    return [{"authority": one.authority, "value": one.value} for one in identifiers]


def _study(visibility: Visibility, institution: str, traits: Sequence[Trait]) -> dict[str, Any]:
    """A row of the history. What a locked study is of stays with its institution; that it exists is what is known.

    `traits` are those in which the institution differs from the patient index.
    """
    held = visibility.held
    row = {
        "study": held.study,
        "institution": held.institution,
        "institution_name": institution,
        "date": held.date,
        "modalities": list(held.modalities),
        "patient_id": held.patient.value,
        "authority": held.patient.authority,
        "viewable": visibility.viewable,
        "reason": visibility.reason,
        "differing": list(traits) if visibility.viewable else [],
    }
    return row | _description(held.attributes if visibility.viewable else {})


def _description(attributes: Mapping[str, Any]) -> dict[str, Any]:
    name = dicomjson.person_name(attributes, tags.PATIENT_NAME)
    return {
        "time": dicomjson.text(attributes, tags.STUDY_TIME),
        "description": dicomjson.text(attributes, tags.STUDY_DESCRIPTION),
        "series": dicomjson.integer(attributes, tags.NUMBER_OF_STUDY_RELATED_SERIES) or 0,
        "instances": dicomjson.integer(attributes, tags.NUMBER_OF_STUDY_RELATED_INSTANCES) or 0,
        "patient_name": f"{name.alphabetic}={name.ideographic}={name.phonetic}".rstrip("="),
        "birth_date": dicomjson.text(attributes, tags.PATIENT_BIRTH_DATE),
        "sex": dicomjson.text(attributes, tags.PATIENT_SEX),
    }
