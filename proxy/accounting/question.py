"""Whose disclosures are asked for, of which days, and in which form."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec

from proxy.errors import BadRequest


class Format(StrEnum):
    """`json` is for pages and shows no proof of itself; `proof` is the same with everything that shows it."""

    JSON = "json"
    PROOF = "proof"
    CSV = "csv"
    PDF = "pdf"
    FHIR = "fhir"


class Patient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    authority: Annotated[str, msgspec.Meta(max_length=64)]
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`patient` and `institution` narrow it down. Both days count (UTC). `kept` is a checkpoint that the reader has."""

    since: date = msgspec.field(name="from")
    to: date
    patient: Patient | None = None
    institution: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    refused: bool = False
    format: Format = Format.JSON
    kept: Annotated[str, msgspec.Meta(max_length=4096)] | None = None

    @property
    def start(self) -> datetime:
        return datetime.combine(self.since, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment that does not count."""
        return datetime.combine(self.to, time(), UTC) + timedelta(days=1)


def require_period(question: Question) -> None:
    """Raises `BadRequest` unless there are days in it that a calendar has."""
    if question.to < question.since or question.to.year > 9000:
        raise BadRequest("`to` is before `from`")
