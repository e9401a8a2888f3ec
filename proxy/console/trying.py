"""Try a decision: could this person see that study, and why; by the policy in force or by one that is proposed.

What is asked about is made up (where it is silent it is the usual request of decision cases), a decision on record, or
a study as its institutions hold it now. No image is fetched for it, and what is asked about real people is recorded.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from cachetools import LRUCache
import msgspec
from starlette.requests import Request
from starlette.responses import Response

from policy.bundle import BundleFile, hash_of, to_bundle
from policy.cases.case import to_request
from policy.decision import Decision
from policy.engine import CedarEngine
from policy.errors import InvalidBundle
from policy.explain import explain, to_user_sentence
from policy.life.officers import changes
from policy.replay.past import PastDecision
from policy.request import AccessRequest, Capability, Network, PurposeOfUse
from proxy.access.caller import Caller
from proxy.access.enforcement import Enforcement
from proxy.access.events import caller_event, evaluated
from proxy.access.obligations import missing
from proxy.archives.registry import Archives
from proxy.audit.event import EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.audit.reading import Readings
from proxy.audit.store import EventQuery
from proxy.errors import BadRequest, NotFound
from proxy.federation.location import Locations, Seeker
from proxy.http.bodies import read_body
from proxy.http.json import json_response
from proxy.oversight.officers import Officer, Officers
from proxy.policies.remembering import PastDecisions
from proxy.policies.versions import Versions
from proxy.resources import ArchiveId, read_uid

_LARGEST: Final = 8 * 2**20
_MOST: Final = 20_000
_ENGINES: Final = 8
_Words = Annotated[str, msgspec.Meta(max_length=320)]


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Somebody as a token of theirs would say; `subject` is the issuer's id, a colon, and the subject."""

    subject: _Words
    roles: Annotated[tuple[_Words, ...], msgspec.Meta(max_length=32)] = ()
    organization: _Words = ""
    purpose: PurposeOfUse = PurposeOfUse.TREAT
    network: Network = Network.CLINICAL
    assurance: Annotated[int, msgspec.Meta(ge=1, le=3)] = 1


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of: `facts` that differ from the usual, an `event` on record, or a `person` and a `study`.

    It is put to the policy in force, to a `proposal`, to what is in force with `changes`, or, for an event, to the
    policy under which it was decided (`as_decided`).
    """

    facts: dict[str, dict[str, Any]] | None = None
    event: int | None = None
    person: Person | None = None
    study: str = ""
    proposal: int | None = None
    changes: dict[str, str | None] | None = None
    as_decided: bool = False


@dataclass(frozen=True, slots=True)
class Trying:
    """Everything that it takes to gather facts as the enforcement point does, and to decide by any version."""

    officers: Officers
    versions: Versions
    past: PastDecisions
    locations: Locations
    enforcement: Enforcement
    archives: Archives
    readings: Readings
    audit: AuditLog
    engines: LRUCache[str, CedarEngine]

    async def ask(self, request: Request) -> Response:
        officer = await self.officers.reading(request)
        question = await read_body(request, Question, _LARGEST)
        asked = await self._requests(officer, question)
        version, engine = await self._engine(officer, question)
        decided = [(one, replace(engine.decide(one), grounds=one.because)) for one in asked]
        if question.person is not None:
            await self._record(officer, question.person, question.study, [decision for _, decision in decided])
        if question.event is not None:
            detail: dict[str, str | int] = {"event": question.event}
            await self.audit.record(caller_event(EventKind.AUDIT_READ, Outcome.SUCCESS, officer.caller, detail))
        answers = [_answer(one, decision) for one, decision in decided]
        return json_response(request, {"version": version, "answers": answers})

    async def _requests(self, officer: Officer, question: Question) -> Sequence[AccessRequest]:
        """Raises `BadRequest` for what cannot be asked, `NotFound` for what is not there."""
        if question.facts is not None:
            return [_made_up(officer, question.facts)]
        if question.event is not None:
            return [await self._recorded(officer, question.event)]
        if question.person is not None:
            return await self._real(officer, question.person, question.study)
        raise BadRequest("what is asked about is missing")

    async def _recorded(self, officer: Officer, event: int) -> AccessRequest:
        for one in await self.past.of_days(3660, _MOST):
            if one.event == event and officer.answers_for(one.request.study.institution):
                await self._require_facts(one)
                return one.request
        raise NotFound("the facts of that decision are not kept, or no longer")

    async def _require_facts(self, one: PastDecision) -> None:
        """Raises `BadRequest` when the facts that are kept are not those that the audit log names."""
        found = await self.readings.find(EventQuery(after=one.event - 1, before=one.event + 1))
        if [record.event.detail.get("facts", one.digest) for record in found] != [one.digest]:
            raise BadRequest("the facts that are kept of that decision are not those that it was made by")

    async def _real(self, officer: Officer, person: Person, study: str) -> Sequence[AccessRequest]:
        """What would be decided on now, archive by archive."""
        uid, about = read_uid(study), _caller(officer.caller, person)
        own = frozenset(ArchiveId(one.archive.id) for one in self.archives if officer.answers_for(one.institution.id))
        try:
            location = await self.locations.locate_afresh(uid, Seeker(own, officer.caller.subject))
        except NotFound:
            await self._record(officer, person, study, [])
            raise
        return await self.enforcement.facts_of(about, location.held)

    async def _record(self, officer: Officer, person: Person, study: str, decisions: Sequence[Decision]) -> None:
        """That it was asked what somebody could see, before it is told."""
        permitted = sum(one.permits(Capability.VIEW) for one in decisions)
        event = evaluated(officer.caller, person.subject, [read_uid(study)], len(decisions), permitted)
        await self.audit.record(event)

    async def _engine(self, officer: Officer, question: Question) -> tuple[str, CedarEngine]:
        """The version that is asked, and an engine of as much of it as `officer` is shown.

        What decides about an institution is in that part: no other institution's rules reach it.
        """
        files = await self._files(officer, question)
        return hash_of(files), await self._made([file for file in files if officer.is_shown(file.path)], officer)

    async def _files(self, officer: Officer, question: Question) -> Sequence[BundleFile]:
        kept = self.versions.bundle.files
        if question.as_decided and question.event is not None:
            return await self._files_then(question.event)
        if question.changes is not None:
            told = {**{file.path: file.text for file in kept}, **question.changes}
            return [BundleFile(path, text) for path, text in told.items() if text is not None]
        if question.proposal is None:
            return kept
        proposal = self.versions.history.proposals.get(question.proposal)
        if proposal is None:
            raise NotFound
        before = await self.versions.files_of(proposal.step.base)
        after = await self.versions.files_of(proposal.step.version)
        if not any(officer.is_shown(one.path) for one in changes(before, after)):
            raise NotFound
        return after

    async def _files_then(self, event: int) -> Sequence[BundleFile]:
        (record,) = await self.readings.find(EventQuery(after=event - 1, before=event + 1))
        return await self.versions.files_of(record.event.policy)

    async def _made(self, files: Sequence[BundleFile], officer: Officer) -> CedarEngine:
        """An engine of `files`, made beside the event loop, or the one that was made of them before."""
        version = hash_of(files)
        engine = self.engines.get(version)
        if engine is None:
            try:
                engine = await asyncio.to_thread(lambda: CedarEngine(to_bundle(files)))
            except InvalidBundle as error:
                raise BadRequest(f"this policy cannot decide anything: {officer.told(error)}") from None
            self.engines[version] = engine
        return engine


def new_engines() -> LRUCache[str, CedarEngine]:
    return LRUCache(_ENGINES)


def _made_up(officer: Officer, facts: Mapping[str, Mapping[str, Any]]) -> AccessRequest:
    """What `facts` describe; where they name no institution, at the officer's own. Raises `BadRequest`."""
    study = facts.get("study", {})
    if officer.institution is not None:
        study = {"institution": officer.institution, **study}
    try:
        asked = to_request({**facts, "study": study})
    except ValueError as error:
        raise BadRequest(f"this cannot be asked: {error}") from None
    if not officer.answers_for(asked.study.institution):
        raise BadRequest("officers of an institution ask about studies of their own")
    return asked


