"""Who a caller, an institution and a study are to consents, by the configuration and by nothing else."""

from pathlib import Path

import pytest

from policy.consent.directive import Identity
from proxy.consents.names import Names
from proxy.errors import ConfigurationError
from proxy.resources import PatientIdentifier
from proxy.settings.consents import Consents, Party
from tests.exchange import ct, opened_exchange
from tests.proxy.consents.registers import settings

GENERAL = Identity("", "Organization/general")
GROUP = Identity("", "Group/break-glass")


@pytest.mark.parametrize(
    ("organization", "roles", "named"),
    [
        ("General Hospital", {"clinician"}, {GENERAL}),
        ("General Hospital", {"emergency-clinician"}, {GENERAL, GROUP}),
        ("Elsewhere", {"emergency-clinician"}, {GROUP}),
        ("", set(), set()),
    ],
)
def test_a_caller_is_whoever_fits(organization: str, roles: set[str], named: set[Identity]) -> None:
    assert Names(settings()).of_caller("exchange:1", organization, frozenset(roles)) == named


def test_a_party_of_several_conditions_is_whoever_meets_them_all() -> None:
    party = Party(references=("Group/a",), organization="General Hospital", role="clinician", subject="exchange:1")
    names = Names(Consents(parties=(party,)))
    assert names.of_caller("exchange:1", "General Hospital", frozenset({"clinician"}))
    for subject, organization, role in (
        ("exchange:2", "General Hospital", "clinician"),
        ("exchange:1", "Elsewhere", "clinician"),
        ("exchange:1", "General Hospital", "patient"),
    ):
        assert not names.of_caller(subject, organization, frozenset({role}))


def test_a_party_without_conditions_is_known_and_nobody() -> None:
    names = Names(settings())
    exchange = Identity("", "Organization/exchange")
    assert names.known.knows(exchange)
    assert exchange not in names.of_caller("exchange:1", "Exchange", frozenset({"clinician"}))


def test_a_study_is_known_by_its_uid_and_by_the_accession_number_of_its_institution() -> None:
    party = Party(references=("Organization/general",), institution="general", accession_system="urn:oid:9.1")
    names = Names(Consents(parties=(party,)))
    uid = Identity("urn:dicom:uid", "urn:oid:1.2.3")
    assert names.of_study("1.2.3", "general", "A-1") == {uid, Identity("urn:oid:9.1", "A-1")}
    assert names.of_study("1.2.3", "lakeside", "A-1") == names.of_study("1.2.3", "general", "") == {uid}


def test_identifiers_of_authorities_without_a_system_are_left_out() -> None:
    found = Names(settings()).of_person([PatientIdentifier("GENERAL", "1"), PatientIdentifier("ELSEWHERE", "2")])
    assert found == {Identity("urn:oid:2.25.1", "1")}


async def test_an_archive_whose_patients_no_consent_can_name_is_refused_at_start(tmp_path: Path) -> None:
    told = replace_authorities(settings())
    with pytest.raises(ConfigurationError, match="no system for `GENERAL` of archive `general-main`"):
        async with opened_exchange(tmp_path, {"general": [ct("1.2.1")]}, consents=told):
            raise AssertionError


def replace_authorities(told: Consents) -> Consents:
    return Consents(fhir=told.fhir, authorities=tuple(one for one in told.authorities if one.name != "GENERAL"))


def test_a_party_that_nobody_can_be_recognised_by_is_refused() -> None:
    with pytest.raises(ValueError, match="needs `references` or `identifiers`"):
        Party(organization="General Hospital")
