"""What the rules of the exchange's bundle say, written down again in Python from their sentences, not from their Cedar.

Each reading stands under the sentence that it was made from: a bundle that says something else has to be read again.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from policy.request import (
    AccessRequest,
    Capability,
    Consent,
    DirectiveVerdict,
    Network,
    PurposeOfUse,
    RelationshipKind,
    StudyState,
)

ALL: Final = frozenset(Capability)
SHOWN: Final = ALL - {Capability.SHARE, Capability.KEEP}
RENDERED: Final = SHOWN - {Capability.VIEW_LOSSLESS, Capability.VIEW_UNMARKED}
"""Rendered images that carry the viewer's name."""

SUBSTANCE_USE: Final = frozenset({"ETH", "ETHUD", "OPIOIDUD", "SUD"})
BEHAVIOURAL: Final = frozenset({"BH", "MH", "PSY"})

Holds = Callable[[AccessRequest], bool]


@dataclass(frozen=True)
class Reading:
    """When a rule applies, and to what; an emergency that was declared lifts a rule that is `lifted`.

    With `also` it is about all that share links do, and only about these capabilities of everybody else.
    """

    says: str
    permits: bool
    of: Collection[Capability]
    holds: Holds
    lifted: bool = False
    also: Collection[Capability] = ()

    def applies(self, request: AccessRequest, capability: Capability) -> bool:
        if self.also and not link(request) and capability not in self.also:
            return False
        return capability in self.of and not (self.lifted and emergency(request)) and self.holds(request)


def decide(request: AccessRequest, capability: Capability) -> tuple[bool, frozenset[str]]:
    """Whether `capability` is permitted, and by which rules: what forbids outranks what permits, nothing is nothing."""
    applying = {name for name, reading in READINGS.items() if reading.applies(request, capability)}
    forbidding = frozenset(name for name in applying if not READINGS[name].permits)
    return bool(applying) and not forbidding, forbidding or frozenset(applying)


def emergency(request: AccessRequest) -> bool:
    return request.circumstances.break_glass and request.circumstances.purpose is PurposeOfUse.ETREAT


def in_care(request: AccessRequest) -> bool:
    return request.circumstances.purpose in {PurposeOfUse.TREAT, PurposeOfUse.ETREAT}


def own(request: AccessRequest) -> bool:
    return request.subject.patient_record == request.study.patient.id


def of_care_team(request: AccessRequest) -> bool:
    return request.subject.id in request.study.patient.care_team


def clinician(request: AccessRequest) -> bool:
    return "clinician" in request.subject.roles


def related(request: AccessRequest) -> bool:
    return request.circumstances.relationship is not RelationshipKind.NONE


def referred(request: AccessRequest) -> bool:
    return request.circumstances.relationship is RelationshipKind.REFERRAL


def consent(*which: Consent) -> Holds:
    return lambda request: request.study.patient.consent in which


def directive(*which: DirectiveVerdict) -> Holds:
    return lambda request: request.circumstances.directive in which


def restricted(request: AccessRequest) -> bool:
    patient = request.study.patient
    return request.study.confidentiality == "V" or patient.vip or patient.employee


def for_others(request: AccessRequest) -> bool:
    """To whoever is neither of the care team nor the patient, nor in an emergency of a stranger (policy.md §5.2)."""
    trusted = of_care_team(request) or own(request) or (emergency(request) and not request.circumstances.coworker)
    return restricted(request) and not trusted


def about_substance_use(request: AccessRequest) -> bool:
    return bool(request.study.labels & SUBSTANCE_USE)


def at_general_without_referral(request: AccessRequest) -> bool:
    labelled = request.study.institution == "general" and bool(request.study.labels & BEHAVIOURAL)
    return labelled and not referred(request) and not own(request)


def unread_at_university(request: AccessRequest) -> bool:
    at_university = request.study.institution == "university"
    return at_university and request.study.state is not StudyState.FINAL and not referred(request)


def declared_by_an_emergency_clinician(request: AccessRequest) -> bool:
    subject = request.subject
    return "emergency-clinician" in subject.roles and subject.assurance >= 2 and emergency(request)


def own_finished(request: AccessRequest) -> bool:
    asking = "patient" in request.subject.roles and request.circumstances.purpose is PurposeOfUse.PATRQT
    return asking and own(request) and request.study.state is StudyState.FINAL


def link(request: AccessRequest) -> bool:
    return request.subject.shared_by is not None


def sensitive(request: AccessRequest) -> bool:
    return bool(request.study.labels) or request.study.confidentiality in {"R", "V"}


def shares_in_care(request: AccessRequest) -> bool:
    treating = clinician(request) and request.circumstances.purpose is PurposeOfUse.TREAT and related(request)
    return treating and not request.circumstances.break_glass and not consent(Consent.OPT_OUT)(request)


def keeps_in_care(request: AccessRequest) -> bool:
    return shares_in_care(request) and request.circumstances.network is Network.CLINICAL


