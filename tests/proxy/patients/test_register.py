"""The register: what it answers, and what it is refused for, named by its place and never by a person."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
import re

import pytest

from proxy.errors import ConfigurationError
from proxy.patients import files
from proxy.patients.register import Register, read_register, to_register
from proxy.resources import PatientIdentifier

GUIDE = Path(__file__).parents[3] / "docs" / "reference" / "register.md"
REGISTER = """
[[patients]]
id = "p-adult"
consent = "optin"
identifiers = [
  { authority = "GENERAL", value = "G-1001" },
  { authority = "LAKESIDE", value = "77-201" },
]
care_team = ["exchange:4711"]
blocked = ["exchange:0815"]
vip = true

[[patients]]
id = "p-other"
consent = "unknown"
identifiers = [ { authority = "LAKESIDE", value = "G-1001" } ]

[[relationships]]
subject = "exchange:4711"
patient = "p-adult"
kind = "encounter"
from = 2026-01-01T00:00:00+02:00
until = 2026-07-01T00:00:00Z

[[relationships]]
subject = "exchange:4711"
patient = "p-adult"
kind = "referral"
from = 2026-06-01T00:00:00Z
until = 2027-01-01T00:00:00Z

[[relationships]]
subject = "exchange:4711"
patient = "p-other"
kind = "appointment"
from = 2026-06-01T00:00:00Z
until = 2026-06-02T00:00:00Z

[[users]]
subject = "exchange:0815"
suspended = true

[[users]]
subject = "exchange:4711"

[[studies]]
study = "1.2.3"
institution = "general"
labels = ["ETH", "HIV"]
confidentiality = "R"
state = "prelim"

