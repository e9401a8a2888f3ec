"""A declared emergency: who declared it for whom, what was opened under it, and what its reviewers found."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from proxy.breakglass.statement import Attestation
from proxy.resources import HeldStudy, PatientIdentifier

EXCHANGE: Final = ""
"""In place of an institution: the exchange itself, which reviews an emergency under which nothing was opened."""


class Disposition(StrEnum):
    """What a review comes to; the clock goes on while information is needed."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not-justified"
    NEEDS_INFORMATION = "needs-information"


@dataclass(frozen=True, slots=True)
class Declarer:
    """Who declared it, as they were then. `person` is what registers elsewhere know the person by."""

    subject: str
    name: str
    organization: str
    roles: tuple[str, ...]
    person: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A study that was opened, the first time; `patient` is as its institution knows the person."""

    study: str
    patient: PatientIdentifier
    at: datetime


@dataclass(frozen=True, slots=True)
class Review:
    """`by` is the reviewer's subject; `words` are for the record."""

    disposition: Disposition
    by: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """What one institution has to review, by `due`; it was handed on at `escalated`, when nobody had."""

    institution: str
    due: datetime
    openings: tuple[Opening, ...] = ()
    reviews: tuple[Review, ...] = ()
    escalated: datetime | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the last review settled it, and nothing was opened since."""
        if not self.reviews or self.reviews[-1].disposition is Disposition.NEEDS_INFORMATION:
            return False
        return all(opening.at <= self.reviews[-1].at for opening in self.openings)

    def is_overdue(self, moment: datetime) -> bool:
        return not self.is_closed and self.due <= moment


@dataclass(frozen=True, slots=True)
class Emergency:
    """In force from `since` until just before `until`, for one person and one patient.

    `identifiers` are all that the patient was known by; `key` is the exchange's own, empty for a patient whom it does
    not know. `rules` permitted the declaration, under `policy`.
    """

    id: str
    by: Declarer
    patient: PatientIdentifier
    identifiers: tuple[PatientIdentifier, ...]
    key: str
    opinion: str
    attested: tuple[Attestation, ...]
    since: datetime
    until: datetime
    policy: str
    rules: tuple[str, ...]
    cases: tuple[Case, ...]
    ended: datetime | None = None

    def holds_at(self, moment: datetime) -> bool:
        return self.ended is None and self.since <= moment < self.until

    def is_of(self, patient: PatientIdentifier, key: str | None) -> bool:
        """Whether it is for the person behind `patient`, whom the exchange knows by `key`."""
        return patient in self.identifiers or (self.key != "" and self.key == key)

    def case_of(self, institution: str) -> Case | None:
        return next((case for case in self.cases if case.institution == institution), None)

    def overdue(self, moment: datetime) -> Iterator[Case]:
        """The cases that are overdue and were not handed on yet."""
        return (case for case in self.cases if case.escalated is None and case.is_overdue(moment))

    def with_case(self, changed: Case) -> "Emergency":
        """With `changed` in place of the case of that institution, or beside the others.

        What was opened at an institution is reviewed there: the exchange is left with what nobody else reviews.
        """
        others = tuple(case for case in self.cases if case.institution != changed.institution)
        if changed.institution != EXCHANGE:
            others = tuple(case for case in others if case.institution != EXCHANGE or case.reviews)
        return replace(self, cases=(*others, changed))


def opening_of(held: HeldStudy, moment: datetime) -> Opening:
    return Opening(held.study, held.patient, moment)
