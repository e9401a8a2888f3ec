"""Declaring an emergency for a patient before anything of the patient is listed, as JSON: the portal's form uses it.

| method, path | what | answer |
|---|---|---|
| GET /portal/emergencies | what a declaration needs, and one's own | `{offered, sign_in, attestations, …, own}` |
| POST /portal/emergencies | declare: `Statement` as the body | 201, `{id, until, …}` |
| DELETE /portal/emergencies/{id} | one's own is over at once | 204 |

Form and answers are the same whether or not there is such a patient, or anything of the patient: nothing is looked for.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from policy.explain import to_declaration_sentence
from policy.searches import SearchDecision
from proxy.access.caller import HIGHEST_ASSURANCE, Caller
from proxy.access.enforcement import Enforcement
from proxy.audit.canonical import to_time
from proxy.audit.log import AuditLog
from proxy.breakglass import events
from proxy.breakglass.emergencies import Emergencies
from proxy.breakglass.emergency import EXCHANGE, Case, Emergency
from proxy.breakglass.statement import Statement, attestations, read_statement
from proxy.errors import BadRequest, InsufficientAuthentication, NotPermitted
from proxy.http.bodies import body_of
from proxy.http.demands import demand_assurance, demand_proof, issuer_of
from proxy.http.identity import caller_of
from proxy.http.json import json_response
from proxy.patients.people import People
from proxy.resources import PatientIdentifier

ROOT: Final = "/portal/emergencies"
MOST_SHOWN: Final = 100
_JSON: Final = frozenset({"application/json"})
_LONGEST: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Declaring:
    """`clock` gives Unix seconds."""

    emergencies: Emergencies
    enforcement: Enforcement
    people: People
    audit: AuditLog
    clock: Callable[[], float]

    async def offer(self, request: Request) -> Response:
        """Whether the caller may declare one, and all that the caller declared.

        `sign_in` is how surely the caller has to prove first who it is, null where nothing has to be proved.
        """
        caller = await caller_of(request)
        level = self._level(caller)
        surer = level is not None and level > caller.assurance
        settings = self.emergencies.settings
        own = self.emergencies.declared_by(caller.subject)[:MOST_SHOWN]
        document = {
            "offered": level is not None,
            "sign_in": level if surer else caller.assurance if self._is_stale(request, caller) else None,
            "hours": settings.hours,
            "review_hours": settings.review_hours,
            "attestations": attestations(),
            "own": [to_own(one, datetime.fromtimestamp(self.clock(), UTC)) for one in own],
        }
        return json_response(request, document)

    async def declare(self, request: Request) -> Response:
        caller = await demand_proof(request)
        statement = await self._stated(request, caller)
        decision = await self._permitted(request, caller, statement.patient)
        await self.people.recognise([statement.patient])
        emergency = await self.emergencies.declare(
            *(caller, statement, self.people.identifiers_of(statement.patient)),
            *(self.people.patient_of(statement.patient), decision),
        )
        document = to_own(emergency, datetime.fromtimestamp(self.clock(), UTC))
        response = json_response(request, document)
        response.status_code = 201
        return response

    async def end(self, request: Request) -> Response:
        caller = await demand_proof(request)
        await self.emergencies.end(caller, request.path_params["id"])
        return Response(status_code=204)

    async def _stated(self, request: Request, caller: Caller) -> Statement:
        """Raises `BadRequest`, on record, where something is missing: an attestation, what the emergency is."""
        body = await body_of(request, _JSON, _LONGEST)
        try:
            return read_statement(body)
        except BadRequest as error:
            await self.audit.record(events.not_stated(caller, str(error)))
            raise

    async def _permitted(self, request: Request, caller: Caller, patient: PatientIdentifier) -> SearchDecision:
        """The decision that permits it. A refusal is recorded, and says when a surer or newer sign-in would do."""
        decision = self.enforcement.may_declare(caller)
        if not decision.permitted:
            await self.audit.record(events.refused(caller, patient, decision, "policy"))
            level = self._level(caller)
            sentence = to_declaration_sentence(decision)
            error = NotPermitted(sentence) if level is None else InsufficientAuthentication(sentence, level)
            raise error.recorded()
        if self._is_stale(request, caller):
            await self.audit.record(events.refused(caller, patient, decision, "sign-in"))
            try:
                await demand_assurance(request, caller.assurance, self.emergencies.settings.proved_seconds)
            except InsufficientAuthentication as error:
                raise error.recorded() from None
        return decision

    def _is_stale(self, request: Request, caller: Caller) -> bool:
        """Whether the proof of who it is has to be newer, which is asked for where the provider knows levels of it."""
        seconds = self.emergencies.settings.proved_seconds
        asked = bool(seconds and issuer_of(request, caller).assurance_levels)
        return asked and self.clock() - caller.authenticated > seconds

    def _level(self, caller: Caller) -> int | None:
        """How surely `caller` has to be known to declare one; None for whoever may not at all."""
        levels = range(caller.assurance, HIGHEST_ASSURANCE + 1)
        surer = (level for level in levels if self.enforcement.may_declare(replace(caller, assurance=level)).permitted)
        return next(surer, None)


def routes(declaring: Declaring) -> list[BaseRoute]:
    return [
        Route(ROOT, declaring.offer),
        Route(ROOT, declaring.declare, methods=["POST"]),
        Route(f"{ROOT}/{{id}}", declaring.end, methods=["DELETE"]),
    ]


def to_own(one: Emergency, now: datetime) -> dict[str, Any]:
    """An emergency as whoever declared it sees it, with what became of it."""
    return {
        "id": one.id,
        "authority": one.patient.authority,
        "identifier": one.patient.value,
        "opinion": one.opinion,
        "since": to_time(one.since),
        "until": to_time(one.until),
        "ended": None if one.ended is None else to_time(one.ended),
        "in_force": one.holds_at(now),
        "cases": [_case(case) for case in one.cases],
    }


def _case(case: Case) -> dict[str, Any]:
    """The state of its review, and not the reviewer's words, which are for officers."""
    return {
        "institution": None if case.institution == EXCHANGE else case.institution,
        "studies": len(case.openings),
        "due": to_time(case.due),
        "disposition": case.reviews[-1].disposition.value if case.reviews else None,
    }
