"""What officers made of anomalies, and what keeps that."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol

import msgspec


class Finding(StrEnum):
    """What came of a case; with `unknown` its clock goes on."""

    APPROPRIATE = "appropriate"
    EDUCATE = "educate"
    VIOLATION = "violation"
    UNKNOWN = "unknown"


class Opinion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an officer says of a case, with the reason for others."""

    finding: Finding
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=1000)]


@dataclass(frozen=True, slots=True)
class Disposition:
    """An `opinion` about the case `case`, by `author` (a subject) at a time."""

    case: str
    opinion: Opinion
    author: str
    at: datetime

    @property
    def closes(self) -> bool:
        return self.opinion.finding is not Finding.UNKNOWN


class DispositionStore(Protocol):
    """Both may be called from any thread. They raise `StoreFailed`."""

    def all(self) -> dict[str, list[Disposition]]:
        """By case, each case's in their order."""
        ...

    def add(self, disposition: Disposition) -> None:
        """Keep it durably, beside earlier ones."""
        ...
