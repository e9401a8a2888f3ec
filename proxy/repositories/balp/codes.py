"""The terminologies of FHIR AuditEvents, and how their codes are written (FHIR R4 Coding, CodeableConcept)."""

from collections.abc import Mapping
from typing import Any, Final

Json = Mapping[str, Any]

DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
EVENT_TYPE: Final = "http://terminology.hl7.org/CodeSystem/audit-event-type"
RESTFUL: Final = "http://hl7.org/fhir/restful-interaction"
PARTICIPATION: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
ROLE_CLASS: Final = "http://terminology.hl7.org/CodeSystem/v3-RoleClass"
SECURITY_ROLE: Final = "http://terminology.hl7.org/CodeSystem/extra-security-role-type"
ENTITY_TYPE: Final = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
OBJECT_ROLE: Final = "http://terminology.hl7.org/CodeSystem/object-role"
RESOURCE_TYPES: Final = "http://hl7.org/fhir/resource-types"
SOURCE_TYPE: Final = "http://terminology.hl7.org/CodeSystem/security-source-type"
ACT_REASON: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
LIFECYCLE: Final = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
SNOMED: Final = "http://snomed.info/sct"

_BALP: Final = "https://profiles.ihe.net/ITI/BALP"
USER_AGENT: Final = f"{_BALP}/CodeSystem/UserAgentTypes"
AUTHORIZATION: Final = f"{_BALP}/CodeSystem/AuthZsubType"

DICOM_UID: Final = "urn:dicom:uid"
"""The system of Study Instance UIDs, whose values are then written `urn:oid:` (FHIR R4 ImagingStudy)."""


def profile(name: str) -> str:
    """The canonical URL of one of BALP's profiles."""
    return f"{_BALP}/StructureDefinition/IHE.BasicAudit.{name}"


def coding(system: str, code: str, display: str = "") -> dict[str, str]:
    told = {"system": system, "code": code}
    return {**told, "display": display} if display else told


def concept(*codings: dict[str, str]) -> dict[str, Any]:
    return {"coding": list(codings)}
