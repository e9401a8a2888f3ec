"""Who treats whom: what the register says and what care events say, asked in the same way."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from proxy.resources import PatientIdentifier


class Relationship(Protocol):
    """That somebody has to do with a patient, of whom `patient` is the exchange's key."""

    @property
    def patient(self) -> str: ...

    @property
    def kind(self) -> str:
        """One of policy's kinds of relationship."""


class Relationships(Protocol):
    """Where relationships are known."""

    def relationships_of(self, subject: str, moment: datetime) -> Sequence[Relationship]:
        """The relationships of `subject` that hold at `moment`."""


class NoRelationships:
    """Nobody has to do with anybody."""

    def relationships_of(self, subject: str, moment: datetime) -> Sequence[Relationship]:  # noqa: ARG002 - a Protocol's
        return ()


NO_RELATIONSHIPS: Final = NoRelationships()


def unknown_patient(identifier: PatientIdentifier) -> str:
    """The key of a patient whom the exchange does not know by `identifier`."""
    return f"unknown:{identifier.authority}|{identifier.value}"
