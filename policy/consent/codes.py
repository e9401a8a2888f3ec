"""The codes that consents are understood in; a code that is not here is not guessed at."""

from collections.abc import Mapping
from typing import Final

ACT_REASON: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
PARTICIPATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
CONSENT_SCOPE: Final = "http://terminology.hl7.org/CodeSystem/consentscope"
CONSENT_ACTION: Final = "http://terminology.hl7.org/CodeSystem/consentaction"
RESOURCE_TYPES: Final = "http://hl7.org/fhir/resource-types"
DICOM_UID: Final = "urn:dicom:uid"
"""The system of a Study Instance UID, which is written `urn:oid:…` (FHIR R4 ImagingStudy.identifier)."""

EMERGENCY: Final = frozenset({"BTG", "ETREAT"})

PURPOSES: Final[Mapping[str, frozenset[str]]] = {
    "TREAT": frozenset({"TREAT"}),
    "ETREAT": frozenset({"ETREAT", "TREAT"}),
    "BTG": frozenset({"BTG"}),
    "CAREMGT": frozenset({"CAREMGT", "TREAT"}),
    "COC": frozenset({"COC", "TREAT"}),
    "HPAYMT": frozenset({"HPAYMT"}),
    "COVERAGE": frozenset({"COVERAGE", "HPAYMT"}),
    "HOPERAT": frozenset({"HOPERAT"}),
    "HRESCH": frozenset({"HRESCH"}),
    "PATRQT": frozenset({"PATRQT"}),
    "FAMRQT": frozenset({"FAMRQT"}),
    "PUBHLTH": frozenset({"PUBHLTH"}),
    "HMARKT": frozenset({"HMARKT"}),
    "HLEGAL": frozenset({"HLEGAL"}),
    "HTEST": frozenset({"HTEST"}),
}
"""HL7 v3 ActReason: each purpose and those that it is a case of. Breaking the glass is a case of none but itself:
who permits treatment has not said what shall be in an emergency."""

RANKS: Final = "ULMNRV"
"""HL7 v3 Confidentiality, from unrestricted to very restricted."""

SENSITIVITIES: Final[Mapping[str, frozenset[str]]] = {
    "BH": frozenset({"MH", "PSY", "SUD", "ETH", "ETHUD", "OPIOIDUD"}),
    "MH": frozenset({"PSY"}),
    "ETH": frozenset({"SUD", "ETHUD", "OPIOIDUD"}),
    "SUD": frozenset({"ETHUD", "OPIOIDUD"}),
    "SEX": frozenset({"SDV", "STD"}),
    **dict.fromkeys(
        ("CEL", "DIA", "EMP", "ETHUD", "GDIS", "HIV", "OPIOIDUD", "PDS", "PREGNANT", "PSY", "SCA", "SDV", "STD"),
        frozenset[str](),
    ),
}
"""HL7 v3 ActCode, information sensitivity: each code and the narrower ones that it names as well."""

SUBSTANCE_USE: Final = frozenset({"ETH", "ETHUD", "OPIOIDUD", "SUD"})
"""What 42 CFR Part 2 is about."""

VIEWING: Final = frozenset({"access", "use", "disclose"})
ACTIONS: Final = VIEWING | {"collect", "correct"}
"""Consent actions (FHIR R4): looking at a study is any of three of them."""

IMAGING: Final = frozenset({"ImagingStudy"})
BASES: Final[Mapping[str, str]] = {"OPTIN": "permit", "OPTINR": "permit", "OPTOUT": "deny", "OPTOUTE": "deny"}
"""HL7 v3 ActCode, consent directives: what holds where no provision says anything (FHIR R4 Consent.policyRule)."""

POLICY_DENY: Final = "https://profiles.ihe.net/ITI/PCF/Policy-deny"
"""The patient chose that nothing is shared, not even by breaking the glass (IHE PCF 1:53.4)."""

CONTENT: Final = frozenset(
    {
        "http://loinc.org",
        "http://snomed.info/sct",
        "http://radlex.org",
        "http://www.ama-assn.org/go/cpt",
        "http://dicom.nema.org/resources/ontology/DCM",
    }
)
"""Systems in which studies are coded too."""
