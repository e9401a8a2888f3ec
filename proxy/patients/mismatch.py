"""Where an archive says something else of a person than the patient index does (PS3.3 C.7.1.1)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from proxy.patients.crossreference import Demographics
from proxy.resources import HeldStudy
from proxy.wire import dicomjson, tags


class Trait(StrEnum):
    """What is compared. Names are not: institutions write them in too many ways for a difference to mean much."""

    BIRTH_DATE = "birth date"
    SEX = "sex"


@dataclass(frozen=True, slots=True)
class IdentityMismatch:
    """A study whose archive differs from the patient index about its patient."""

    held: HeldStudy
    traits: tuple[Trait, ...]


def differing(attributes: Mapping[str, Any], known: Demographics) -> tuple[Trait, ...]:
    """In which traits `attributes` differ from what is known; what one of the two leaves out is no difference."""
    return tuple(_differing(attributes, known))


def _differing(attributes: Mapping[str, Any], known: Demographics) -> Iterator[Trait]:
    birth_date = dicomjson.text(attributes, tags.PATIENT_BIRTH_DATE)
    sex = dicomjson.text(attributes, tags.PATIENT_SEX)
    if birth_date and known.birth_date and birth_date != known.birth_date:
        yield Trait.BIRTH_DATE
    if sex and known.sex and sex != known.sex:
        yield Trait.SEX
