"""What is known about a request, gathered from caller, study, register and configuration for policy to decide on."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Final

from policy.request import (
    AccessRequest,
    Circumstances,
    Consent,
    PatientFacts,
    RelationshipKind,
    StudyFacts,
    StudyState,
    Subject,
)
from proxy.access.caller import Caller
from proxy.patients.register import Register
from proxy.patients.treating import NO_RELATIONSHIPS, Relationships, unknown_patient
from proxy.resources import HeldStudy, PatientIdentifier
from proxy.settings.archives import Institution

_STRONGEST_FIRST: Final = (
    RelationshipKind.REFERRAL,
    RelationshipKind.ENCOUNTER,
    RelationshipKind.APPOINTMENT,
    RelationshipKind.REGISTERED,
)
"""Of several relationships to one patient policy sees one: the most deliberate."""


class Facts:
    """Gathers facts. What the register does not know is stated as unknown, so that policy refuses it by default."""

    def __init__(
        self,
        register: Register,
        institutions: Iterable[Institution],
        patient_of: Callable[[PatientIdentifier], str | None] | None = None,
        treating: Relationships = NO_RELATIONSHIPS,
    ) -> None:
        """`patient_of` gives the key in the register of people whom other sources know by more identifiers.

        `treating` knows relationships besides those of the register.
        """
        self._treating = treating
        self._register = register
        self._patient_of = patient_of or register.patient_of
        self._institutions: Mapping[str, Institution] = {one.id: one for one in institutions}

    def to_request(self, caller: Caller, held: HeldStudy, moment: datetime) -> AccessRequest:
        """The request whether `caller` may see `held` at `moment` (aware, any zone)."""
        patient = self._patient(held.patient)
        circumstances = Circumstances(
            purpose=caller.purpose,
            relationship=self._relationship(caller.subject, patient.id, moment),
            network=caller.network,
            now=int(moment.timestamp()),
        )
        return AccessRequest(self._subject(caller), self._study(held, patient, moment), circumstances)

    def _subject(self, caller: Caller) -> Subject:
        return Subject(
            id=caller.subject,
            roles=caller.roles,
            organization=caller.organization,
            assurance=caller.assurance,
            suspended=self._register.is_suspended(caller.subject),
            patient_record=self._patient_of(caller.patient) if caller.patient else None,
        )

    def _patient(self, identifier: PatientIdentifier) -> PatientFacts:
        key = self._patient_of(identifier)
        patient = self._register.patient(key) if key is not None else None
        if patient is None:
            return PatientFacts(id=unknown_patient(identifier))
        return PatientFacts(
            id=patient.id,
            consent=Consent(patient.consent),
            vip=patient.vip,
            employee=patient.employee,
            minor=patient.minor,
            blocked=patient.blocked,
            care_team=patient.care_team,
        )

    def _study(self, held: HeldStudy, patient: PatientFacts, moment: datetime) -> StudyFacts:
        said = self._register.study(held.study, held.institution)
        institution = self._institutions.get(held.institution)
        return StudyFacts(
            id=f"{held.study}@{held.archive}",
            institution=held.institution,
            patient=patient,
            confidentiality=said.confidentiality if said else "N",
            labels=said.labels if said else frozenset(),
            modality=held.modalities[0] if held.modalities else "",
            age_days=age_in_days(held.date, moment),
            state=StudyState(said.state) if said else StudyState.FINAL,
            allows_sharing=institution is not None and institution.allows_sharing,
        )

    def _relationship(self, subject: str, patient: str, moment: datetime) -> RelationshipKind:
        registered = self._register.relationships_of(subject, moment)
        told = self._treating.relationships_of(subject, moment)
        kinds = {RelationshipKind(one.kind) for one in (*registered, *told) if one.patient == patient}
        return next((kind for kind in _STRONGEST_FIRST if kind in kinds), RelationshipKind.NONE)


def age_in_days(study_date: str, moment: datetime) -> int | None:
    """Days since StudyDate (0008,0020; PS3.5 §6.2, DA `YYYYMMDD`); None when it is absent or not a date."""
    if len(study_date) != 8 or not (study_date.isascii() and study_date.isdecimal()):
        return None
    try:
        taken = date(int(study_date[:4]), int(study_date[4:6]), int(study_date[6:]))
    except ValueError:
        return None
    return (moment.astimezone(UTC).date() - taken).days
