"""What has to be asked before anything is decided about studies: their labels, and what their patients consented to."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from policy.consent.directive import Coding
from policy.consent.matching import Question
from policy.labels.labelling import Labels
from policy.labels.rules import PatientFlag
from policy.request import AccessRequest, Circumstances, StudyFacts
from proxy.access.caller import Caller
from proxy.consents.consents import Consents
from proxy.labelling.labelling import Labelling
from proxy.resources import HeldStudy, PatientIdentifier
from proxy.wire import dicomjson, tags

BREAKING_THE_GLASS: Final = "BTG"
_SILENT: Final = "The consent register does not answer; what depends on it is not listed until it does"
_SYSTEMS: Final = {
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "SCT": "http://snomed.info/sct",
    "LN": "http://loinc.org",
    "RADLEX": "http://radlex.org",
    "C4": "http://www.ama-assn.org/go/cpt",
}
"""Coding schemes of DICOM (PS3.16 §8) by their name in FHIR."""


@dataclass(frozen=True, slots=True)
class Background:
    """Asked for by `learn`, and known without asking inside."""

    consents: Consents
    labelling: Labelling

    @property
    def silent(self) -> bool:
        """Whether a source of consents does not answer: then nothing here is the same as nothing that may be known."""
        return self.consents.silent

    def notices(self) -> list[str]:
        """What to say to whoever lists studies."""
        return [_SILENT] if self.silent else []

    async def learn(self, held: Sequence[HeldStudy], moment: datetime) -> None:
        """Without waiting where everything is known and fresh, as it is for nearly every frame."""
        patients = dict.fromkeys(one.patient for one in held)
        if self.consents.knows(patients):
            await self.labelling.learn(held, moment)
        else:
            await asyncio.gather(self.labelling.learn(held, moment), self.consents.learn(patients))

    def complete(
        self,
        request: AccessRequest,
        caller: Caller,
        held: HeldStudy,
        moment: datetime,
        persons: Iterable[PatientIdentifier],
    ) -> AccessRequest:
        """`request` with labels and directives; `persons` are the caller's own identifiers, at work or as a patient."""
        said = _said(request.study)
        labels = self.labelling.label(held, said, moment)
        if labels == said and not labels.because and not self.consents.asks:
            return request
        study = _labelled(request.study, labels)
        question = self._question(caller, held, study, request.circumstances, moment, persons)
        spoken = self.consents.say(held.patient, question)
        circumstances = replace(
            request.circumstances,
            directive=spoken.verdict,
            part2_consent=request.circumstances.part2_consent or spoken.names_recipient,
        )
        because = (*request.because, *labels.because, *spoken.because)
        return replace(request, study=study, circumstances=circumstances, because=because)

    def _question(
        self,
        caller: Caller,
        held: HeldStudy,
        study: StudyFacts,
        circumstances: Circumstances,
        moment: datetime,
        persons: Iterable[PatientIdentifier],
    ) -> Question:
        names = self.consents.names
        declared = {BREAKING_THE_GLASS} if circumstances.break_glass else set[str]()
        return Question(
            recipients=names.of_caller(caller.subject, caller.organization, caller.roles) | names.of_person(persons),
            purposes=frozenset({caller.purpose.value, *declared}),
            custodians=names.of_institution(held.institution),
            institutions=names.institutions,
            study=names.of_study(held.study, held.institution, dicomjson.text(held.attributes, tags.ACCESSION_NUMBER)),
            moment=moment,
            taken=_day(held.date),
            codes=_codes(held),
            confidentiality=study.confidentiality,
            labels=study.labels,
        )


def _said(study: StudyFacts) -> Labels:
    """What the register says of the study and its patient."""
    patient = study.patient
    flags = {PatientFlag.VIP: patient.vip, PatientFlag.EMPLOYEE: patient.employee, PatientFlag.MINOR: patient.minor}
    return Labels(study.labels, study.confidentiality, frozenset(flag for flag, is_so in flags.items() if is_so))


def _labelled(study: StudyFacts, labels: Labels) -> StudyFacts:
    patient = replace(
        study.patient,
        vip=PatientFlag.VIP in labels.flags,
        employee=PatientFlag.EMPLOYEE in labels.flags,
        minor=PatientFlag.MINOR in labels.flags,
    )
    return replace(
        study,
        patient=patient,
        labels=labels.labels,
        confidentiality=labels.confidentiality,
        labelled=labels.complete,
    )


def _day(written: str) -> date | None:
    """StudyDate (0008,0020), DA `YYYYMMDD`; None for what is no date."""
    try:
        return date(int(written[:4]), int(written[4:6]), int(written[6:])) if len(written) == 8 else None
    except ValueError:
        return None


def _codes(held: HeldStudy) -> frozenset[Coding]:
    """Modalities and procedures, as consents name content."""
    items = [one for one in dicomjson.values(held.attributes, tags.PROCEDURE_CODE_SEQUENCE) if isinstance(one, dict)]
    coded = (
        (dicomjson.text(one, tags.CODING_SCHEME_DESIGNATOR), dicomjson.text(one, tags.CODE_VALUE)) for one in items
    )
    named = (Coding(_SYSTEMS[scheme], code) for scheme, code in coded if scheme in _SYSTEMS and code)
    return frozenset({*named, *(Coding(_SYSTEMS["DCM"], modality) for modality in held.modalities)})
