"""A log of past decisions made by hand."""

from typing import Final

from policy.bundle import Bundle, BundleFile, to_bundle
from policy.replay.past import PastDecision
from policy.request import Capability
from tests.policy.worlds import NOON, bundle, request_of

CLINICIAN, BOTH = {"roles": ["clinician"]}, {"roles": ["clinician", "emergency-clinician"]}
LOG: Final = [
    PastDecision(number, NOON + number, Capability.VIEW, request_of(who=who, study=study, asks=asks))
    for number, (who, study, asks) in enumerate(
        [
            (CLINICIAN, {"institution": "lakeside"}, {"relationship": "encounter"}),
            (CLINICIAN, {"institution": "lakeside"}, {"relationship": "encounter"}),
            (BOTH, {"institution": "general"}, {"relationship": "appointment"}),
            (CLINICIAN, {"institution": "general"}, {"relationship": "referral"}),
            (CLINICIAN, {"institution": "general"}, {"relationship": "none"}),
            ({"roles": []}, {"institution": "general"}, {}),
        ],
        start=11,
    )
]
"""Of these, three are seen by their relationship alone and one by referral; two see nothing."""


def referrals_only() -> Bundle:
    """Only whoever was referred to sees."""
    old, new = (
        'context.relationship != HIE::Relationship::"none"',
        'context.relationship == HIE::Relationship::"referral"',
    )
    return to_bundle(
        BundleFile(file.path, file.text.replace(old, new))
        for file in bundle().files
        if not file.path.startswith("cases/")
    )
