"""What a rule made by form may ask about: each fact with its words for officers and its Cedar expression."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What can be asked of a fact: which value it is, which of several it has, yes or no, or how much."""

    ONE = "one"
    SOME = "some"
    FLAG = "flag"
    TEXT = "text"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Fact:
    """`entity` is the enumerated type of its values, empty for texts, numbers and yes or no.

    `present` is the condition under which there is such a fact at all; empty where there always is. A number is counted
    in `unit`, from `least` to `most`.
    """

    name: str
    kind: Kind
    words: str
    cedar: str
    entity: str = ""
    present: str = ""
    unit: str = ""
    least: int = 0
    most: int = 99_999


_EMERGENCY: Final = 'context.breakGlass && context.purpose == HIE::Purpose::"ETREAT"'

FACTS: Final[Mapping[str, Fact]] = {
    fact.name: fact
    for fact in (
        Fact("purpose", Kind.ONE, "purpose of use", "context.purpose", "Purpose"),
        Fact("relationship", Kind.ONE, "relationship to the patient", "context.relationship", "Relationship"),
        Fact("network", Kind.ONE, "network", "context.network", "Network"),
        Fact("consent", Kind.ONE, "patient’s choice about the exchange", "resource.patient.consent", "Consent"),
        Fact("directive", Kind.ONE, "answer of the consent directives", "context.directive", "Directive"),
        Fact("state", Kind.ONE, "state of the study", "resource.state", "State"),
        Fact("confidentiality", Kind.ONE, "confidentiality", "resource.confidentiality", "Confidentiality"),
        Fact("labels", Kind.SOME, "sensitivity labels", "resource.labels", "Label"),
        Fact("modality", Kind.TEXT, "modality", "resource.modality"),
        Fact(
            *("age", Kind.NUMBER, "age of the study", "resource.ageDays"), present="resource has ageDays", unit="days"
        ),
        Fact(
            *("assurance", Kind.NUMBER, "level at which the person was identified", "principal.assurance"),
            least=1,
            most=3,
        ),
        Fact("vip", Kind.FLAG, "the patient is a VIP", "resource.patient.vip"),
        Fact("employee", Kind.FLAG, "the patient works for the institution", "resource.patient.employee"),
        Fact("minor", Kind.FLAG, "the patient is a minor", "resource.patient.minor"),
        Fact("coworker", Kind.FLAG, "patient and person are coworkers", "context.coworker"),
        Fact("suspended", Kind.FLAG, "the account is suspended", "principal.suspended"),
        Fact("shared", Kind.FLAG, "a share link was opened", "principal.shared"),
        Fact("labelled", Kind.FLAG, "all is known that the labelling rules read", "resource.labelled"),
        Fact("part2", Kind.FLAG, "a consent names the recipient (42 CFR 2.31)", "context.part2Consent"),
        Fact("sharing", Kind.FLAG, "the institution allows sharing", "resource.custodian.allowsSharing"),
        Fact(
            "care-team",
            Kind.FLAG,
            "the person is of the patient’s care team",
            "resource.patient.careTeam.contains(principal.person)",
        ),
        Fact(
            "blocked",
            Kind.FLAG,
            "the patient has shut this person out",
            "resource.patient.blocked.contains(principal.person)",
        ),
        Fact(
            "own-record",
            Kind.FLAG,
            "the record is the person’s own",
            "principal has patientRecord && principal.patientRecord == resource.patient.record",
        ),
        Fact("emergency", Kind.FLAG, "an emergency was declared", _EMERGENCY),
        Fact(
            "emergency-by-others",
            Kind.FLAG,
            "an emergency was declared by somebody who is no coworker",
            f"{_EMERGENCY} && !context.coworker",
        ),
    )
}
"""In the order in which a form offers them."""

EMERGENCIES: Final = frozenset({"emergency", "emergency-by-others"})
