"""FHIR R4 JSON of a patient index, read leniently and bounded: what else it says is passed over.

Parameters of `$ihe-pix` (IHE ITI-83 2:3.83.4.2), searchset Bundles of Patient (ITI-119 2:3.119.4.2), OperationOutcome.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
import math
import re
from typing import Any, Final

import msgspec

from proxy.wire.errors import MalformedJson

MATCH_GRADE: Final = "http://hl7.org/fhir/StructureDefinition/match-grade"
_MAXIMUM_VALUES = 20_000
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_SEXES = {"male": "M", "female": "F", "other": "O"}


@dataclass(frozen=True, slots=True)
class FhirIdentifier:
    """An Identifier's `system`, a URI, and `value`."""

    system: str
    value: str


@dataclass(frozen=True, slots=True)
class FhirPatient:
    """What identifies a person; `birth_date` is a DICOM DA and `sex` a DICOM code, empty when there is none."""

    identifiers: tuple[FhirIdentifier, ...]
    family: str = ""
    given: str = ""
    birth_date: str = ""
    sex: str = ""


@dataclass(frozen=True, slots=True)
class FhirMatch:
    """A candidate: `score` from 0 to 1, `grade` certain, probable, possible or certainly-not; empty when not said."""

    patient: FhirPatient
    score: float | None = None
    grade: str = ""


def read_targets(body: bytes) -> tuple[FhirIdentifier, ...]:
    """The `targetIdentifier`s of a Parameters resource. Raises `MalformedJson`."""
    parameters = _objects(_resource(body, "Parameters"), "parameter")
    targets = (one for one in parameters if one.get("name") == "targetIdentifier")
    return tuple(filter(None, (_identifier(one.get("valueIdentifier")) for one in targets)))


def read_matches(body: bytes) -> tuple[FhirMatch, ...]:
    """The Patients of a Bundle in its order, outcomes left out. Raises `MalformedJson`."""
    return tuple(filter(None, map(_match, _objects(_resource(body, "Bundle"), "entry"))))


def read_issues(body: bytes) -> frozenset[str]:
    """The codes of an OperationOutcome's issues. Raises `MalformedJson`."""
    issues = _objects(_resource(body, "OperationOutcome"), "issue")
    return frozenset(code for one in issues if isinstance(code := one.get("code"), str))


def _resource(body: bytes, kind: str) -> Mapping[str, Any]:
    if body.count(b",") + body.count(b"[") + body.count(b"{") > _MAXIMUM_VALUES:
        raise MalformedJson("the JSON has too many values")
    try:
        document = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        raise MalformedJson("the answer is not JSON") from None
    if not isinstance(document, dict) or document.get("resourceType") != kind:
        raise MalformedJson(f"the answer is not a FHIR {kind}")
    return document


def _objects(document: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found = document.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _identifier(found: object) -> FhirIdentifier | None:
    if not isinstance(found, dict) or found.get("use") == "old":
        return None
    system, value = found.get("system"), found.get("value")
    return FhirIdentifier(system, value) if isinstance(system, str) and isinstance(value, str) else None


def _match(entry: Mapping[str, Any]) -> FhirMatch | None:
    resource, search = entry.get("resource"), entry.get("search")
    if not isinstance(resource, dict) or resource.get("resourceType") != "Patient":
        return None
    said = search if isinstance(search, dict) else {}
    grades = [one.get("valueCode") for one in _objects(said, "extension") if one.get("url") == MATCH_GRADE]
    grade = str(grades[0]) if grades and _is_text(grades[0]) else ""
    return FhirMatch(_patient(resource), _score(said.get("score")), grade)


def _score(found: object) -> float | None:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if math.isfinite(found) and 0 <= found <= 1 else None


def _patient(resource: Mapping[str, Any]) -> FhirPatient:
    identifiers = filter(None, map(_identifier, _objects(resource, "identifier")))
    return FhirPatient(tuple(identifiers), *next(_names(resource), ("", "")), _birth_date(resource), _sex(resource))


def _names(resource: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The official name first (FHIR R4 HumanName.use)."""
    names = sorted(_objects(resource, "name"), key=lambda one: one.get("use") != "official")
    for name in names:
        given = name.get("given")
        parts = [one for one in given if _is_text(one)] if isinstance(given, list) else []
        yield str(name["family"]) if _is_text(name.get("family")) else "", " ".join(parts)


def _birth_date(resource: Mapping[str, Any]) -> str:
    """Dates without a day are left out: they cannot be compared."""
    found = resource.get("birthDate")
    form = _DATE.fullmatch(found) if isinstance(found, str) else None
    return "".join(form.groups()) if form else ""


def _sex(resource: Mapping[str, Any]) -> str:
    found = resource.get("gender")
    return _SEXES.get(found, "") if isinstance(found, str) else ""


def _is_text(found: object) -> bool:
    return isinstance(found, str) and 0 < len(found) <= 256 and found.isprintable()
