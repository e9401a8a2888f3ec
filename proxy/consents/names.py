"""Between the words of the exchange and those of consents: who a caller, an institution and a study are in FHIR."""

from collections.abc import Iterable, Iterator

from policy.consent import codes
from policy.consent.directive import Identity, Known
from proxy.resources import PatientIdentifier
from proxy.settings.consents import Consents, Party


class Names:
    """As the configuration has them; nobody else can be recognised."""

    def __init__(self, settings: Consents) -> None:
        self._systems = {one.name: one.system for one in settings.authorities}
        self._parties = [(party, frozenset(_identities(party))) for party in settings.parties]
        accessions = {party.accession_system for party in settings.parties} - {""}
        systems = frozenset({codes.DICOM_UID, *accessions, *self._systems.values()})
        self.known = Known(frozenset(one for _, named in self._parties for one in named), systems)
        self.institutions = frozenset(one for party, named in self._parties if party.institution for one in named)

    def of_person(self, identifiers: Iterable[PatientIdentifier]) -> frozenset[Identity]:
        """Identifiers of a patient or of a member of staff; those of authorities without a system are left out."""
        return frozenset(
            Identity(self._systems[one.authority], one.value) for one in identifiers if one.authority in self._systems
        )

    def of_caller(self, subject: str, organization: str, roles: frozenset[str]) -> frozenset[Identity]:
        """As whom consents may name somebody who asks, besides the person's own identifiers."""
        return frozenset(
            one for party, named in self._parties if _is_asking(party, subject, organization, roles) for one in named
        )

    def of_institution(self, institution: str) -> frozenset[Identity]:
        return frozenset(one for party, named in self._parties if party.institution == institution for one in named)

    def of_study(self, study: str, institution: str, accession: str) -> frozenset[Identity]:
        """By its UID, and by the accession number where its institution has a system for it."""
        systems = {party.accession_system for party, _ in self._parties if party.institution == institution} - {""}
        numbered = {Identity(system, accession) for system in systems if accession}
        return frozenset({Identity(codes.DICOM_UID, f"urn:oid:{study}"), *numbered})


def _identities(party: Party) -> Iterator[Identity]:
    yield from (Identity("", reference) for reference in party.references)
    yield from (Identity(one.system, one.value) for one in party.identifiers)


def _is_asking(party: Party, subject: str, organization: str, roles: frozenset[str]) -> bool:
    meant = (party.subject, party.organization, party.role)
    return any(meant) and all(
        (
            party.subject in {"", subject},
            party.organization in {"", organization},
            party.role in {"", *roles},
        )
    )
