"""Declared emergencies for officers who review them, as JSON: the console uses it, and scripts may.

| method, path below /console/api | what | answer |
|---|---|---|
| GET /reviews | the cases of the officer's institutions, open ones first, by when they are due | `[{emergency, …}]` |
| PUT /reviews/{emergency}/{institution} | `{disposition, words}`: what the review came to | the case |

`disposition` is `justified`, `not-justified` or `needs-information`, which leaves the case open and its clock going.
Emergencies under which nothing was opened are reviewed at the exchange: `exchange` stands for the institution. For the
roles `privacy-officer` and, about the own institution, `institution-officer`; nobody reviews what they declared
themselves. A case says what 42 CFR 2.51(c) has on record: who received what, from whom, when, and why.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from proxy.access.events import caller_event
from proxy.audit.canonical import to_time
from proxy.audit.event import EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.breakglass.emergencies import Emergencies
from proxy.breakglass.emergency import EXCHANGE, Case, Disposition, Emergency, Opening, Review
from proxy.errors import BadRequest, NotFound
from proxy.http.bodies import body_of
from proxy.http.json import json_response
from proxy.oversight.officers import Officers

ROOT: Final = "/console/api/reviews"
_ITSELF: Final = "exchange"
"""How the exchange itself is called where an institution would be."""

_MOST: Final = 500
_JSON: Final = frozenset({"application/json"})


class _Reviewed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    disposition: Disposition
    words: Annotated[str, msgspec.Meta(min_length=3, max_length=1000)]


@dataclass(frozen=True, slots=True)
class Reviews:
    """`clock` gives Unix seconds."""

    officers: Officers
    emergencies: Emergencies
    audit: AuditLog
    clock: Callable[[], float]

    async def all(self, request: Request) -> Response:
        """Reading them is on record: they tell of patients."""
        officer = await self.officers.reading(request)
        cases = [(one, case) for one in self.emergencies.all() for case in one.cases]
        own = [(one, case) for one, case in cases if officer.answers_for(case.institution)]
        shown = sorted(own, key=lambda pair: (pair[1].is_closed, pair[1].due))[:_MOST]
        detail: dict[str, str | int] = {"emergencies": len(shown)}
        await self.audit.record(caller_event(EventKind.AUDIT_READ, Outcome.SUCCESS, officer.caller, detail))
        return json_response(request, [self._case(one, case) for one, case in shown])

    async def review(self, request: Request) -> Response:
        officer = await self.officers.changing(request)
        named = request.path_params["institution"]
        institution = EXCHANGE if named == _ITSELF else named
        if not officer.answers_for(institution):
            raise NotFound
        wish = _read(await body_of(request, _JSON))
        emergency = await self.emergencies.review(
            officer.caller, request.path_params["emergency"], institution, wish.disposition, wish.words
        )
        case = emergency.case_of(institution)
        if case is None:
            raise NotFound
        return json_response(request, self._case(emergency, case))

    def _case(self, one: Emergency, case: Case) -> dict[str, Any]:
        now = datetime.fromtimestamp(self.clock(), UTC)
        return {
            "emergency": one.id,
            "institution": case.institution or _ITSELF,
            "subject": one.by.subject,
            "name": one.by.name,
            "organization": one.by.organization,
            "roles": list(one.by.roles),
            "authority": one.patient.authority,
            "identifier": one.patient.value,
            "nature": one.opinion,
            "attested": [one.value for one in one.attested],
            "since": to_time(one.since),
            "until": to_time(one.until),
            "ended": None if one.ended is None else to_time(one.ended),
            "in_force": one.holds_at(now),
            "openings": [_opening(each) for each in case.openings],
            "due": to_time(case.due),
            "closed": case.is_closed,
            "overdue": case.is_overdue(now),
            "escalated": None if case.escalated is None else to_time(case.escalated),
            "reviews": [_review(each) for each in case.reviews],
        }


def routes(reviews: Reviews) -> list[BaseRoute]:
    return [
        Route(ROOT, reviews.all),
        Route(f"{ROOT}/{{emergency}}/{{institution}}", reviews.review, methods=["PUT"]),
    ]


def _read(body: bytes) -> _Reviewed:
    try:
        return msgspec.json.decode(body, type=_Reviewed)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"the body is no review: {error}") from None


def _opening(one: Opening) -> dict[str, str]:
    return {
        "study": one.study,
        "authority": one.patient.authority,
        "identifier": one.patient.value,
        "at": to_time(one.at),
    }


def _review(one: Review) -> dict[str, str]:
    return {"disposition": one.disposition.value, "by": one.by, "words": one.words, "at": to_time(one.at)}
