"""Claims of three families of providers: plain OpenID Connect, IHE IUA, and mappings of an exchange's own."""

from typing import Any

import pytest

from policy.request import Network, PurposeOfUse
from proxy.access.caller import Caller
from proxy.access.claims import may_declare, purpose_of, purposes_of, to_caller
from proxy.access.tokens import VerifiedToken
from proxy.errors import NotPermitted
from proxy.resources import PatientIdentifier
from proxy.settings.server import Claims
from tests.proxy.access.people import verified
from tests.proxy.access.signing import claims_of
from tests.proxy.access.site import replace_issuer

ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
IUA = {
    "subject_name": "Dr. Treating Clinician",
    "subject_organization": "General Hospital",
    "subject_role": [{"system": "http://snomed.info/sct", "code": "clinician"}],
    "purpose_of_use": [{"system": ACT_REASON, "code": "TREAT"}],
}


def caller(mapping: Claims | None = None, **claims: Any) -> Caller:
    return to_caller(verified(mapping, **claims), PurposeOfUse.TREAT, Network.INTERNET, "203.0.113.9")


def test_plain_openid_connect() -> None:
    found = caller(name="Treating Clinician", roles=["clinician", "dean"], organization="General Hospital")
    assert (found.subject, found.name, found.organization) == (
        "exchange:4711",
        "Treating Clinician",
        "General Hospital",
    )
    assert found.roles == {"clinician", "dean"}
    assert (found.purpose, found.network, found.address) == (PurposeOfUse.TREAT, Network.INTERNET, "203.0.113.9")
    assert (found.token_id, found.patient, found.assurance) == ("token-1", None, 1)


def test_ihe_iua() -> None:
    """IHE ITI TF-2 IUA §3.71.4.2.2.1."""
    found = caller(extensions={"ihe_iua": IUA})
    assert (found.name, found.organization) == ("Dr. Treating Clinician", "General Hospital")
    assert found.roles == {"clinician"}
    assert purpose_of(verified(extensions={"ihe_iua": IUA})) is PurposeOfUse.TREAT


def test_smart_on_fhir_by_a_mapping() -> None:
    mapping = Claims(name="fhirUser", patient_authority="patient_system", patient_value="patient")
    found = caller(mapping, fhirUser="Practitioner/7", patient="G-1001", patient_system="GENERAL")
    assert (found.name, found.patient) == ("Practitioner/7", PatientIdentifier("GENERAL", "G-1001"))


def test_names_with_dots_and_paths_into_objects() -> None:
    mapping = Claims(roles="https://exchange.test/roles", organization="org.name", name="a.b.c")
    found = caller(mapping, **{"https://exchange.test/roles": "clinician nurse", "org": {"name": "General Hospital"}})
    assert (found.roles, found.organization, found.name) == ({"clinician", "nurse"}, "General Hospital", "4711")


@pytest.mark.parametrize(
    ("value", "roles"),
    [
        ("clinician", {"clinician"}),
        ("clinician  patient", {"clinician", "patient"}),
        ([{"code": "clinician"}, "patient", 7, None, {"code": 7}, ["x"], ""], {"clinician", "patient"}),
        ({"code": "clinician"}, {"clinician"}),
        (["r" * 129], set()),
        (7, set()),
        (None, set()),
    ],
)
def test_roles_in_every_spelling(value: object, roles: set[str]) -> None:
    assert caller(roles=value).roles == roles


def test_roles_beyond_the_thirty_second_are_not_read() -> None:
    assert len(caller(roles=[f"r{number}" for number in range(100)]).roles) == 32


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Wang^XiaoDong=王^小东", "Wang^XiaoDong=王^小东"),
        ("Treating\r\nClinician\x1b[2J", "TreatingClinician[2J"),
        ("\u202enaicinilC", "naicinilC"),
        ("n" * 500, "n" * 128),
        ("   ", "4711"),
        (["Treating Clinician"], "4711"),
        (None, "4711"),
    ],
)
def test_names_are_one_printable_line(name: object, shown: str) -> None:
    assert caller(name=name).name == shown


@pytest.mark.parametrize(("value", "assurance"), [(1, 1), (3, 3), (4, 1), (0, 1), ("3", 1), (True, 1), (2.0, 1)])
def test_assurance_is_a_level_or_the_lowest(value: object, assurance: int) -> None:
    assert caller(assurance=value).assurance == assurance


@pytest.mark.parametrize("patient", [{"value": "G-1001"}, {"authority": "GENERAL"}, {"authority": 1, "value": 2}, "x"])
def test_half_a_patient_identifier_is_none(patient: object) -> None:
    assert caller(patient=patient).patient is None


@pytest.mark.parametrize("declared", [None, [], "treat", ["HMARKT"], 7, {"code": ["TREAT"]}])
def test_a_token_without_a_purpose_that_is_known_opens_nothing(declared: object) -> None:
    with pytest.raises(NotPermitted, match="no purpose"):
        purpose_of(verified(purpose_of_use=declared))


def test_a_token_with_several_purposes_opens_nothing() -> None:
    token = verified(purpose_of_use=["TREAT", "PATRQT"])
    assert purposes_of(token) == {PurposeOfUse.TREAT, PurposeOfUse.PATRQT}
    with pytest.raises(NotPermitted, match="several"):
        purpose_of(token)


