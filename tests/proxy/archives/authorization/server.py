"""An authorization server that gives access tokens for client credentials, and an archive that believes them."""

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.proxy.archives.fakes import attributes, dicom_json


@dataclass
class AuthorizationServer:
    """Knows one client; what it answers, and how slowly, is set on its fields."""

    client_id: str = "vitrine"
    secret: str = "s3cret:ü+&"
    lifetime: object = 3600
    answer: Response | None = None
    forms: list[dict[str, str]] = field(default_factory=list)
    good: set[str] = field(default_factory=set)

    @property
    def app(self) -> Starlette:
        archive = Route("/dicom-web/studies", self._studies)
        return Starlette(routes=[Route("/token", self._token, methods=["POST"]), archive])

    @property
    def given(self) -> list[str]:
        return [f"token-{number}" for number in range(1, len(self.forms) + 1)]

    def revoke(self) -> None:
        self.good.clear()

    async def _token(self, request: Request) -> Response:
        self.forms.append(dict(parse_qsl((await request.body()).decode("ascii"), strict_parsing=True)))
        if self.answer is not None:
            return self.answer
        if not (self._is_client(request) or "client_assertion" in self.forms[-1]):
            return JSONResponse({"error": "invalid_client", "error_description": "canary"}, 401)
        token = self.given[-1]
        self.good.add(token)
        lifetime: dict[str, Any] = {} if self.lifetime is None else {"expires_in": self.lifetime}
        return JSONResponse({"access_token": token, "token_type": "Bearer", **lifetime})

    def _is_client(self, request: Request) -> bool:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme != "Basic":
            return False
        name, _, secret = base64.b64decode(value).decode("ascii").partition(":")
        return (unquote_plus(name), unquote_plus(secret)) == (self.client_id, self.secret)

    async def _studies(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.good:
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        return dicom_json(attributes())
