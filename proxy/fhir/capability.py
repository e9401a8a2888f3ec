"""What can be asked here, as a CapabilityStatement (FHIR R4; IHE ATX: Retrieve ATNA Audit Event, ITI-81)."""

from typing import Any, Final

from proxy.repositories.balp.codes import profile

_PROFILES: Final = (
    "Read",
    "PatientRead",
    "Query",
    "PatientQuery",
    "AuthZconsent",
    "PrivacyDisclosure.Source",
    "OAUTHaccessTokenUse.Minimal",
)
_DATE: Final = "2026-11-29"  # since when this server answers as it does
_BASE: Final = "http://hl7.org/fhir/SearchParameter/AuditEvent"
_PARAMETERS: Final = (
    ("date", "date", "when it was recorded: eq, ge, gt, le, lt"),
    (
        "patient",
        "reference",
        "`system|value` of the patient, as `patient`, `patient.identifier` or `patient:identifier`",
    ),
    ("agent", "reference", "`system|value` of who did it, likewise; the system is the provider's issuer"),
    ("entity", "reference", "a study, `urn:dicom:uid|urn:oid:…`, likewise"),
    ("type", "token", "the kind of event"),
    ("subtype", "token", "more exactly what happened"),
    ("outcome", "token", "0, 4 or 8"),
    ("action", "token", "R or E"),
)


def capability_statement(base: str, name: str) -> dict[str, Any]:
    """That of the server at `base` of the exchange `name`."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": _DATE,
        "kind": "instance",
        "implementation": {"description": f"Audit log of {name}", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "An access token of the exchange's provider, or this site's own session."},
                "resource": [_audit_event()],
            }
        ],
    }


def _audit_event() -> dict[str, Any]:
    return {
        "type": "AuditEvent",
        "supportedProfile": [profile(name) for name in _PROFILES],
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "searchParam": [
            {"name": name, "definition": f"{_BASE}-{name}", "type": kind, "documentation": words}
            for name, kind, words in _PARAMETERS
        ],
    }