[[studies]]
study = "1.2.3"
institution = "lakeside"
labels = ["PSY"]
"""


@pytest.fixture
def register() -> Register:
    return to_register(REGISTER.encode())


def refused(text: str) -> str:
    with pytest.raises(ConfigurationError) as refusal:
        to_register(text.encode())
    return str(refusal.value)


def changed(old: str, new: str) -> str:
    assert old in REGISTER
    return REGISTER.replace(old, new, 1)


def kinds(register: Register, *moment: int, subject: str = "exchange:4711") -> list[str]:
    held = register.relationships_of(subject, datetime(*moment, tzinfo=UTC))
    return [one.kind for one in held]


def test_a_patient_is_known_by_identifier_and_authority_together(register: Register) -> None:
    assert register.patient_of(PatientIdentifier("GENERAL", "G-1001")) == "p-adult"
    assert register.patient_of(PatientIdentifier("LAKESIDE", "77-201")) == "p-adult"
    assert register.patient_of(PatientIdentifier("LAKESIDE", "G-1001")) == "p-other"


@pytest.mark.parametrize(
    ("authority", "value"),
    [
        ("GENERAL", "77-201"),
        ("general", "G-1001"),
        ("GENERAL", "g-1001"),
        ("GENERAL", "G-1001 "),
        ("", "G-1001"),
        ("GENERAL", ""),
        ("GENERAL", "*"),
    ],
)
def test_nobody_is_known_by_half_an_identifier_or_another_spelling(
    register: Register, authority: str, value: str
) -> None:
    assert register.patient_of(PatientIdentifier(authority, value)) is None


def test_all_identifiers_of_a_patient_in_the_registers_order(register: Register) -> None:
    assert register.identifiers_of("p-adult") == (
        PatientIdentifier("GENERAL", "G-1001"),
        PatientIdentifier("LAKESIDE", "77-201"),
    )
    assert register.identifiers_of("p-nobody") == ()


def test_what_stands_in_the_register_of_a_patient(register: Register) -> None:
    adult, other = register.patient("p-adult"), register.patient("p-other")
    assert adult is not None
    assert other is not None
    assert (adult.consent, adult.vip, adult.employee, adult.minor) == ("optin", True, False, False)
    assert (adult.care_team, adult.blocked) == ({"exchange:4711"}, {"exchange:0815"})
    assert (other.consent, other.vip, other.care_team, other.blocked) == ("unknown", False, set(), set())
    assert register.patient("p-nobody") is None


@pytest.mark.parametrize(
    ("moment", "held"),
    [
        ((2025, 12, 31, 21, 59, 59), []),
        ((2025, 12, 31, 22), ["encounter"]),
        ((2026, 5, 31, 23, 59, 59), ["encounter"]),
        ((2026, 6, 1), ["encounter", "referral", "appointment"]),
        ((2026, 6, 1, 23, 59, 59), ["encounter", "referral", "appointment"]),
        ((2026, 6, 2), ["encounter", "referral"]),
        ((2026, 7, 1), ["referral"]),
        ((2027, 1, 1), []),
    ],
)
def test_relationships_hold_from_and_until_just_before(
    register: Register, moment: tuple[int, ...], held: list[str]
) -> None:
    assert kinds(register, *moment) == held


def test_a_moment_means_the_same_in_every_zone(register: Register) -> None:
    moment = datetime(2026, 6, 2, 1, tzinfo=timezone(timedelta(hours=2)))
    assert len(register.relationships_of("exchange:4711", moment)) == 3


def test_relationships_are_a_persons_own(register: Register) -> None:
    assert kinds(register, 2026, 6, 1, subject="exchange:0815") == []
    assert kinds(register, 2026, 6, 1, subject="other:4711") == []


def test_suspended_is_who_is_said_to_be(register: Register) -> None:
    assert register.is_suspended("exchange:0815")
    assert not register.is_suspended("exchange:4711")
    assert not register.is_suspended("exchange:1")


def test_an_institution_speaks_of_its_own_studies(register: Register) -> None:
    general, lakeside = register.study("1.2.3", "general"), register.study("1.2.3", "lakeside")
    assert general is not None
    assert lakeside is not None
    assert (general.labels, general.confidentiality, general.state) == ({"ETH", "HIV"}, "R", "prelim")
    assert (lakeside.labels, lakeside.confidentiality, lakeside.state) == ({"PSY"}, "N", "final")
    assert register.study("1.2.3", "university") is None
    assert register.study("1.2", "general") is None
    assert register.labels() == {"ETH", "HIV", "PSY"}


def test_an_empty_register_knows_nobody() -> None:
    empty = to_register(b"")
    assert empty.patient_of(PatientIdentifier("GENERAL", "G-1001")) is None
    assert empty.labels() == frozenset()


def test_a_reading_is_known_by_its_content(register: Register) -> None:
    assert register.version == to_register(REGISTER.encode()).version
    assert register.version != to_register(changed("vip = true", "vip = false").encode()).version


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('consent = "optin"', 'consent = "opt-in"', "$.patients[0].consent"),
        ('consent = "optin"', 'consnt = "optin"', "consnt"),
        ('consent = "optin"\n', "", "consent"),
        ('id = "p-adult"', 'id = "P Adult"', "$.patients[0].id"),
        ('value = "77-201"', 'value = ""', "$.patients[0].identifiers[1].value"),
        ('value = "77-201"', "value = 77", "$.patients[0].identifiers[1].value"),
        ('value = "77-201"', f'value = "{"7" * 65}"', "$.patients[0].identifiers[1].value"),
        ('authority = "LAKESIDE", value = "77-201"', 'value = "77-201"', "authority"),
        ("vip = true", 'vip = "yes"', "$.patients[0].vip"),
        ("vip = true", "vips = true", "vips"),
        ('blocked = ["exchange:0815"]', 'blocked = ["0815"]', "$.patients[0].blocked"),
        ('blocked = ["exchange:0815"]', 'blocked = "exchange:0815"', "$.patients[0].blocked"),
        ('kind = "encounter"', 'kind = "friend"', "$.relationships[0].kind"),
        ("from = 2026-01-01T00:00:00+02:00", "from = 2026-01-01T00:00:00", "$.relationships[0].from"),
        ("from = 2026-01-01T00:00:00+02:00", "from = 2026-01-01", "$.relationships[0].from"),
        ("from = 2026-01-01T00:00:00+02:00", "since = 2026-01-01T00:00:00Z", "since"),
        ("until = 2026-07-01T00:00:00Z\n", "", "until"),
        ("suspended = true", "suspend = true", "suspend"),
        ('study = "1.2.3"', 'study = "1.2.3 "', "$.studies[0].study"),
        ('labels = ["ETH", "HIV"]', 'labels = ["eth"]', "$.studies[0].labels"),
        ('labels = ["ETH", "HIV"]', 'label = ["ETH"]', "label"),
        ('confidentiality = "R"', 'confidentiality = "r"', "$.studies[0].confidentiality"),
        ('state = "prelim"', 'state = "preliminary"', "$.studies[0].state"),
        ("[[users]]", "[[user]]", "user"),
    ],
)
def test_a_wrong_entry_is_refused_by_its_place(old: str, new: str, place: str) -> None:
    assert place in refused(changed(old, new))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('id = "p-other"', 'id = "p-adult"', "two patients share one id"),
        (
            '{ authority = "LAKESIDE", value = "G-1001" }',
            '{ authority = "GENERAL", value = "G-1001" }',
            "one identifier stands twice",
        ),
        (
            '{ authority = "LAKESIDE", value = "77-201" }',
            '{ authority = "GENERAL", value = "G-1001" }',
            "one identifier stands twice",
        ),
        ('[[users]]\nsubject = "exchange:4711"', '[[users]]\nsubject = "exchange:0815"', "two users share one subject"),
        ('institution = "lakeside"', 'institution = "general"', "one study of an institution stands twice"),
        ('patient = "p-other"', 'patient = "p-nobody"', "relationship 3 names a patient who is not in the register"),
        ("until = 2027-01-01T00:00:00Z", "until = 2026-06-01T00:00:00Z", "relationship 2 ends before it begins"),
        ("until = 2027-01-01T00:00:00Z", "until = 2026-06-01T01:00:00+02:00", "relationship 2 ends before it begins"),
    ],
)
def test_a_register_that_contradicts_itself_is_refused(old: str, new: str, complaint: str) -> None:
    assert complaint in refused(changed(old, new))


@pytest.mark.parametrize("value", ["77-201", "G-1001", "4711", "0815", "p-adult"])
def test_no_refusal_names_a_person(value: str) -> None:
    wrong = [
        changed('kind = "referral"', 'kind = "friend"'),
        changed('id = "p-other"', 'id = "p-adult"'),
        changed('patient = "p-other"', 'patient = "p-nobody"'),
        changed('consent = "optin"', 'consent = "4711"'),
        changed('kind = "encounter"', 'kind = "0815 - at `\\n4711"'),
        changed('blocked = ["exchange:0815"]', 'blocked = ["0815"]'),
        changed("vip = true", "vip ="),
    ]
    assert not any(value in refused(text) for text in wrong)


@pytest.mark.parametrize("content", [b"\xff", b"[[patients]", b"a = 1\na = 2", b"\x00"])
def test_what_is_not_toml_is_refused(content: bytes) -> None:
    with pytest.raises(ConfigurationError, match="not valid TOML"):
        to_register(content)


def test_a_file_is_read_and_refused_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "register.toml"
    with pytest.raises(ConfigurationError, match=re.escape(f"cannot read `{path}`: No such file")):
        read_register(path)
    path.write_text(REGISTER, "utf-8")
    assert read_register(path).labels() == {"ETH", "HIV", "PSY"}
    path.write_text(changed('consent = "optin"', 'consent = "x"'), "utf-8")
    with pytest.raises(ConfigurationError, match=re.escape(f"`{path}`: ")):
        read_register(path)
    monkeypatch.setattr(files, "MAXIMUM_BYTES", 100)
    with pytest.raises(ConfigurationError, match="is larger than"):
        read_register(path)


def test_the_documentations_example_is_a_register() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    documented = to_register(example.encode())
    assert documented.patient_of(PatientIdentifier("LAKESIDE", "77-201")) == "p-1"
    assert documented.is_suspended("exchange:0815")
    assert documented.labels() == {"ETH"}
