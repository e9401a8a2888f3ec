"""A small OpenID provider for the tests: real signatures, PKCE, codes that work once, and faults on request."""

import base64
from dataclasses import dataclass, field
import hashlib
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.proxy.access.signing import Clock, Signer, claims_of, ec_signer


@dataclass
class Provider:
    """Signs in whoever comes as `subject`; what it says and does wrong is set on its fields."""

    clock: Clock
    issuer: str = "https://login.exchange.test"
    signer: Signer = field(default_factory=ec_signer)
    secret: str | None = None
    subject: str = "4711"
    claims: dict[str, Any] = field(default_factory=dict)
    id_claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    down: bool = False
    asked: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def transport(self) -> httpx.AsyncBaseTransport:
        return _Line(self)

    async def sign_in(self, address: str) -> dict[str, str]:
        """What a browser that goes to `address` and signs in brings back: the parameters of the redirect."""
        async with httpx.AsyncClient(transport=self.transport()) as browser:
            redirect = await browser.get(address)
        assert redirect.status_code == 303, redirect.text
        place = urlsplit(redirect.headers["location"])
        assert f"{place.scheme}://{place.netloc}{place.path}" == parse_qs(urlsplit(address).query)["redirect_uri"][0]
        return {name: values[0] for name, values in parse_qs(place.query).items()}

    async def _discovery(self, request: Request) -> Response:
        whole = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        } | self.metadata
        return JSONResponse({name: value for name, value in whole.items() if value is not None})

    async def _keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [self.signer.jwk()]})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.issuer} | self.answer
        answer = {name: value for name, value in answer.items() if value is not None}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 303)

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), strict_parsing=True))
        self.forms.append(form)
        self.authorizations.append(request.headers.get("authorization"))
        asked = self._codes.pop(form["code"], None)
        if asked is None or not self._proves(asked, form):
            return JSONResponse({"error": "invalid_grant"}, 400)
        whole = {
            "token_type": "Bearer",
            "access_token": self.signer.token(self._access_claims()),
            "id_token": self.signer.token(self._id_claims(asked), typ="JWT"),
        } | self.tokens
        return JSONResponse({name: value for name, value in whole.items() if value is not None})

    def _proves(self, asked: dict[str, str], form: dict[str, str]) -> bool:
        """PKCE (RFC 7636 §4.6) and the same redirect address (RFC 6749 §4.1.3)."""
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return asked["code_challenge"] == challenge and asked["redirect_uri"] == form["redirect_uri"]

    def _access_claims(self) -> dict[str, Any]:
        now = int(self.clock())
        times = {"iat": now, "exp": now + 600}
        return claims_of(**{"iss": self.issuer, "sub": self.subject, **times} | self.claims)

    def _id_claims(self, asked: dict[str, str]) -> dict[str, Any]:
        own = {"aud": asked["client_id"], "nonce": asked["nonce"], "jti": None}
        return {
            name: value for name, value in (self._access_claims() | own | self.id_claims).items() if value is not None
        }


class _Line(httpx.AsyncBaseTransport):
    """The line to the provider, which can be cut."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._transport = httpx.ASGITransport(provider.app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._provider.asked.append(request.url.path)
        if self._provider.down:
            raise httpx.ConnectError("no route", request=request)
        return await self._transport.handle_async_request(request)
