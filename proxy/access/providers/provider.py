"""One identity provider as this service asks it: discovery, keys, the token endpoint (OpenID Connect Discovery §4)."""

import base64
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx

from proxy.access.providers.documents import (
    Document,
    ProviderFailed,
    post_form,
    read_document,
    require_secure,
    to_client,
)
from proxy.access.providers.keys import FetchedKeys
from proxy.access.providers.signatures import require_installed
from proxy.access.tokens import TrustedIssuer
from proxy.coalescing import Coalesced
from proxy.errors import ConfigurationError
from proxy.settings.secrets import read_secret
from proxy.settings.server import Issuer

_DISCOVERY: Final = "/.well-known/openid-configuration"
_EXCHANGE: Final = "/.well-known/oauth-authorization-server"
"""Of another exchange, which signs nobody in (RFC 8414 §3); an OpenID provider has the other one."""


class Provider:
    """An issuer of the configuration, asked through `transport`; `clock` gives Unix seconds.

    Its discovery document is believed for as long as it says, within bounds; who needs it meanwhile shares one
    question. Raises `ConfigurationError` when the client's secret cannot be read, or an algorithm is not installed.
    """

    def __init__(self, issuer: Issuer, transport: httpx.AsyncBaseTransport, clock: Callable[[], float]) -> None:
        require_installed(issuer.algorithms, issuer.id)
        self.issuer = issuer
        self.trusted = TrustedIssuer(issuer, FetchedKeys(self._fetch_keys, issuer.algorithms, clock))
        self._secret = _read_client_secret(issuer)
        self._client = to_client(transport)
        self._clock = clock
        self._known: Mapping[str, Any] = {}
        self._known_until = 0.0
        self._questions: Coalesced[str, Mapping[str, Any]] = Coalesced()

    async def authorization_address(self, parameters: Mapping[str, str]) -> str:
        """Where a browser asks for a code with `parameters` (RFC 6749 §4.1.1). Raises `ProviderFailed`."""
        known = await self.discover()
        if "S256" not in _texts(known, "code_challenge_methods_supported", "S256"):
            raise ProviderFailed("the identity provider does not offer PKCE with S256")
        endpoint = require_secure(known.get("authorization_endpoint"), self.issuer.issuer)
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(parameters)}"

    async def exchange(self, code: str, verifier: str, callback: str) -> Mapping[str, Any]:
        """The tokens for a code (RFC 6749 §4.1.3, RFC 7636 §4.5). Raises `ProviderRefused`, `ProviderFailed`."""
        known = await self.discover()
        endpoint = require_secure(known.get("token_endpoint"), self.issuer.issuer)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": callback,
            "code_verifier": verifier,
        }
        if self._secret is None:
            return await post_form(self._client, endpoint, {**form, "client_id": self.issuer.client_id}, None)
        if "client_secret_basic" in _texts(known, "token_endpoint_auth_methods_supported", "client_secret_basic"):
            return await post_form(self._client, endpoint, form, _basic(self.issuer.client_id, self._secret))
        own = {"client_id": self.issuer.client_id, "client_secret": self._secret}
        return await post_form(self._client, endpoint, {**form, **own}, None)

    async def names_itself(self) -> bool:
        """Whether the provider promises `iss` in every answer to a browser (RFC 9207 §3)."""
        return (await self.discover()).get("authorization_response_iss_parameter_supported") is True

    async def end_session_endpoint(self) -> str:
        """Where the provider ends its own session of a person; empty when it offers that nowhere, or insecurely."""
        endpoint = (await self.discover()).get("end_session_endpoint")
        return require_secure(endpoint, self.issuer.issuer) if endpoint else ""

    async def discover(self) -> Mapping[str, Any]:
        """What the provider says of itself. Raises `ProviderFailed`."""
        if self._clock() < self._known_until:
            return self._known
        return await self._questions.ask(_DISCOVERY, self._ask)

    async def close(self) -> None:
        await self._client.aclose()

    async def _ask(self) -> Mapping[str, Any]:
        issuer = self.issuer.issuer
        place = _DISCOVERY if self.issuer.exchange is None else _EXCHANGE
        document = await read_document(self._client, require_secure(issuer, issuer).rstrip("/") + place)
        if document.content.get("issuer") != issuer:
            raise ProviderFailed("the identity provider calls itself by another name (RFC 8414 §3.3)")
        self._known, self._known_until = document.content, self._clock() + document.lifetime
        return document.content

    async def _fetch_keys(self) -> Document:
        known = await self.discover()
        return await read_document(self._client, require_secure(known.get("jwks_uri"), self.issuer.issuer))


def _read_client_secret(issuer: Issuer) -> str | None:
    if issuer.client_secret is None:
        return None
    try:
        secret = read_secret(issuer.client_secret)
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"issuer `{issuer.id}`: its client secret cannot be read") from None
    if not secret:
        raise ConfigurationError(f"issuer `{issuer.id}`: its client secret is empty")
    return secret


def _texts(document: Mapping[str, Any], name: str, default: str) -> list[object]:
    """A list in a discovery document; one that is left out means `default`."""
    value = document.get(name, [default])
    return value if isinstance(value, list) else []


def _basic(client_id: str, secret: str) -> str:
    """A client's credentials for the token endpoint, each part form-encoded first (RFC 6749 §2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {base64.b64encode(pair.encode('ascii')).decode('ascii')}"
