"""An EHR that launches apps (SMART App Launch 2.2): a small FHIR server and its authorization server."""

import base64
from dataclasses import dataclass, field
import hashlib
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

ISS: Final = "https://ehr.test/fhir"
CLIENT: Final = "vitrine-at-the-ehr"
SYSTEM: Final = "urn:oid:2.16.840.1.113883.3.9999.1"
RECORD: Final = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "urn:other", "value": "7"}, {"system": SYSTEM, "value": "G-1001"}],
}


@dataclass
class Ehr:
    """`open_patient` is whom the person there looks at, `record` what the FHIR server has, `asked` what came."""

    open_patient: str | None = "p1"
    record: Any = field(default_factory=lambda: dict(RECORD))
    configuration: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/fhir/.well-known/smart-configuration", self.describe),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/fhir/Patient/{id}", self.patient),
            ]
        )

    async def describe(self, _: Request) -> Response:
        usual = {
            "authorization_endpoint": "https://ehr.test/authorize",
            "token_endpoint": "https://ehr.test/token",
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["launch-ehr", "launch-standalone", "permission-v2"],
        }
        return JSONResponse(usual | self.configuration)

    async def authorize(self, request: Request) -> Response:
        """The person agrees at once."""
        asked = dict(request.query_params)
        self.asked.append(asked)
        code = f"code-{len(self.asked)}"
        self.codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 303)

    async def token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        asked = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        context = {} if self.open_patient is None else {"patient": self.open_patient}
        return JSONResponse({"access_token": "at-the-ehr", "token_type": "Bearer", "scope": asked["scope"], **context})

    async def patient(self, request: Request) -> Response:
        if request.headers.get("authorization") != "Bearer at-the-ehr":
            return JSONResponse({"resourceType": "OperationOutcome"}, 401)
        return JSONResponse(self.record)
