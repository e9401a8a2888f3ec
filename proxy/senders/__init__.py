"""The doors for systems that tell of care events: HTTP, FHIR, and HL7 v2 over MLLP."""
