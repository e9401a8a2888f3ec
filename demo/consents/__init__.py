"""A small FHIR R4 consent register: Consents, searched by an identifier of the patient (IHE PCF, ITI-108)."""

from demo.consents.app import ConsentRegister
from demo.consents.given import CONSENTS, PATIENTS

__all__ = ["CONSENTS", "PATIENTS", "ConsentRegister"]
