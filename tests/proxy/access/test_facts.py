"""Facts for policy: from caller, study, register and configuration, and unknown where nobody said."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from policy.request import AccessRequest, Consent, Network, PurposeOfUse, RelationshipKind, StudyState
from proxy.access.caller import Shared
from proxy.access.facts import Facts, age_in_days
from proxy.patients.register import to_register
from proxy.resources import ArchiveId, HeldStudy, InstitutionId, PatientIdentifier, Uid
from proxy.settings.archives import Institution
from tests.proxy.access.people import caller_of

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ADULT = PatientIdentifier("GENERAL", "G-1001")
REGISTER = to_register(
    b"""
users = [ { subject = "exchange:0815", suspended = true } ]
studies = [ { study = "1.2", institution = "general", labels = ["ETH"], confidentiality = "R", state = "prelim" } ]

[[patients]]
id = "p-adult"
consent = "optin"
identifiers = [ { authority = "GENERAL", value = "G-1001" } ]
employee = true
care_team = ["exchange:4711"]
blocked = ["exchange:0815"]

[[patients]]
id = "p-other"
consent = "optout"
identifiers = [ { authority = "GENERAL", value = "G-1002" } ]

[[relationships]]
subject = "exchange:4711"
patient = "p-adult"
kind = "registered"
from = 2026-01-01T00:00:00Z
until = 2027-01-01T00:00:00Z

[[relationships]]
subject = "exchange:4711"
patient = "p-adult"
kind = "referral"
from = 2026-11-01T00:00:00Z
until = 2026-12-01T00:00:00Z

[[relationships]]
subject = "exchange:4711"
patient = "p-adult"
kind = "encounter"
from = 2026-01-01T00:00:00Z
until = 2027-01-01T00:00:00Z
"""
)


def held(**changes: Any) -> HeldStudy:
    whole = {
        "study": Uid("1.2"),
        "archive": ArchiveId("pacs-1"),
        "institution": InstitutionId("general"),
        "patient": ADULT,
        "modalities": ("CT", "SR"),
        "date": "20261112",
    }
    return HeldStudy(**(whole | changes))


def facts(study: HeldStudy | None = None, moment: datetime = NOON, **caller: Any) -> AccessRequest:
    institutions = [Institution(id="general", name="General Hospital", allows_sharing=True)]
    return Facts(REGISTER, institutions).to_request(caller_of(**caller), study or held(), moment)


def test_a_study_that_everybody_spoke_of() -> None:
    request = facts()
    study, patient = request.study, request.study.patient
    assert (study.id, study.institution, study.modality, study.age_days) == ("1.2@pacs-1", "general", "CT", 12)
    assert (study.labels, study.confidentiality, study.state) == ({"ETH"}, "R", StudyState.PRELIMINARY)
    assert study.allows_sharing
    assert (patient.id, patient.consent, patient.employee, patient.vip) == ("p-adult", Consent.OPT_IN, True, False)
    assert (patient.care_team, patient.blocked) == ({"exchange:4711"}, {"exchange:0815"})


def test_a_study_that_nobody_spoke_of() -> None:
    study = facts(held(institution=InstitutionId("lakeside"), modalities=(), date="")).study
    assert (study.labels, study.confidentiality, study.state) == (frozenset(), "N", StudyState.FINAL)
    assert (study.modality, study.age_days, study.allows_sharing) == ("", None, False)


@pytest.mark.parametrize("patient", [PatientIdentifier("LAKESIDE", "G-1001"), PatientIdentifier("", "")])
def test_a_patient_whom_the_exchange_does_not_know(patient: PatientIdentifier) -> None:
    request = facts(held(patient=patient))
    assert (request.study.patient.consent, request.circumstances.relationship) == (
        Consent.UNKNOWN,
        RelationshipKind.NONE,
    )
    assert request.study.patient.id not in {"p-adult", "p-other"}


def test_the_caller_as_policy_sees_one() -> None:
    request = facts(purpose=PurposeOfUse.ETREAT, network=Network.INTERNET, assurance=2)
    subject, asked = request.subject, request.circumstances
    assert (subject.id, subject.organization, subject.assurance) == ("exchange:4711", "General Hospital", 2)
    assert (subject.roles, subject.suspended, subject.patient_record) == ({"clinician"}, False, None)
    assert (asked.purpose, asked.network, asked.now) == (PurposeOfUse.ETREAT, Network.INTERNET, NOON.timestamp())
    assert (asked.break_glass, asked.part2_consent) == (False, False)
    assert facts(subject="exchange:0815").subject.suspended


@pytest.mark.parametrize(
    ("own", "record"), [(ADULT, "p-adult"), (PatientIdentifier("GENERAL", "1"), None), (None, None)]
)
def test_a_patient_is_the_person_of_their_record(own: PatientIdentifier | None, record: str | None) -> None:
    assert facts(patient=own).subject.patient_record == record


@pytest.mark.parametrize(
    ("moment", "kind"),
    [
        (NOON, RelationshipKind.REFERRAL),
        (datetime(2026, 12, 1, tzinfo=UTC), RelationshipKind.ENCOUNTER),
        (datetime(2027, 1, 1, tzinfo=UTC), RelationshipKind.NONE),
    ],
)
def test_of_several_relationships_the_most_deliberate_counts(moment: datetime, kind: RelationshipKind) -> None:
    assert facts(moment=moment).circumstances.relationship is kind


@pytest.mark.parametrize(("by", "suspended"), [("exchange:4711", False), ("exchange:0815", True)])
def test_whoever_opened_a_link_acts_for_the_account_that_made_it(by: str, *, suspended: bool) -> None:
    request = facts(subject="share-link/a", roles=frozenset(), shared=Shared("a", by, Uid("1.2")))
    subject = request.subject
    assert (subject.id, subject.person, subject.suspended, subject.roles) == (
        "share-link/a",
        by,
        suspended,
        frozenset(),
    )
    assert request.circumstances.relationship is RelationshipKind.NONE


def test_a_relationship_to_another_patient_is_none() -> None:
    request = facts(held(patient=PatientIdentifier("GENERAL", "G-1002")))
    assert (request.study.patient.id, request.circumstances.relationship) == ("p-other", RelationshipKind.NONE)


@pytest.mark.parametrize(
    ("date", "days"),
    [
        ("20261124", 0),
        ("20261123", 1),
        ("20251124", 365),
        ("20261125", -1),
        ("19000101", 46348),
        ("", None),
        ("2026", None),
        ("20261131", None),
        ("00000101", None),
        ("2026-1-1", None),
        ("2026.11.24", None),
        ("２０２６１１２４", None),
    ],
)
def test_the_age_of_a_study(date: str, days: int | None) -> None:
    assert age_in_days(date, NOON) == days


def test_a_study_ages_at_midnight_utc() -> None:
    late = datetime(2026, 11, 25, 1, tzinfo=timezone(timedelta(hours=2)))
    assert age_in_days("20261124", late) == 0
