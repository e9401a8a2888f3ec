"""Tables of requests: every combination of the values that rules tell apart, a few facts at a time."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final

from policy.request import AccessRequest, DirectiveVerdict
from tests.policy.worlds import request_of

Choice = Mapping[str, Mapping[str, Any]]
Axis = Sequence[Choice]

ME: Final = "exchange:4711"
"""The person who asks, as `request_of` has it, and below the record of the patient."""
MINE: Final = "p-adult"


def axis(path: str, *values: Any) -> Axis:
    """One fact, `part.name`, in all its values."""
    part, _, name = path.partition(".")
    return [{part: {name: value}} for value in values]


def requests(axes: Sequence[Axis]) -> Iterator[AccessRequest]:
    for chosen in product(*axes):
        told: dict[str, dict[str, Any]] = {}
        for choice in chosen:
            for part, facts in choice.items():
                told.setdefault(part, {}).update(facts)
        yield request_of(**told)


_ROLES: Final = axis(
    "who.roles", [], ["clinician"], ["emergency-clinician"], ["patient"], ["clinician", "emergency-clinician"]
)
_RECORD: Final = axis("who.patient_record", None, MINE)
_EMERGENCY: Final = axis("asks.break_glass", False, True)
_STRANGER: Final = {"study": {"institution": "lakeside"}, "asks": {"relationship": "encounter"}}
_BEHAVIOURAL: Final = [
    _STRANGER,
    {"study": {"institution": "general"}, "asks": {"relationship": "encounter"}},
    {"study": {"institution": "general"}, "asks": {"relationship": "referral"}},
]
_LABELS: Final = [
    {},
    {"study": {"labels": ["PSY"]}},
    {"study": {"labels": ["SUD", "HIV"]}},
    {"study": {"labels": ["SUD", "HIV"]}, "asks": {"part2_consent": True}},
]

STANDING: Final = [
    _ROLES,
    axis("who.assurance", 1, 2),
    axis("asks.purpose", "TREAT", "ETREAT", "PATRQT", "HOPERAT", "HPAYMT", "HRESCH", "COVERAGE"),
    axis("asks.relationship", "none", "encounter", "referral", "appointment", "registered"),
    axis("patient.consent", "optin", "optout", "unknown"),
    axis("asks.directive", *DirectiveVerdict),
    _EMERGENCY,
]
"""Who asks what for, what the patient has said to it, and whether there is an emergency."""

SENSITIVE: Final = [
    axis("who.roles", ["clinician"], ["emergency-clinician"], ["patient"]),
    axis("who.assurance", 2),
    axis("asks.purpose", "TREAT", "ETREAT", "PATRQT"),
    _EMERGENCY,
    _BEHAVIOURAL,
    _LABELS,
    [{}, {"study": {"confidentiality": "V"}}, {"patient": {"vip": True}}, {"patient": {"employee": True}}],
    axis("patient.care_team", [], [ME]),
    _RECORD,
    axis("asks.coworker", False, True),
    axis("study.labelled", True, False),
]
"""What the study shows and of whom, and to whom in spite of it."""

OBLIGED: Final = [
    axis("who.roles", ["clinician"], ["emergency-clinician"], ["patient"]),
    axis("who.assurance", 2),
    axis("asks.purpose", "TREAT", "ETREAT", "PATRQT"),
    axis("asks.relationship", "none", "encounter", "referral"),
    axis("asks.network", "clinical", "internet"),
    axis("study.state", "final", "prelim", "quarantined"),
    axis("study.institution", "university", "lakeside"),
    _EMERGENCY,
    [{}, {"study": {"labels": ["ETHUD"]}, "asks": {"part2_consent": True}}, {"who": {"patient_record": MINE}}],
]
"""What may be shown how: the capabilities that are not all permitted together."""

BARRED: Final = [
    _ROLES,
    axis("who.assurance", 2),
    axis("asks.purpose", "TREAT", "ETREAT", "PATRQT", "HOPERAT"),
    _EMERGENCY,
    axis("who.suspended", False, True),
    axis("patient.blocked", [], [ME], ["exchange:1"]),
    axis("patient.care_team", [], [ME]),
    _RECORD,
    axis("study.state", "final", "quarantined"),
]
"""What nothing lifts."""

SHARED: Final = [
    axis("who.roles", [], ["clinician"], ["patient"], ["clinician", "emergency-clinician"]),
    axis("who.shared_by", None, ME),
    axis("asks.purpose", "TREAT", "ETREAT", "PATRQT"),
    axis("asks.relationship", "none", "encounter"),
    axis("study.allows_sharing", False, True),
    [{}, {"study": {"labels": ["HIV"]}}, {"study": {"confidentiality": "R"}}],
    axis("study.state", "final", "prelim"),
    axis("patient.consent", "optin", "optout"),
    _RECORD,
    _EMERGENCY,
]
"""What may be shared, and what a share link shows."""