READINGS: Final[dict[str, Reading]] = {
    "hie-001-treating-clinician": Reading(
        "A clinician who treats the patient sees the study, unless the patient has opted out.",
        True,
        SHOWN,
        lambda one: clinician(one) and in_care(one) and related(one) and not consent(Consent.OPT_OUT)(one),
    ),
    "hie-012-clinician-knows": Reading(
        "A clinician may know that studies of a patient exist when the patient has opted in, without seeing them.",
        True,
        {Capability.KNOW_EXISTS},
        lambda one: clinician(one) and in_care(one) and consent(Consent.OPT_IN)(one),
    ),
    "hie-003-break-glass": Reading(
        "Whoever has declared an emergency for the patient sees rendered images that carry the name; it will be "
        "reviewed.",
        True,
        RENDERED,
        declared_by_an_emergency_clinician,
    ),
    "hie-006-own-studies": Reading(
        "A patient sees the finished studies of the own record.", True, RENDERED, own_finished
    ),
    "hie-002-opt-out": Reading(
        "The patient has opted out of the exchange.", False, ALL, consent(Consent.OPT_OUT), lifted=True
    ),
    "hie-011-blocked-person": Reading(
        "The patient has asked that this person not see the record.",
        False,
        ALL,
        lambda one: one.subject.id in one.study.patient.blocked,
    ),
    "hie-030-consent-denies": Reading(
        "A consent directive of the patient denies this.", False, ALL, directive(DirectiveVerdict.DENIES), lifted=True
    ),
    "hie-031-consent-always-denies": Reading(
        "A consent directive of the patient denies this, in emergencies too.",
        False,
        ALL,
        directive(DirectiveVerdict.ALWAYS_DENIES),
    ),
    "hie-032-consent-not-known": Reading(
        "It is not known what the patient's consent directives say: one is not understood, or nobody could be asked.",
        False,
        ALL,
        directive(DirectiveVerdict.UNREADABLE, DirectiveVerdict.UNANSWERED),
        lifted=True,
    ),
    "hie-004-substance-use": Reading(
        "A substance use disorder record needs a consent that names the recipient, even to be known of.",
        False,
        ALL,
        lambda one: about_substance_use(one) and not one.circumstances.part2_consent,
        lifted=True,
    ),
    "hie-042-redisclosure": Reading(
        "A substance use disorder record is shown with the notice that it may not be disclosed further.",
        False,
        {Capability.VIEW_WITHOUT_NOTICE},
        about_substance_use,
    ),
    "hie-005-care-team-only": Reading(
        "A restricted record is open to the patient's care team, to the patient, and in a declared emergency to "
        "whoever is no coworker.",
        False,
        ALL,
        for_others,
    ),
    "hie-033-not-labelled": Reading(
        "Whether the study is sensitive cannot be told, because its archive does not give what the labelling rules "
        "read.",
        False,
        ALL,
        lambda one: not one.study.labelled and not of_care_team(one) and not own(one),
        lifted=True,
    ),
    "hie-008-outside-network": Reading(
        "Outside the clinical network images are reduced and carry the viewer's name.",
        False,
        {Capability.VIEW_LOSSLESS, Capability.VIEW_FULL_SIZE, Capability.VIEW_UNMARKED},
        lambda one: one.circumstances.network is Network.INTERNET,
    ),
    "hie-009-suspended": Reading("The account is suspended.", False, ALL, lambda one: one.subject.suspended),
    "hie-010-quarantined": Reading(
        "The institution is correcting this study; it may belong to another patient.",
        False,
        ALL,
        lambda one: one.study.state is StudyState.QUARANTINED,
    ),
    "general-001-behavioural-health": Reading(
        "General Hospital releases behavioural health studies on referral only.",
        False,
        ALL,
        at_general_without_referral,
        lifted=True,
    ),
    "university-001-preliminary": Reading(
        "University Hospital shows a study once it has been read; until then others may know that it exists.",
        False,
        ALL - {Capability.KNOW_EXISTS, Capability.VIEW_WITHOUT_NOTICE},
        unread_at_university,
    ),
    "hie-060-share-in-care": Reading(
        "A clinician who treats the patient may share a study by a link, unless the patient has opted out or it is an "
        "emergency.",
        True,
        {Capability.SHARE},
        shares_in_care,
    ),
    "hie-061-share-own": Reading(
        "A patient may share the finished studies of the own record by a link.",
        True,
        {Capability.SHARE},
        own_finished,
    ),
    "hie-062-shared": Reading(
        "A share link shows rendered images of the finished study that it was made for, which carry the recipient's "
        "name.",
        True,
        RENDERED,
        lambda one: link(one) and one.study.state is StudyState.FINAL,
    ),
    "hie-064-institution-does-not-share": Reading(
        "The institution does not let its studies be shared by links.",
        False,
        ALL,
        lambda one: not one.study.allows_sharing,
        also={Capability.SHARE},
    ),
    "hie-065-sensitive-is-not-shared": Reading(
        "Nobody but the patient shares a sensitive or restricted study by a link.",
        False,
        ALL,
        lambda one: sensitive(one) and not own(one),
        also={Capability.SHARE},
    ),
    "hie-070-keep-in-care": Reading(
        "A clinician who treats the patient may print or save a picture inside the clinical network, unless the "
        "patient has opted out or it is an emergency.",
        True,
        {Capability.KEEP},
        keeps_in_care,
    ),
    "hie-071-keep-own": Reading(
        "A patient may print or save pictures of the finished studies of the own record.",
        True,
        {Capability.KEEP},
        own_finished,
    ),
    "hie-072-sensitive-is-not-kept": Reading(
        "Nobody but the patient prints or saves pictures of a sensitive or restricted study.",
        False,
        {Capability.KEEP},
        lambda one: sensitive(one) and not own(one),
    ),
}
