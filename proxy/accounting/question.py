"""Whose disclosures are asked for, of which days, and in which form."""

from enum import StrEnum
from typing import Annotated

import msgspec

from proxy.oversight.asked import Patient, Period


class Format(StrEnum):
    """`json` is for pages and shows no proof of itself; `proof` is the same with everything that shows it."""

    JSON = "json"
    PROOF = "proof"
    CSV = "csv"
    PDF = "pdf"
    FHIR = "fhir"


class Question(Period, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`patient` and `institution` narrow it down. `kept` is a checkpoint that the reader has."""

    patient: Patient | None = None
    institution: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    refused: bool = False
    format: Format = Format.JSON
    kept: Annotated[str, msgspec.Meta(max_length=4096)] | None = None
