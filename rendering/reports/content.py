"""The content tree of a structured report, read once into values (PS3.3 C.17.3, C.18)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from rendering.documents.blocks import Table, Words

_LAST = 2**32 - 1  # UL

Position: TypeAlias = tuple[int, ...]
"""Where a content item stands: ordinal positions from 1, that of the root first (C.17.3.2.5)."""


def to_position(found: Sequence[object]) -> Position:
    """The position that a reference to another item names; what is none is nowhere."""
    return tuple(one if isinstance(one, int) and not isinstance(one, bool) and 0 < one <= _LAST else 0 for one in found)


class Relationship(StrEnum):
    """How a content item relates to the one above it (C.17.3.2.4)."""

    CONTAINS = "CONTAINS"
    OBSERVATION_CONTEXT = "HAS OBS CONTEXT"
    ACQUISITION_CONTEXT = "HAS ACQ CONTEXT"
    CONCEPT_MODIFIER = "HAS CONCEPT MOD"
    PROPERTIES = "HAS PROPERTIES"
    INFERRED_FROM = "INFERRED FROM"
    SELECTED_FROM = "SELECTED FROM"
    OTHER = ""


@dataclass(frozen=True, slots=True)
class Container:
    """A heading above content; `continuous` when that is to be read as one text (C.18.8)."""

    continuous: bool


@dataclass(frozen=True, slots=True)
class Measurement:
    """A number with its unit, or the reason why there is none (C.18.1)."""

    number: str
    unit: str
    qualifier: str

    @property
    def words(self) -> Words:
        measured = f"{self.number} {self.unit}".strip()
        return (f"{measured} ({self.qualifier})" if measured and self.qualifier else measured or self.qualifier,)


@dataclass(frozen=True, slots=True)
class Tabulated:
    """A table of values (C.18.10)."""

    table: Table


@dataclass(frozen=True, slots=True)
class Said:
    """Any other value, in words."""

    words: Words


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What is said at another position of the same tree (C.17.3.2.5)."""

    position: Position


Value: TypeAlias = Container | Measurement | Tabulated | Said | Elsewhere


@dataclass(frozen=True, slots=True)
class ContentItem:
    """`name` is the meaning of the concept name, empty where there is none.

    `observed` is when, empty where that is as for the item above or not told (Observation DateTime, Table C.17-5).
    """

    position: Position
    relationship: Relationship
    name: str
    value: Value
    children: "tuple[ContentItem, ...]" = ()
    observed: str = ""
