"""Looking a patient up by name and birth date (IHE PDQm, ITI-119): candidates for a person to choose from, no more.

Nothing is joined by a likeness: whoever is chosen is looked up by an identifier, like everybody else.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
import re
from typing import Any, Final, Protocol

from starlette.requests import Request
from starlette.responses import Response

from proxy.access.caller import Caller
from proxy.access.enforcement import Enforcement
from proxy.access.events import caller_event
from proxy.audit.event import EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.errors import BadRequest, NotFound, PatientIndexFailed
from proxy.http.identity import caller_of
from proxy.http.json import json_response
from proxy.patients.crossreference import CrossReferenceFailed
from proxy.patients.index import Candidate, Traits
from proxy.patients.register import Patient
from proxy.resources import PatientIdentifier

_DATE: Final = re.compile(r"\d{8}", re.ASCII)
_LONGEST_NAME: Final = 64


class Index(Protocol):
    """A patient index that finds people by what they are like."""

    async def match(self, traits: Traits) -> Sequence[Candidate]:
        """The likeliest first. Raises `CrossReferenceFailed`."""


@dataclass(frozen=True, slots=True)
class Matches:
    """`enforcement` says who may look people up; `patient_of`: what the register says of a person."""

    index: Index | None
    enforcement: Enforcement
    patient_of: Callable[[PatientIdentifier], Patient | None]
    audit: AuditLog

    async def offered(self, request: Request) -> Response:
        """Whether the caller may look people up in this way."""
        return json_response(request, {"match": self._may_match(await caller_of(request))})

    async def match(self, request: Request) -> Response:
        """The candidates, recorded before they are shown; names that were searched for are not recorded."""
        caller = await caller_of(request)
        if self.index is None:
            raise NotFound
        await self.enforcement.require_match(caller)
        traits = _read_traits(request)
        try:
            found = await self.index.match(traits)
        except CrossReferenceFailed as error:
            await self._record(caller, Outcome.FAILED, 0)
            raise PatientIndexFailed(str(error)) from None
        shown = [one for one in found if self._may_be_told_of(caller, one)]
        await self._record(caller, Outcome.SUCCESS, len(shown))
        return json_response(request, {"candidates": [_candidate(one) for one in shown]})

    def _may_match(self, caller: Caller) -> bool:
        return self.index is not None and self.enforcement.may_match(caller).permitted

    def _may_be_told_of(self, caller: Caller, candidate: Candidate) -> bool:
        """Whoever has opted out, has shut the caller out or is for the care team alone is not among them."""
        return all(_is_open(self.patient_of(one), caller) for one in candidate.identifiers)

    async def _record(self, caller: Caller, outcome: Outcome, rows: int) -> None:
        await self.audit.record(caller_event(EventKind.SEARCH, outcome, caller, {"level": "match", "rows": rows}))


def _is_open(patient: Patient | None, caller: Caller) -> bool:
    if patient is None:
        return True
    is_restricted = (patient.vip or patient.employee) and caller.subject not in patient.care_team
    return patient.consent != "optout" and caller.subject not in patient.blocked and not is_restricted


def _read_traits(request: Request) -> Traits:
    """Family name and birth date are both needed: who is looked for is somebody in particular."""
    given = {name: request.query_params.get(name, "").strip() for name in ("family", "given", "birth_date", "sex")}
    wrong = next(_wrong(given), None)
    if wrong is not None:
        raise BadRequest(f"`{wrong}` is missing or not valid")
    return Traits(**given)


def _wrong(given: dict[str, str]) -> Iterator[str]:
    if len(given["family"]) < 2:
        yield "family"
    if not _DATE.fullmatch(given["birth_date"]):
        yield "birth_date"
    if given["sex"] not in {"", "M", "F", "O"}:
        yield "sex"
    yield from (name for name, text in given.items() if len(text) > _LONGEST_NAME or (text and not text.isprintable()))


def _candidate(one: Candidate) -> dict[str, Any]:
    return {
        "identifiers": [{"authority": each.authority, "value": each.value} for each in one.identifiers],
        "family": one.family,
        "given": one.given,
        "birth_date": one.demographics.birth_date,
        "sex": one.demographics.sex,
        "score": one.score,
        "grade": one.grade,
    }
