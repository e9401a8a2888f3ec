"""The provider's endpoints (OpenID Connect Discovery §4, RFC 6749 §3, RFC 9207): what it is, its keys, codes, tokens.

Access tokens are signed JWTs as RFC 9068 has them. What is different from any other provider is that people are
chosen on a page instead of proving who they are.
"""

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
import hmac
import secrets
import time
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from demo.people import Person
from demo.provider.codes import AuthorizationRequest, RequestRefused, Tickets, read_request
from demo.provider.keys import ALGORITHM, SigningKey
from demo.provider.page import Page

TOKEN_SECONDS = 3600
_LONGEST_FORM = 16 * 2**10


@dataclass(frozen=True, slots=True)
class Client:
    """Who may send people here, where they return to, and whom access tokens are for; without `secret` it is public."""

    id: str
    redirect_uri: str
    audience: str
    secret: str = ""


class Provider:
    """`issuer` is the provider's own address; `clock` gives Unix seconds."""

    def __init__(self, issuer: str, client: Client, people: Iterable[Person], clock: Callable[[], float]) -> None:
        self._issuer = issuer
        self._client = client
        self._people = {person.subject: person for person in people}
        self._clock = clock
        self._key = SigningKey()
        self._tickets = Tickets(clock)
        self._page = Page(self._people.values())

    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/openid-configuration", self.configuration, methods=["GET"]),
            Route("/keys", self.keys, methods=["GET"]),
            Route("/authorize", self.authorize, methods=["GET"]),
            Route("/choose", self.choose, methods=["POST"]),
            Route("/token", self.token, methods=["POST"]),
        ]

    async def configuration(self, request: Request) -> Response:  # noqa: ARG002 - the signature of an endpoint
        document = {
            "issuer": self._issuer,
            "authorization_endpoint": f"{self._issuer}/authorize",
            "token_endpoint": f"{self._issuer}/token",
            "jwks_uri": f"{self._issuer}/keys",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid", "profile"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic" if self._client.secret else "none"],
            "authorization_response_iss_parameter_supported": True,
        }
        return JSONResponse(document, headers={"Cache-Control": "max-age=300"})

    async def keys(self, request: Request) -> Response:  # noqa: ARG002 - the signature of an endpoint
        return JSONResponse(self._key.key_set(), headers={"Cache-Control": "max-age=300"})

    async def authorize(self, request: Request) -> Response:
        """The page to choose on. A wrong client or redirect address is told to the person, not sent on (§4.1.2.1)."""
        parameters = request.query_params
        if (parameters.get("client_id"), parameters.get("redirect_uri")) != (
            self._client.id,
            self._client.redirect_uri,
        ):
            return PlainTextResponse("This application is not known here.", 400)
        try:
            asked = read_request(parameters)
        except RequestRefused as refused:
            return self._back(self._client.redirect_uri, error=refused.error, state=parameters.get("state", ""))
        return self._page.show(f"{self._issuer}/choose", self._tickets.wait(asked), asked.redirect_uri)

    async def choose(self, request: Request) -> Response:
        """Back to the client, with a code for whoever was chosen."""
        form = await _form(request)
        asked = self._tickets.chosen(form.get("request", ""))
        if asked is None:
            return PlainTextResponse("This sign-in is over. Go back to where you came from, and begin again.", 400)
        if form.get("person") not in self._people:
            return self._back(asked.redirect_uri, error="access_denied", state=asked.state)
        return self._back(asked.redirect_uri, code=self._tickets.issue(asked, form["person"]), state=asked.state)

    async def token(self, request: Request) -> Response:
        """Tokens for a code (RFC 6749 §4.1.3, §5)."""
        form = await _form(request)
        if not self._is_client(request, form):
            return _refusal("invalid_client", 401)
        if form.get("grant_type") != "authorization_code":
            return _refusal("unsupported_grant_type")
        found = self._tickets.redeem(form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier", ""))
        if found is None:
            return _refusal("invalid_grant")
        return JSONResponse(self._tokens(*found), headers={"Cache-Control": "no-store"})

    def _is_client(self, request: Request, form: dict[str, str]) -> bool:
        if not self._client.secret:
            return form.get("client_id") == self._client.id
        expected = f"{self._client.id}:{self._client.secret}"
        return hmac.compare_digest(_basic(request.headers.get("authorization", "")).encode(), expected.encode())

    def _tokens(self, asked: AuthorizationRequest, subject: str) -> dict[str, Any]:
        now = int(self._clock())
        common = {"iss": self._issuer, "sub": subject, "iat": now, "exp": now + TOKEN_SECONDS, "auth_time": now}
        access = {
            **common,
            **self._people[subject].claims(),
            "aud": self._client.audience,
            "client_id": self._client.id,
            "jti": secrets.token_urlsafe(16),
        }
        tokens = {
            "access_token": self._key.sign(access, "at+jwt"),
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
        }
        if asked.openid:
            nonce = {"nonce": asked.nonce} if asked.nonce else {}
            tokens["id_token"] = self._key.sign({**common, "aud": self._client.id, **nonce}, "JWT")
        return tokens

    def _back(self, redirect_uri: str, **answer: str) -> Response:
        """To the client, naming who answers (RFC 9207 §2)."""
        query = urlencode({name: value for name, value in answer.items() if value} | {"iss": self._issuer})
        return RedirectResponse(f"{redirect_uri}?{query}", 303, {"Cache-Control": "no-store"})


def provider_app(
    issuer: str, client: Client, people: Iterable[Person], clock: Callable[[], float] = time.time
) -> Starlette:
    """The provider as an application, served at `issuer`."""
    return Starlette(routes=Provider(issuer, client, people, clock).routes())


async def _form(request: Request) -> dict[str, str]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace")))


def _basic(field: str) -> str:
    """The `id:secret` of an Authorization header, each part form-decoded (RFC 6749 §2.3.1); empty without one."""
    scheme, _, value = field.partition(" ")
    try:
        decoded = base64.b64decode(value, validate=True).decode("utf-8") if scheme.lower() == "basic" else ""
    except ValueError:
        return ""
    return ":".join(unquote_plus(part) for part in decoded.split(":", 1))


def _refusal(error: str, status: int = 400) -> Response:
    return JSONResponse({"error": error}, status, {"Cache-Control": "no-store"})
