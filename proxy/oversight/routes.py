"""Labels, consents and what is to be put right, for officers, as JSON: the console uses it, and scripts may.

| method, path below /console/api | what | answer |
|---|---|---|
| GET /tasks | what was not understood, and refuses until it is | `[{kind, about, words, …, since}]` |
| GET /labels/rules | the labelling rules in force | `[{id, institution, says, when, labels, …}]` |
| GET /labels/overrides | what officers decided about single studies | `[{institution, study, add, …, at}]` |
| PUT /labels/overrides/{institution}/{study} | decide: `Wish` as the body | the decision |
| DELETE /labels/overrides/{institution}/{study} | take it back | 204 |
| GET /consents | whether consents are asked for, and their sources answer | `{asked, silent}` |

All is for the roles `privacy-officer` and, about the own institution, `institution-officer`. What changes something
needs this site's own pages or a token that is bound to a key. Every decision is on record before it is in force.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from policy.labels.rules import LabelRule
from proxy.access.background import Background
from proxy.access.events import caller_event
from proxy.audit.canonical import to_time
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.errors import BadRequest, NotFound
from proxy.http.bodies import body_of
from proxy.http.json import json_response
from proxy.labelling.overrides import OverrideStore, StudyOverride, Wish
from proxy.oversight.officers import Officer, Officers
from proxy.resources import read_uid
from proxy.tasks import Task, Tasks

ROOT: Final = "/console/api"
_JSON: Final = frozenset({"application/json"})


@dataclass(frozen=True, slots=True)
class Oversight:
    """`clock` gives Unix seconds."""

    officers: Officers
    background: Background
    tasks: Tasks
    store: OverrideStore
    audit: AuditLog
    clock: Callable[[], float]

    async def all_tasks(self, request: Request) -> Response:
        """Tasks of the exchange are about people, and are for its own officers alone. Reading them is on record."""
        officer = await self.officers.reading(request)
        own = [one for one in self.tasks.all() if officer.answers_for(one.institution)]
        detail: dict[str, str | int] = {"tasks": len(own)}
        await self.audit.record(caller_event(EventKind.AUDIT_READ, Outcome.SUCCESS, officer.caller, detail))
        return json_response(request, [_task(one) for one in own])

    async def rules(self, request: Request) -> Response:
        officer = await self.officers.reading(request)
        rules = self.background.labelling.rules.rules
        seen = [one for one in rules if one.institution is None or officer.answers_for(one.institution)]
        return json_response(request, [_rule(one) for one in seen])

    async def overrides(self, request: Request) -> Response:
        officer = await self.officers.reading(request)
        every = self.background.labelling.overrides.all()
        return json_response(request, [_override(one) for one in every if officer.answers_for(one.institution)])

    async def consents(self, request: Request) -> Response:
        await self.officers.reading(request)
        consents = self.background.consents
        return json_response(request, {"asked": consents.asks, "silent": consents.silent})

    async def decide(self, request: Request) -> Response:
        """In place of what was decided before. On record and on disk before it is in force."""
        officer = await self.officers.changing(request)
        institution, study = self._study(request, officer)
        wish = _read_wish(await body_of(request, _JSON), self.background.labelling.vocabulary)
        moment = datetime.fromtimestamp(self.clock(), UTC)
        override = StudyOverride(institution, study, wish, officer.caller.subject, moment)
        await self.audit.record(_decided(officer, institution, study, _told(wish)))
        await asyncio.to_thread(self.store.put, override)
        self.background.labelling.overrides.begin(override)
        return json_response(request, _override(override))

    async def take_back(self, request: Request) -> Response:
        officer = await self.officers.changing(request)
        institution, study = self._study(request, officer)
        if self.background.labelling.overrides.of(institution, study) is None:
            raise NotFound
        await self.audit.record(_decided(officer, institution, study, {"taken-back": 1}))
        await asyncio.to_thread(self.store.remove, institution, study)
        self.background.labelling.overrides.end(institution, study)
        return Response(status_code=204)

    def _study(self, request: Request, officer: Officer) -> tuple[str, str]:
        """Another institution's is answered like one that there is not."""
        institution = request.path_params["institution"]
        known = {one.id for one in self.officers.institutions}
        if institution not in known or not officer.answers_for(institution):
            raise NotFound
        return institution, read_uid(request.path_params["study"])


def routes(oversight: Oversight) -> list[BaseRoute]:
    one = f"{ROOT}/labels/overrides/{{institution}}/{{study}}"
    return [
        Route(f"{ROOT}/tasks", oversight.all_tasks),
        Route(f"{ROOT}/labels/rules", oversight.rules),
        Route(f"{ROOT}/labels/overrides", oversight.overrides),
        Route(one, oversight.decide, methods=["PUT"]),
        Route(one, oversight.take_back, methods=["DELETE"]),
        Route(f"{ROOT}/consents", oversight.consents),
    ]


def _read_wish(body: bytes, vocabulary: frozenset[str]) -> Wish:
    try:
        wish = msgspec.json.decode(body, type=Wish)
    except msgspec.DecodeError as error:
        raise BadRequest(f"the body is no decision about labels: {error}") from None
    unknown = sorted((wish.add | wish.remove) - vocabulary)
    if unknown:
        raise BadRequest(f"`{unknown[0]}` is not a label that rules of access know")
    return wish


def _decided(officer: Officer, institution: str, study: str, detail: dict[str, str | int]) -> Event:
    event = caller_event(EventKind.LABELS_DECIDED, Outcome.SUCCESS, officer.caller, detail)
    return replace(event, institution=institution, study=study)


def _task(task: Task) -> dict[str, Any]:
    return {
        "kind": task.kind.value,
        "about": task.about,
        "words": task.words,
        "patient": task.patient,
        "institution": task.institution,
        "since": None if task.since is None else to_time(task.since),
    }


def _rule(rule: LabelRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "institution": rule.institution,
        "says": rule.says,
        "when": {attribute.value: list(values) for attribute, values in rule.when.items()},
        "labels": sorted(rule.labels),
        "confidentiality": rule.confidentiality,
        "flags": sorted(rule.flags),
    }


def _override(one: StudyOverride) -> dict[str, Any]:
    wish = one.wish
    return {
        "institution": one.institution,
        "study": one.study,
        "add": sorted(wish.add),
        "remove": sorted(wish.remove),
        "confidentiality": wish.confidentiality,
        "settled": wish.settled,
        "reason": wish.reason,
        "author": one.author,
        "at": to_time(one.at),
    }


def _told(wish: Wish) -> dict[str, str | int]:
    return {
        "add": ", ".join(sorted(wish.add)),
        "remove": ", ".join(sorted(wish.remove)),
        "confidentiality": wish.confidentiality or "",
        "settled": int(wish.settled),
        "reason": wish.reason,
    }
