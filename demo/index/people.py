"""Whom the demo's patient index knows, and the URIs of the authorities that assign their identifiers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from demo.data.patients import AUTHORITIES, BUC, HONG, WANG, YAMADA, Patient

SYSTEMS: Final[Mapping[str, str]] = {
    "GENERAL": "urn:oid:2.16.840.1.113883.3.9999.1",
    "LAKESIDE": "urn:oid:2.16.840.1.113883.3.9999.2",
    "UNIVERSITY": "urn:oid:2.16.840.1.113883.3.9999.3",
}

_GENDERS: Final = {"M": "male", "F": "female", "O": "other"}


@dataclass(frozen=True, slots=True)
class IndexedPerson:
    """`identifiers` are pairs of a system and a value; `birth_date` and `gender` as FHIR has them."""

    id: str
    family: str
    given: str
    birth_date: str
    gender: str
    identifiers: tuple[tuple[str, str], ...]

    def to_patient(self) -> dict[str, Any]:
        """The person as a Patient resource."""
        return {
            "resourceType": "Patient",
            "id": self.id,
            "identifier": [{"system": system, "value": value} for system, value in self.identifiers],
            "name": [{"use": "official", "family": self.family, "given": [self.given]}],
            "gender": self.gender,
            "birthDate": self.birth_date,
        }


def indexed(patients: Iterable[Patient]) -> tuple[IndexedPerson, ...]:
    """The demo's patients as the index knows them."""
    return tuple(map(_person, patients))


def _person(patient: Patient) -> IndexedPerson:
    family, _, given = patient.name.partition("=")[0].partition("^")
    date = patient.birth_date
    return IndexedPerson(
        id=patient.key,
        family=family,
        given=given,
        birth_date=f"{date[:4]}-{date[4:6]}-{date[6:]}",
        gender=_GENDERS[patient.sex],
        identifiers=tuple((SYSTEMS[AUTHORITIES[one]], value) for one, value in patient.identifiers.items()),
    )


PEOPLE: Final = indexed((BUC, YAMADA, HONG, WANG))
