"""Consent registers to test with: the demo's, in the same process, or one that misbehaves; and who is who in them."""

from typing import Any, Final

import httpx
from starlette.applications import Starlette

from demo.consents import ConsentRegister as Register
from proxy.consents.names import Names
from proxy.consents.server import ConsentRegister
from proxy.fhirserver import FhirServer
from proxy.resources import PatientIdentifier
from proxy.settings.consents import Consents, ConsentServer, Party
from proxy.settings.patients import AssigningAuthority
from tests.policy.consent.consents import PATIENT, STAFF, consent

BASE_URL: Final = "http://consents.test/fhir"
ADULT: Final = PatientIdentifier("GENERAL", "G-1001")
OTHER: Final = PatientIdentifier("GENERAL", "G-1002")


def settings(**more: Any) -> Consents:
    """Who the exchange is to the consents of tests/cases/consent."""
    systems = {"GENERAL": PATIENT.system, "LAKESIDE": "urn:oid:2.25.2", "UNIVERSITY": "urn:oid:2.25.3", "STAFF": STAFF}
    return Consents(
        authorities=tuple(AssigningAuthority(name=name, system=system) for name, system in systems.items()),
        parties=(
            Party(references=("Organization/exchange",)),
            Party(references=("Organization/general",), organization="General Hospital", institution="general"),
            Party(references=("Organization/lakeside",), organization="Lakeside Imaging", institution="lakeside"),
            Party(references=("Group/break-glass",), role="emergency-clinician"),
        ),
        **{"fhir": ConsentServer(base_url=BASE_URL), **more},
    )


def register(*consents: dict[str, Any], **more: Any) -> Register:
    """The demo's register below `/fhir`, over `consents`."""
    return Register(consents, [], **more)


def permit(name: str = "permit", **more: Any) -> dict[str, Any]:
    return consent(name, **{"provision": {"type": "permit", "purposes": ["TREAT"]}, **more})


def deny(name: str = "deny", **more: Any) -> dict[str, Any]:
    return consent(name, **{"provision": {"type": "deny"}, **more})


def asking(app: Starlette, pages: int = 10, answer_bytes: int = 2**20) -> ConsentRegister:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    server = FhirServer(
        *("the consent register", "http://consents.test", transport, lambda: 0.0),
        connections=4,
        seconds=1.0,
        answer_bytes=answer_bytes,
    )
    return ConsentRegister(server, Names(settings()).known, pages)
