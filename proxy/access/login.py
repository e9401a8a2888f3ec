"""Signing in by a browser: the authorization code flow with PKCE (RFC 6749 §4.1, RFC 7636, RFC 9700 §2.1, RFC 9207)."""

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
import hashlib
import hmac
import secrets
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from cachetools import TTLCache

from policy.request import PurposeOfUse
from proxy.access.caller import Caller
from proxy.access.claims import may_declare, to_caller
from proxy.access.documents import ProviderFailed, ProviderRefused
from proxy.access.events import caller_event
from proxy.access.networks import Networks
from proxy.access.provider import Provider
from proxy.access.sessions import Sessions
from proxy.access.tokens import REFUSED, TokenVerifier, VerifiedToken
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.errors import NotAuthenticated

LOGIN_SECONDS: Final = 600
"""How long somebody may take at the identity provider."""

MAXIMUM_LOGINS: Final = 10_000
"""Logins under way; beyond, the oldest is forgotten, so that a flood ends with the flood."""

FAILURE_SECONDS: Final = 10
"""The same failure from the same address, repeated within so long, is one event."""

_SCOPE: Final = "openid profile"
_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser goes to sign in, and the secret that it brings back."""

    address: str
    binding: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """A session that began: its name, the only copy there is, and the page that its person wanted."""

    session: str
    back: str


class Cause(StrEnum):
    """Why a login failed, for the audit log; the person learns only that it did."""

    UNKNOWN = "no-such-login"
    OTHER_BROWSER = "other-browser"
    OTHER_ISSUER = "other-issuer"
    ANSWER = "provider-refused"
    TOKENS = "tokens"
    PURPOSE = "purpose"
    PROVIDER = "provider-failed"


class _Failed(Exception):
    """A login that ends here."""

    def __init__(self, cause: Cause, caller: Caller | None = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.caller = caller


@dataclass(frozen=True, slots=True)
class _Begun:
    """A login under way; of the secrets that the browser carries only hashes are kept."""

    purpose: PurposeOfUse
    back: str
    binding: bytes
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


class Login:
    """Signs browsers in at the first of `providers` that has a `client_id`; tokens of the others are only believed.

    `callback` is the address to which the provider sends the browser back; `clock` gives Unix seconds. An answer counts
    once, in the browser that began the login, and names the provider's issuer where the provider promised that. The
    access token is verified as on any request, and so is an ID token when there is one: it must answer this login's
    nonce and speak of the same person. A provider of OAuth without OpenID Connect sends none, and PKCE alone binds its
    code to this login.
    """

    def __init__(
        self,
        providers: Iterable[Provider],
        verifier: TokenVerifier,
        sessions: Sessions,
        networks: Networks,
        audit: AuditLog,
        callback: str,
        clock: Callable[[], float],
    ) -> None:
        self._provider = next((one for one in providers if one.issuer.client_id), None)
        self._verifier = verifier
        self._sessions = sessions
        self._networks = networks
        self._audit = audit
        self._callback = callback
        self._begun: TTLCache[bytes, _Begun] = TTLCache(MAXIMUM_LOGINS, LOGIN_SECONDS, timer=clock)
        self._failures: TTLCache[tuple[object, ...], None] = TTLCache(MAXIMUM_LOGINS, FAILURE_SECONDS, timer=clock)

    async def begin(self, purpose: PurposeOfUse, back: str) -> Departure:
        """Begin a login for `purpose` that ends at `back`, a page of this site. Raises `ProviderFailed`."""
        state, binding, nonce, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(4))
        address = await self._signing_in.authorization_address(self._parameters(state, nonce, verifier))
        self._begun[_digest(state)] = _Begun(purpose, back, _digest(binding), nonce, verifier)
        return Departure(address, binding)

    async def complete(self, answer: Mapping[str, str], binding: str, address: str) -> Arrival:
        """Begin a session for whoever `answer`, the parameters of the redirect, speaks of.

        `binding` is the secret of the browser that asks, `address` its IP address. Raises `NotAuthenticated` with one
        text for every cause, `ProviderFailed`, and `AuditUnavailable` when the log cannot commit.
        """
        begun = self._begun.pop(_digest(answer.get("state", "")), None)
        if begun is None:
            await self._record_failure(address, Cause.UNKNOWN)
            raise NotAuthenticated(REFUSED)
        try:
            caller = await self._sign_in(begun, answer, binding, address)
        except _Failed as failed:
            await self._record_failure(address, failed.cause, begun.purpose, failed.caller)
            raise NotAuthenticated(REFUSED) from None
        except ProviderFailed:
            await self._record_failure(address, Cause.PROVIDER, begun.purpose)
            raise
        await self._audit.record(caller_event(EventKind.LOGIN, Outcome.SUCCESS, caller))
        return Arrival(self._sessions.begin(caller), begun.back)

    async def end(self, session: str) -> None:
        """End the session of that name, if there is one."""
        caller = self._sessions.end(session)
        if caller is not None:
            await self._audit.record(caller_event(EventKind.LOGOUT, Outcome.SUCCESS, caller))

    @property
    def _signing_in(self) -> Provider:
        if self._provider is None:
            raise ProviderFailed("nobody can sign in here: no issuer of the configuration has a `client_id`")
        return self._provider

    def _parameters(self, state: str, nonce: str, verifier: str) -> dict[str, str]:
        issuer = self._signing_in.issuer
        parameters = {
            "response_type": "code",
            "client_id": issuer.client_id,
            "redirect_uri": self._callback,
            "scope": _SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        if urlsplit(issuer.audience).scheme in {"https", "http"}:
            parameters["resource"] = issuer.audience  # whom the token is for, where that is an address (RFC 8707 §2)
        return parameters

    async def _sign_in(self, begun: _Begun, answer: Mapping[str, str], binding: str, address: str) -> Caller:
        if not hmac.compare_digest(begun.binding, _digest(binding)):
            raise _Failed(Cause.OTHER_BROWSER)
        code = await self._code(answer)
        try:
            tokens = await self._signing_in.exchange(code, begun.verifier, self._callback)
            token = await self._verify(tokens, begun.nonce)
        except ProviderRefused:
            raise _Failed(Cause.ANSWER) from None
        except NotAuthenticated:
            raise _Failed(Cause.TOKENS) from None
        caller = to_caller(token, begun.purpose, self._networks.network_of(address), address)
        if not may_declare(token, begun.purpose):
            raise _Failed(Cause.PURPOSE, caller)
        return caller

    async def _code(self, answer: Mapping[str, str]) -> str:
        """The code of an answer that comes from the provider this login went to (RFC 9207 §2.4)."""
        provider = self._signing_in
        named = answer.get("iss")
        if named != provider.issuer.issuer and (named is not None or await provider.names_itself()):
            raise _Failed(Cause.OTHER_ISSUER)
        if "error" in answer or not answer.get("code"):
            raise _Failed(Cause.ANSWER)
        return answer["code"]

    async def _verify(self, tokens: Mapping[str, Any], nonce: str) -> VerifiedToken:
        """The access token, of this provider and, where an ID token says who signed in, of that person."""
        kind, access_token, id_token = (tokens.get(name) for name in ("token_type", "access_token", "id_token"))
        if not isinstance(kind, str) or kind.lower() != "bearer" or not isinstance(access_token, str):
            _refuse()
        token = await self._verifier.verify(access_token)
        if token.issuer != self._signing_in.issuer:
            _refuse()
        if id_token is not None:
            identity = await self._verifier.verify_id_token(str(id_token), nonce)
            if identity.subject != token.subject:
                _refuse()
        return token

    async def _record_failure(
        self, address: str, cause: Cause, purpose: PurposeOfUse | None = None, caller: Caller | None = None
    ) -> None:
        """Record a failed login; strangers can cause as many as they like, so a repetition is no event of its own."""
        key = (address, cause, caller.subject if caller else "")
        if key in self._failures:
            return
        outcome = Outcome.FAILED if cause is Cause.PROVIDER else Outcome.REFUSED
        kind, detail = EventKind.LOGIN_FAILED, {"cause": cause.value}
        if caller is not None:
            event = caller_event(kind, outcome, caller, detail)
        else:
            event = Event(kind, outcome, purpose=purpose.value if purpose else "", address=address, detail=detail)
        await self._audit.record(event)
        self._failures[key] = None


def _challenge(verifier: str) -> str:
    """The verifier's S256 challenge (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(_digest(verifier)).rstrip(b"=").decode("ascii")


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def _refuse() -> NoReturn:
    raise NotAuthenticated(REFUSED)
