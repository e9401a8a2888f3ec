"""A care event: somebody begins or ends to have to do with a patient, as any of the formats tells it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from policy.request import RelationshipKind


class Step(StrEnum):
    BEGINS = "begins"
    ENDS = "ends"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Named:
    """An identifier as its sender writes it; `systems` are names of the authority, the first one the most likely."""

    systems: tuple[str, ...]
    value: str


@dataclass(frozen=True, slots=True)
class Practitioner:
    named: Named
    kind: RelationshipKind


@dataclass(frozen=True, slots=True)
class CareEvent:
    """`kind` tells visits from appointments.

    `message` is the sender's name for this telling, `visit` that of the visit or appointment. Both may be empty: then
    nothing is taken for a repetition, and an end or a cancellation is for all of the kind.
    `told` is when the sender says that it happened, `starts` and `ends` are those of the visit or appointment.
    """

    step: Step
    kind: RelationshipKind
    patient: tuple[Named, ...]
    practitioners: tuple[Practitioner, ...] = ()
    message: str = ""
    visit: str = ""
    told: datetime | None = None
    starts: datetime | None = None
    ends: datetime | None = None


LONGEST_TEXT = 64
"""Of an identifier, as the register has them."""

LONGEST_NAME = 256
"""Of a message or visit."""

MOST_IDENTIFIERS = 32
MOST_PRACTITIONERS = 64


def is_identifier(text: str) -> bool:
    """Whether `text` can be an identifier that is looked up, shown and recorded; a pattern is none."""
    return 0 < len(text) <= LONGEST_TEXT and text.isprintable() and not set(text) & set("*?\\")


def to_name(text: str) -> str:
    """`text` as the name of a message or visit: without what could not be written down, and not too long."""
    return "".join(one for one in text[:LONGEST_NAME] if one.isprintable())
