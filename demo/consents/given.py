"""What the demo's patients consented to: one of them shares with whoever treats, and with Lakeside Imaging nothing."""

from typing import Any, Final

from demo.data.patients import WANG
from demo.index import PEOPLE

_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"

PATIENTS: Final = tuple(person.to_patient() for person in PEOPLE)

CONSENTS: Final[tuple[dict[str, Any], ...]] = (
    {
        "resourceType": "Consent",
        "id": "wang-not-to-lakeside",
        "meta": {"profile": ["https://profiles.ihe.net/ITI/PCF/StructureDefinition/IHE.PCF.consentIntermediate"]},
        "status": "active",
        "scope": {"coding": [{"system": f"{_TERMINOLOGY}/consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": f"Patient/{WANG.key}"},
        "dateTime": "2025-03-01",
        "performer": [{"reference": f"Patient/{WANG.key}"}],
        "organization": [{"reference": "Organization/exchange"}],
        "sourceAttachment": {"title": "Signed on paper"},
        "policy": [{"uri": "urn:vitrine:demo:policy"}],
        "provision": {
            "type": "permit",
            "purpose": [
                {"system": f"{_TERMINOLOGY}/v3-ActReason", "code": code} for code in ("TREAT", "HPAYMT", "HOPERAT")
            ],
            "provision": [
                {
                    "type": "deny",
                    "actor": [
                        {
                            "role": {"coding": [{"system": f"{_TERMINOLOGY}/v3-ParticipationType", "code": "IRCP"}]},
                            "reference": {"reference": "Organization/lakeside"},
                        }
                    ],
                }
            ],
        },
    },
)
