"""Consents as FHIR R4 resources, made of the short form in tests/cases/consent, and questions about them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
import json
from pathlib import Path
import tomllib
from typing import Any, Final

from policy.consent import codes
from policy.consent.directive import Directive, Identity, Known
from policy.consent.matching import Question
from policy.consent.reading import read_consent

CASES: Final = Path(__file__).parents[2] / "cases" / "consent"
ORGANIZATIONS: Final = {
    "general": Identity("", "Organization/general"),
    "lakeside": Identity("", "Organization/lakeside"),
}
EXCHANGE: Final = Identity("", "Organization/exchange")
STAFF: Final = "urn:oid:2.25.100"
PEOPLE: Final = {
    "dr-a": Identity(STAFF, "D-1"),
    "dr-b": Identity(STAFF, "D-2"),
    "emergency-group": Identity("", "Group/break-glass"),
    **ORGANIZATIONS,
}
PATIENT: Final = Identity("urn:oid:2.25.1", "G-1001")
KNOWN: Final = Known(frozenset({*PEOPLE.values(), EXCHANGE}), frozenset({STAFF, codes.DICOM_UID}))
_DATA: Final = {
    "study-1.2.3": {"identifier": {"system": codes.DICOM_UID, "value": "urn:oid:1.2.3"}, "type": "ImagingStudy"},
    "observation": {"reference": "Observation/drinks"},
}


def consent(name: str = "consent", **told: Any) -> dict[str, Any]:
    """The resource of a consent in the short form, as IHE PCF has it."""
    organization = ORGANIZATIONS.get(told.get("organization", ""), EXCHANGE)
    whole = {
        "resourceType": "Consent",
        "id": name,
        "status": "active",
        "scope": {"coding": [{"system": codes.CONSENT_SCOPE, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"identifier": {"system": PATIENT.system, "value": PATIENT.value}},
        "dateTime": told.get("recorded", "2022-06-13"),
        "performer": [{"reference": "Patient/ex-patient"}],
        "organization": [reference(organization)],
        "sourceReference": {"reference": "DocumentReference/ex-documentreference"},
        "policy": [{"uri": told.get("policy", "http://example.org/policies/basePrivacyConsentPolicy.txt")}],
        "provision": provision(**told["provision"]),
    }
    if "policy_rule" in told:
        whole["policyRule"] = {"coding": [{"system": codes.ACT_CODE, "code": told["policy_rule"]}]}
    return whole


def provision(**told: Any) -> dict[str, Any]:
    made = {
        "type": told.get("type"),
        "period": told.get("period"),
        "actor": [actor(PEOPLE[one]) for one in told.get("to", ())],
        "purpose": [{"system": codes.ACT_REASON, "code": one} for one in told.get("purposes", ())],
        "securityLabel": [{"system": _label_system(one), "code": one} for one in told.get("labels", ())],
        "dataPeriod": told.get("data_period"),
        "data": [
            *({"meaning": "instance", "reference": _DATA[one]} for one in told.get("data", ())),
            *(
                {"meaning": "authoredby", "reference": reference(ORGANIZATIONS[one])}
                for one in told.get("authored_by", ())
            ),
        ],
        "provision": [provision(**one) for one in told.get("but", ())],
    }
    return {name: value for name, value in made.items() if value}


def actor(identity: Identity, role: str = "IRCP") -> dict[str, Any]:
    return {"role": {"coding": [{"system": codes.PARTICIPATION, "code": role}]}, "reference": reference(identity)}


def reference(identity: Identity) -> dict[str, Any]:
    if not identity.system:
        return {"reference": identity.value}
    return {"identifier": {"system": identity.system, "value": identity.value}}


def _label_system(code: str) -> str:
    return codes.CONFIDENTIALITY if len(code) == 1 else codes.ACT_CODE


def read(resource: Mapping[str, Any]) -> Directive:
    directive = read_consent(json.dumps(resource).encode(), KNOWN)
    assert directive is not None
    return directive


def directives(names: Sequence[str]) -> list[Directive]:
    return [read(consent(name, **SHORT[name])) for name in names]


SHORT: Final[Mapping[str, Any]] = tomllib.loads((CASES / "consents.toml").read_text("utf-8"))


def question(**told: Any) -> Question:
    """The usual question but for what is `told`, in the words of decisions.toml."""
    taken = told.get("date", "2026-01-02")
    return Question(
        recipients=frozenset(PEOPLE[one] for one in told.get("who", ("dr-a", "lakeside"))),
        purposes=frozenset(told.get("purposes", ("TREAT",))),
        custodians=frozenset({ORGANIZATIONS[told.get("institution", "general")]}),
        institutions=frozenset(ORGANIZATIONS.values()),
        study=frozenset({Identity(codes.DICOM_UID, f"urn:oid:{told.get('study', '1.2')}")}),
        moment=datetime.fromisoformat(told.get("moment", "2026-11-24T12:00:00Z")).astimezone(UTC),
        taken=date.fromisoformat(taken) if taken else None,
        confidentiality=told.get("confidentiality", "N"),
        labels=frozenset(told.get("labels", ())),
    )
