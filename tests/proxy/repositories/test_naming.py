"""What the audit log names, as outsiders call it, and back."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.repositories.naming import Identifier
from tests.proxy.repositories.records import NAMING


@pytest.mark.parametrize(
    ("patient", "system", "number"),
    [
        ("GENERAL|G-1001", "urn:oid:1.2.3.4", "G-1001^^^&1.2.3.4&ISO"),
        ("LAKESIDE|77", "https://view.test/fhir/NamingSystem/LAKESIDE", "77^^^LAKESIDE"),
        ("|77", "", "77"),
    ],
)
def test_patients_are_called_by_their_authority(patient: str, system: str, number: str) -> None:
    assert NAMING.patient(patient).system == system
    assert NAMING.patient_number(patient) == number


def test_people_are_called_by_their_provider() -> None:
    assert NAMING.person("exchange:clinician") == Identifier("https://login.test", "clinician")
    assert NAMING.login("exchange:clinician") == "vitrine<clinician@https://login.test>"
    assert NAMING.login("gone:clinician") == "gone:clinician"


@given(st.sampled_from(["GENERAL", "LAKESIDE", "A/B ÄÖ|"]).filter(lambda one: "|" not in one), st.text(min_size=1))
def test_a_patient_is_found_by_what_it_is_called(authority: str, value: str) -> None:
    patient = f"{authority}|{value}"
    assert NAMING.read_patient(NAMING.patient(patient)) == patient


@given(st.text(min_size=1))
def test_a_person_is_found_by_what_it_is_called(name: str) -> None:
    for subject in (f"exchange:{name}", f"gone:{name}"):
        assert NAMING.read_person(NAMING.person(subject)) == subject


def test_whom_another_system_names_is_nobody() -> None:
    assert NAMING.read_person(Identifier("https://elsewhere.test", "exchange:clinician")) == ""
    assert NAMING.read_patient(Identifier("https://elsewhere.test", "G-1001")) == "https://elsewhere.test|G-1001"
