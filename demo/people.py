"""The people who can sign in at the demo's provider, named by their role; nobody of them exists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    """`subject` is the provider's name for the account; `may` are purposes of use (HL7 v3 ActReason)."""

    subject: str
    role: str
    organization: str
    sentence: str
    roles: tuple[str, ...]
    may: tuple[str, ...]
    patient: Mapping[str, str] | None = None

    def claims(self) -> dict[str, Any]:
        """What tokens say of the person, besides the subject."""
        own = {
            "name": self.role,
            "organization": self.organization,
            "roles": list(self.roles),
            "purpose_of_use": list(self.may),
            "assurance": 2,
        }
        return {**own, "patient": dict(self.patient)} if self.patient else own


_CARE = ("TREAT", "ETREAT")

PEOPLE = (
    Person(
        "treating-clinician",
        "Treating clinician",
        "General Hospital",
        "Has two people in care, and sees their studies at every institution.",
        ("clinician",),
        _CARE,
    ),
    Person(
        "emergency-clinician",
        "Emergency clinician",
        "University Hospital",
        "Receives somebody whom the other institutions know.",
        ("clinician", "emergency-clinician"),
        _CARE,
    ),
    Person(
        "unrelated-clinician",
        "Unrelated clinician",
        "Lakeside Imaging",
        "Has nobody in care: look up G-1001 of GENERAL, to learn that studies exist and that they stay closed.",
        ("clinician",),
        _CARE,
    ),
    Person(
        "patient",
        "Patient",
        "",
        "Sees finished studies of the own record, marked with a name and the time.",
        ("patient",),
        ("PATRQT",),
        {"authority": "GENERAL", "value": "G-1001"},
    ),
    Person(
        "privacy-officer",
        "Privacy officer",
        "Exchange",
        "Sees no images: who looked at what, and the rules in force, which it takes two to change.",
        ("privacy-officer",),
        ("HOPERAT",),
    ),
    Person(
        "second-privacy-officer",
        "Second privacy officer",
        "Exchange",
        "Looks at what the first has proposed, and approves it.",
        ("privacy-officer",),
        ("HOPERAT",),
    ),
    Person(
        "archive-officer",
        "Archive officer",
        "Lakeside Imaging",
        "Answers for one institution: how its archive fares, its rules, its labels and its emergencies.",
        ("institution-officer",),
        ("HOPERAT",),
    ),
)