def test_a_purpose_beside_one_that_is_not_known_is_understood() -> None:
    assert purpose_of(verified(purpose_of_use=["TREAT", "BTG"])) is PurposeOfUse.TREAT


def test_a_silent_token_lets_its_person_choose_and_another_does_not() -> None:
    assert may_declare(verified(), PurposeOfUse.ETREAT)
    assert may_declare(verified(purpose_of_use="ETREAT"), PurposeOfUse.ETREAT)
    assert not may_declare(verified(purpose_of_use="TREAT"), PurposeOfUse.ETREAT)
    assert not may_declare(verified(extensions={"ihe_iua": IUA}), PurposeOfUse.ETREAT)
    assert not may_declare(verified(purpose_of_use=["HMARKT"]), PurposeOfUse.ETREAT)


def mapped(told: dict[str, Any], /, **entries: Any) -> Caller:
    token = VerifiedToken(replace_issuer(**entries), claims_of(**told))
    return to_caller(token, PurposeOfUse.TREAT, Network.INTERNET, "203.0.113.9")


GROUPS = {"cn=radiology,ou=groups": ("clinician",), "er": ("clinician", "emergency-clinician"), "Patient": ("patient",)}


@pytest.mark.parametrize(
    ("claims", "roles"),
    [
        ({"groups": ["cn=radiology,ou=groups", "cn=canteen,ou=groups"]}, {"clinician"}),
        ({"groups": ["er"]}, {"clinician", "emergency-clinician"}),
        ({"groups": "er cn=canteen"}, {"clinician", "emergency-clinician"}),
        ({"groups": ["clinician", "privacy-officer", "ER"]}, set()),
        ({"groups": 7}, set()),
        ({}, set()),
        ({"fhirUser": "https://fhir.test/r4/Patient/p-1"}, {"patient"}),
        ({"fhirUser": "https://fhir.test/r4/Practitioner/p-1"}, set()),
        ({"extensions": {"ihe_iua": {"subject_role": [{"code": "er"}]}}}, {"clinician", "emergency-clinician"}),
    ],
)
def test_where_words_are_translated_no_other_word_is_a_role(claims: dict[str, Any], roles: set[str]) -> None:
    assert mapped(claims, claims=Claims(roles="groups"), roles=GROUPS).roles == roles


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"organization": "GH"}, "General Hospital"),
        ({"organization_id": "urn:oid:1.2.3"}, "General Hospital"),
        ({"organization": "Lakeside", "organization_id": "urn:oid:1.2.3"}, "General Hospital"),
        ({"organization": "General Hospital"}, ""),
        ({}, ""),
    ],
)
def test_organizations_are_called_as_the_exchange_calls_them(claims: dict[str, Any], name: str) -> None:
    known = {"GH": "General Hospital", "urn:oid:1.2.3": "General Hospital"}
    assert mapped(claims, organizations=known).organization == name


def test_registers_elsewhere_know_organization_and_person_by_identifiers() -> None:
    iua = {**IUA, "subject_organization_id": "urn:oid:1.2.3", "national_provider_identifier": "1234567893"}
    for found in (
        caller(extensions={"ihe_iua": iua}),
        caller(Claims(organization_id="org.id"), org={"id": "urn:oid:1.2.3"}, npi="1234567893"),
    ):
        assert (found.organization_id, found.person_id) == ("urn:oid:1.2.3", "1234567893")
    assert caller(extensions={"ihe_iua": {**IUA, "person_id": "p-7"}}).person_id == "p-7"


@pytest.mark.parametrize(
    ("told", "patient"),
    [
        ("https://fhir.test/r4/Patient/p-1", PatientIdentifier("GENERAL", "p-1")),
        ("Patient/p-1", PatientIdentifier("GENERAL", "p-1")),
        ("https://fhir.test/r4/Practitioner/p-1", None),
        ("https://fhir.test/r4/Patient/p-1/_history/2", None),
        ("https://fhir.test/r4/Patient/../x", None),
        ("ftp://fhir.test/Patient/p-1", None),
        ("Patient/p 1", None),
        ("Patient/", None),
        (["Patient/p-1"], None),
    ],
)
def test_a_smart_patient_is_the_own_record_where_the_authority_is_known(told: object, patient: object) -> None:
    assert mapped({"fhirUser": told}, fhir_authority="GENERAL").patient == patient
    assert mapped({"fhirUser": told}).patient is None


@pytest.mark.parametrize(
    ("claims", "level"),
    [
        ({"acr": "loa3"}, 3),
        ({"acr": "loa2", "assurance": 1}, 1),
        ({"assurance": "loa2"}, 2),
        ({"acr": "loa4"}, 1),
        ({"acr": 3}, 3),
        ({"acr": 4}, 1),
        ({"acr": ["loa3"]}, 1),
        ({"acr": True}, 1),
        ({}, 1),
    ],
)
def test_how_surely_somebody_was_identified(claims: dict[str, Any], level: int) -> None:
    assert mapped(claims, assurance_levels={"loa2": 2, "loa3": 3}).assurance == level


@pytest.mark.parametrize(
    ("value", "moment"), [(1_700_000_000, 1_700_000_000), (-1, 0), ("now", 0), (True, 0), (1.5, 0)]
)
def test_when_somebody_proved_who_it_is(value: object, moment: int) -> None:
    assert caller(auth_time=value).authenticated == moment
