"""Assigning authorities by their name in DICOM and by their URI in FHIR (IHE PIXm 2:3.83.4.1.2, `urn:oid:…`)."""

from collections.abc import Iterable

from proxy.patients.crossreference import plain
from proxy.resources import PatientIdentifier
from proxy.settings.patients import AssigningAuthority
from proxy.wire.fhir import FhirIdentifier

_OID = "urn:oid:"


class Authorities:
    """The authorities that the configuration names; identifiers of all others are nobody's here."""

    def __init__(self, known: Iterable[AssigningAuthority]) -> None:
        self._systems = {one.name: one.system for one in known}
        self._names = {system: name for name, system in self._systems.items()}

    def to_fhir(self, identifier: PatientIdentifier) -> FhirIdentifier | None:
        system = self._systems.get(identifier.authority)
        return FhirIdentifier(system, identifier.value) if system is not None else None

    def to_dicom(self, identifiers: Iterable[FhirIdentifier]) -> frozenset[PatientIdentifier]:
        """Those of `identifiers` whose authority is known and that archives can be asked for."""
        named = ((self._names.get(one.system), one.value) for one in identifiers)
        return plain(PatientIdentifier(name, value) for name, value in named if name is not None)

    def oid(self, name: str) -> str:
        """The authority's OID; empty when it has none."""
        system = self._systems.get(name, "")
        return system.removeprefix(_OID) if system.startswith(_OID) else ""
