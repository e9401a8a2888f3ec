"""A FHIR R4 patient index, asked for identifiers (IHE PIXm, ITI-83) and for demographics (IHE PDQm, ITI-78, ITI-119).

Asked by GET below its base URL, and by POST at `Patient/$match`; there is no other way to it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import msgspec

from proxy.fhirserver import FhirServer, ServerSilent
from proxy.patients.authorities import Authorities
from proxy.patients.crossreference import CrossReferenceFailed, Demographics
from proxy.resources import PatientIdentifier
from proxy.settings.patients import PatientIndex
from proxy.wire.errors import MalformedJson
from proxy.wire.fhir import FhirMatch, read_issues, read_matches, read_targets

MOST_CANDIDATES: Final = 10

_GENDERS: Final = {"M": "male", "F": "female", "O": "other"}


@dataclass(frozen=True, slots=True)
class Traits:
    """By what a person is looked for: names, `birth_date` as `YYYYMMDD`, `sex` as M, F, O or empty."""

    family: str
    given: str
    birth_date: str
    sex: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person whom the index finds like the one looked for; `score` and `grade` are its own (`FhirMatch`)."""

    identifiers: tuple[PatientIdentifier, ...]
    family: str
    given: str
    demographics: Demographics
    score: float | None
    grade: str


class FhirPatientIndex:
    """Asks the index that `transport` leads to. `timer` gives seconds."""

    def __init__(self, settings: PatientIndex, transport: httpx.AsyncBaseTransport, timer: Callable[[], float]) -> None:
        self._server = FhirServer(
            *("the patient index", settings.base_url, transport, timer),
            connections=settings.connections,
            seconds=settings.seconds,
            answer_bytes=settings.answer_bytes,
        )
        self._authorities = Authorities(settings.authorities)

    async def close(self) -> None:
        await self._server.close()

    async def known_as(self, identifier: PatientIdentifier) -> frozenset[PatientIdentifier]:
        """The person's other identifiers (`$ihe-pix`). Raises `CrossReferenceFailed`."""
        source = self._authorities.to_fhir(identifier)
        if source is None:
            return frozenset()
        query = urlencode({"sourceIdentifier": f"{source.system}|{source.value}"})
        status, body = await self._get(f"Patient/$ihe-pix?{query}")
        if _is_unknown(status, body):
            return frozenset()
        return self._authorities.to_dicom(self._read(status, body, read_targets))

    async def demographics_of(self, identifier: PatientIdentifier) -> Demographics:
        """What the index says of the one person that it has under `identifier`. Raises `CrossReferenceFailed`."""
        source = self._authorities.to_fhir(identifier)
        if source is None:
            return Demographics()
        query = urlencode({"identifier": f"{source.system}|{source.value}", "_count": 2})
        found = self._read(*await self._get(f"Patient?{query}"), read_matches)
        people = [one.patient for one in found if source in one.patient.identifiers]
        return Demographics(people[0].birth_date, people[0].sex) if len(people) == 1 else Demographics()

    async def match(self, traits: Traits) -> tuple[Candidate, ...]:
        """People like `traits`, the likeliest first, for somebody to choose from. Raises `CrossReferenceFailed`."""
        content = msgspec.json.encode(_question(traits))
        found = self._read(*await self._post("Patient/$match", content), read_matches)
        likely = sorted((one for one in found if one.grade != "certainly-not"), key=lambda one: -(one.score or 0))
        return tuple(self._candidates(likely))[:MOST_CANDIDATES]

    def _candidates(self, found: Sequence[FhirMatch]) -> Iterator[Candidate]:
        for one in found:
            known = self._authorities.to_dicom(one.patient.identifiers)
            if known:
                identifiers = tuple(sorted(known, key=lambda each: (each.authority, each.value)))
                demographics = Demographics(one.patient.birth_date, one.patient.sex)
                yield Candidate(identifiers, one.patient.family, one.patient.given, demographics, one.score, one.grade)

    def _read(self, status: int, body: bytes, read: Callable[[bytes], Any]) -> Any:
        if status != 200:
            raise CrossReferenceFailed("the patient index refused the question")
        try:
            return read(body)
        except MalformedJson:
            raise CrossReferenceFailed("the patient index answered wrongly") from None

    async def _get(self, target: str) -> tuple[int, bytes]:
        try:
            return await self._server.get(target)
        except ServerSilent as silence:
            raise CrossReferenceFailed(str(silence)) from None

    async def _post(self, target: str, content: bytes) -> tuple[int, bytes]:
        try:
            return await self._server.post(target, content)
        except ServerSilent as silence:
            raise CrossReferenceFailed(str(silence)) from None


def _is_unknown(status: int, body: bytes) -> bool:
    """Whether the index says in its own words that it knows nobody by the identifier, or not who assigned it.

    A 404 from somewhere else says nothing about anybody (ITI-83 2:3.83.4.2.2).
    """
    try:
        issues = read_issues(body) if status in {400, 404} else frozenset()
    except MalformedJson:
        return False
    return (status, next(iter(issues & {"not-found", "code-invalid"}), "")) in {
        (404, "not-found"),
        (400, "code-invalid"),
    }


def _question(traits: Traits) -> dict[str, Any]:
    birth_date = "-".join((traits.birth_date[:4], traits.birth_date[4:6], traits.birth_date[6:]))
    name = {"family": traits.family, **({"given": traits.given.split()} if traits.given else {})}
    gender = {"gender": _GENDERS[traits.sex]} if traits.sex in _GENDERS else {}
    patient = {"resourceType": "Patient", "name": [name], "birthDate": birth_date, **gender}
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "resource", "resource": patient},
            {"name": "onlyCertainMatches", "valueBoolean": False},
            {"name": "count", "valueInteger": MOST_CANDIDATES},
        ],
    }
