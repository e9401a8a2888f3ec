"""Whether two people share a family name, as names are written here and there."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.access.namesakes import is_namesake
from proxy.audit.event import EventKind
from tests.exchange import ct, opened_exchange
from tests.proxy.policies.office import FRAME


def study(name: object) -> dict[str, object]:
    return {"00100010": {"vr": "PN", "Value": [name]}}


@pytest.mark.parametrize(
    ("caller", "patient"),
    [
        ("Ana García", "GARCIA^JUAN"),
        ("Dr. Ana García López", "García Pérez^Juan"),
        ("García, Ana", "Garcia^Juan"),
        ("Ana Smith-Jones", "Jones^Tom"),
        ("Prof. Jan van den Berg", "Berg^Anna"),
        ("Nurse O'Brien", "O'Brien^Pat"),
        ("山田 太郎", {"Alphabetic": "Yamada^Hanako", "Ideographic": "山田^花子"}),
        ("Taro Yamada", {"Alphabetic": "Yamada^Hanako", "Ideographic": "山田^花子"}),
        ("Li", "Li^Wei"),
    ],
)
def test_namesakes(caller, patient):
    assert is_namesake(caller, study(patient))


@pytest.mark.parametrize(
    ("caller", "patient"),
    [
        ("Lee Harper", "Lee^Ann"),
        ("Ana García", "Pérez^Ana"),
        ("Dr. Jan van Dyck", "van Berg^Anna"),
        ("Maria de la Cruz", "de la Rosa^Maria"),
        ("山田 太郎", {"Ideographic": "太郎^花子"}),
        ("Treating clinician", "Adult^Patient"),
        ("Dr.", "Dr^"),
        ("Ana B. García", "B^Juan"),
        ("", ""),
        ("Ana García", ""),
    ],
)
def test_others(caller, patient):
    assert not is_namesake(caller, study(patient))
    assert not is_namesake(caller, {})


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_compared(caller, patient):
    assert is_namesake(caller, study(patient)) in {True, False}


@pytest.mark.parametrize(("patient", "same"), [("Zwingli^Annunziata", 0), ("Clinician^Annunziata", 1)])
async def test_that_they_are_namesakes_is_on_record_and_no_name_is(tmp_path, patient, same):
    async with opened_exchange(tmp_path, {"general": [ct("1.2.1", PatientName=patient)]}) as exchange:
        assert (await exchange.get(FRAME, "image/jpeg")).status_code == 200
        (opened,) = [event for event in exchange.events() if event.kind is EventKind.VIEW_OPENED]
        assert opened.detail.get("same-surname", 0) == same
        assert not any(b"Annunziata" in path.read_bytes() for path in (tmp_path / "audit").iterdir())