def _caller(officer: Caller, person: Person) -> Caller:
    """`person`, as if here; nothing of the officer's own counts."""
    return replace(
        officer,
        subject=person.subject,
        name="",
        roles=frozenset(person.roles),
        organization=person.organization,
        organization_id="",
        person_id="",
        purpose=person.purpose,
        network=person.network,
        assurance=person.assurance,
        patient=None,
    )


def _answer(request: AccessRequest, decision: Decision) -> dict[str, Any]:
    return {
        "institution": request.study.institution,
        "facts": _facts(request),
        "explanation": explain(decision),
        "capabilities": [_capability(one, decision) for one in Capability],
        "parameters": decision.parameters,
        "user_says": "" if missing(decision, Capability.VIEW) is None else _told(decision),
    }


def _capability(capability: Capability, decision: Decision) -> dict[str, Any]:
    return {
        "capability": capability.value,
        "permitted": decision.permits(capability),
        "because": [{"rule": one.rule, "says": one.says} for one in decision.decided_by.get(capability, ())],
    }


def _told(decision: Decision) -> str:
    """What the person would read."""
    if not decision.permits(Capability.KNOW_EXISTS):
        return "No such study."
    return to_user_sentence(decision, missing(decision, Capability.VIEW) or Capability.VIEW)


def _facts(request: AccessRequest) -> dict[str, Any]:
    """What rules could read, in four parts, as decision cases have them."""
    study = msgspec.to_builtins(request.study)
    patient = study.pop("patient")
    return {
        "who": msgspec.to_builtins(request.subject),
        "patient": patient,
        "study": study,
        "asks": msgspec.to_builtins(request.circumstances),
    }
