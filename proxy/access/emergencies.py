"""Emergencies that people have declared for patients: what policy is told of them, and what they are told of."""

from datetime import datetime
from typing import Final, Protocol

from proxy.resources import HeldStudy, PatientIdentifier


class Emergencies(Protocol):
    """Where declared emergencies are known."""

    def of(self, subject: str, patient: PatientIdentifier, key: str | None, moment: datetime) -> str | None:
        """The name of the one that `subject` declared for the person behind `patient`, in force at `moment`.

        `key` is what the exchange knows the person by, if it does.
        """

    async def opened(self, name: str, held: HeldStudy) -> None:
        """`held` is about to be shown under the emergency `name`, on record. Raises `EmergenciesUnavailable`."""


class NoEmergencies:
    """Nobody has declared any."""

    def of(self, subject: str, patient: PatientIdentifier, key: str | None, moment: datetime) -> None:  # noqa: ARG002
        return None

    async def opened(self, name: str, held: HeldStudy) -> None: ...


NO_EMERGENCIES: Final = NoEmergencies()
