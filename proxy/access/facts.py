"""What is known about a request, gathered from caller, study, register and configuration for policy to decide on."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Final

from policy.request import (
    AccessRequest,
    Circumstances,
    Consent,
    PatientFacts,
    PurposeOfUse,
    RelationshipKind,
    StudyFacts,
    StudyState,
    Subject,
)
from policy.searches import SearchAction, Searching, SearchRequest
from proxy.access.asker import Asker, Named
from proxy.access.background import Background
from proxy.access.caller import Caller
from proxy.access.emergencies import NO_EMERGENCIES, Emergencies
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


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known besides register and configuration: more relationships, labels and consents, emergencies."""

    treating: Relationships = NO_RELATIONSHIPS
    background: Background | None = None
    emergencies: Emergencies = NO_EMERGENCIES


NOTHING_MORE: Final = Knowledge()


class Facts:
    """Gathers facts. What the register does not know is stated as unknown, so that policy refuses it by default."""

    def __init__(
        self,
        register: Register,
        institutions: Iterable[Institution],
        patient_of: Callable[[PatientIdentifier], str | None] | None = None,
        knowledge: Knowledge = NOTHING_MORE,
    ) -> None:
        """`patient_of` gives the key in the register of people whom other sources know by more identifiers."""
        self._emergencies = knowledge.emergencies
        self._treating = knowledge.treating
        self._background = knowledge.background
        self._register = register
        self._patient_of = patient_of or register.patient_of
        self._institutions: Mapping[str, Institution] = {one.id: one for one in institutions}

    def to_request(self, caller: Caller, held: HeldStudy, moment: datetime) -> AccessRequest:
        """The request whether `caller` may see `held` at `moment` (aware, any zone)."""
        return self.to_requests(caller, moment)(held)

    def to_requests(self, caller: Caller, moment: datetime) -> Callable[[HeldStudy], AccessRequest]:
        """`to_request` for many studies, what is the same for all of them or all of one patient gathered once."""
        subject, persons = self._subject(caller), self._persons(caller)

        @cache
        def whose(identifier: PatientIdentifier) -> tuple[PatientFacts, Circumstances]:
            patient = self._patient(identifier)
            return patient, self._circumstances(caller, identifier, patient, moment)

        def to_request(held: HeldStudy) -> AccessRequest:
            patient, circumstances = whose(held.patient)
            request = AccessRequest(subject, self._study(held, patient, moment), circumstances)
            if self._background is None:
                return request
            return self._background.complete(request, caller, held, moment, persons)

        return to_request

    def _circumstances(
        self, caller: Caller, identifier: PatientIdentifier, patient: PatientFacts, moment: datetime
    ) -> Circumstances:
        return Circumstances(
            purpose=caller.purpose,
            relationship=self._strongest(caller.subject, {patient.id}, moment),
            network=caller.network,
            now=int(moment.timestamp()),
            break_glass=self.emergency_of(caller, identifier, moment) is not None,
            coworker=self._are_coworkers(caller, patient.id),
        )

    def to_search(
        self, asker: Asker, action: SearchAction, named: Named, moment: datetime, institution: Institution | None = None
    ) -> SearchRequest:
        """The request whether `asker` may search so at `institution`; None for the index of the exchange."""
        caller = asker.caller
        searching = Searching(
            purpose=caller.purpose,
            network=caller.network,
            now=int(moment.timestamp()),
            key=named.key,
            own_identifier=not asker.own.isdisjoint(named.patients),
            relationship=self._strongest(
                caller.subject, {self._patient_of(one) or unknown_patient(one) for one in named.patients}, moment
            ),
            knows_caller=institution is not None and asker.is_known_at(institution),
            break_glass=any(self.emergency_of(caller, one, moment) for one in named.patients),
        )
        return SearchRequest(
            self._subject(caller),
            action,
            searching,
            institution.id if institution else "",
            allows_sharing=institution is not None and institution.allows_sharing,
        )

    def emergency_of(self, caller: Caller, patient: PatientIdentifier, moment: datetime) -> str | None:
        """The emergency that `caller` has declared for that person, which counts in an emergency session alone."""
        if caller.purpose is not PurposeOfUse.ETREAT:
            return None
        return self._emergencies.of(caller.subject, patient, self._patient_of(patient), moment)

    def _are_coworkers(self, caller: Caller, patient: str) -> bool:
        known = self._register.patient(patient)
        return known is not None and not known.employers.isdisjoint({caller.organization, caller.organization_id})

    def _persons(self, caller: Caller) -> tuple[PatientIdentifier, ...]:
        """By which identifiers others know the caller: as staff, and as a patient."""
        own = (caller.patient,) if caller.patient else ()
        return (*self._register.staff_identifiers_of(_account(caller)), *own)

    def _subject(self, caller: Caller) -> Subject:
        return Subject(
            id=caller.subject,
            roles=caller.roles,
            organization=caller.organization,
            assurance=caller.assurance,
            suspended=self._register.is_suspended(_account(caller)),
            patient_record=self._patient_of(caller.patient) if caller.patient else None,
            shared_by=caller.shared.by if caller.shared else None,
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

    def _strongest(self, subject: str, patients: Collection[str], moment: datetime) -> RelationshipKind:
        registered = self._register.relationships_of(subject, moment)
        told = self._treating.relationships_of(subject, moment)
        kinds = {RelationshipKind(one.kind) for one in (*registered, *told) if one.patient in patients}
        return next((kind for kind in _STRONGEST_FIRST if kind in kinds), RelationshipKind.NONE)


def _account(caller: Caller) -> str:
    """The account that answers for what is asked: of a share link, its maker's."""
    return caller.shared.by if caller.shared else caller.subject


def age_in_days(study_date: str, moment: datetime) -> int | None:
    """Days since StudyDate (0008,0020; PS3.5 §6.2, DA `YYYYMMDD`); None when it is absent or not a date."""
    if len(study_date) != 8 or not (study_date.isascii() and study_date.isdecimal()):
        return None
    try:
        taken = date(int(study_date[:4]), int(study_date[4:6]), int(study_date[6:]))
    except ValueError:
        return None
    return (moment.astimezone(UTC).date() - taken).days
