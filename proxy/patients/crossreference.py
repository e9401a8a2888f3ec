"""What a source of cross-references is asked and answers: identifiers of the person behind one (IHE PIXm, ITI-83)."""

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Protocol

from proxy.resources import PatientIdentifier

LONGEST_TEXT = 64
"""Of PatientID (0010,0020) and IssuerOfPatientID (0010,0021), both LO (PS3.5 §6.2)."""

_WILDCARDS = frozenset("*?\\")


class CrossReferenceFailed(Exception):
    """A source did not answer, or not in a way that can be used; the words are safe."""


@dataclass(frozen=True, slots=True)
class Demographics:
    """`birth_date` as `YYYYMMDD`, `sex` as M, F or O (PS3.3 C.7.1.1); empty where a source does not say."""

    birth_date: str = ""
    sex: str = ""


class CrossReference(Protocol):
    """A source of cross-references."""

    def known_as(self, identifier: PatientIdentifier) -> Awaitable[frozenset[PatientIdentifier]]:
        """The person's other identifiers; empty when it knows nobody by this one. Raises `CrossReferenceFailed`."""

    def demographics_of(self, identifier: PatientIdentifier) -> Awaitable[Demographics]:
        """What it says of the person, empty where it says nothing. Raises `CrossReferenceFailed`."""


def is_plain(text: str) -> bool:
    """Whether `text` can be half of an identifier that archives are asked for: a wildcard would find other people."""
    return 0 < len(text) <= LONGEST_TEXT and text.isprintable() and text == text.strip() and not _WILDCARDS & set(text)


def plain(identifiers: Iterable[PatientIdentifier]) -> frozenset[PatientIdentifier]:
    """Those of `identifiers` of which both halves are plain."""
    return frozenset(one for one in identifiers if is_plain(one.authority) and is_plain(one.value))
