"""Signing in by a browser: the authorization code flow with PKCE (RFC 6749 §4.1, RFC 7636, RFC 9700 §2.1, RFC 9207)."""

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
import hashlib
import hmac
import secrets
from typing import Any, Final, NoReturn
from urllib.parse import urlencode, urlsplit

from cachetools import TTLCache

from policy.request import PurposeOfUse
from proxy.access.caller import Caller
from proxy.access.claims import may_declare, to_caller
from proxy.access.events import caller_event
from proxy.access.networks import Networks
from proxy.access.providers.documents import ProviderFailed, ProviderRefused
from proxy.access.providers.provider import Provider
from proxy.access.signin.failures import Cause, Failed, Failures
from proxy.access.signin.sessions import Sessions
from proxy.access.tokens import LEEWAY_SECONDS, REFUSED, TokenVerifier, VerifiedToken
from proxy.audit.event import EventKind, Outcome
from proxy.audit.log import AuditLog
from proxy.errors import NotAuthenticated

LOGIN_SECONDS: Final = 600
"""How long somebody may take at the identity provider."""

MAXIMUM_LOGINS: Final = 10_000
"""Logins under way; beyond, the oldest is forgotten, so that a flood ends with the flood."""

_SCOPE: Final = "openid profile"
_FROM_IDENTITY: Final = ("sid", "acr", "auth_time")
"""What an ID token says of the sign-in where the access token is silent."""

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


@dataclass(frozen=True, slots=True)
class _Begun:
    """A login under way, for an identification of at least `assurance` (0: any) that is not older than `began`.

    Of the secrets that the browser carries only hashes are kept.
    """

    purpose: PurposeOfUse
    back: str
    assurance: int
    began: float
    binding: bytes
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


class Login:
    """Signs browsers in at the first of `providers` that has a `client_id`; tokens of the others are only believed.

    `callback` is the address to which the provider sends the browser back, `home` the one after signing out there;
    `clock` gives Unix seconds. An answer counts
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
        home: str,
        clock: Callable[[], float],
    ) -> None:
        self._provider = next((one for one in providers if one.issuer.client_id), None)
        self._verifier = verifier
        self._sessions = sessions
        self._networks = networks
        self._audit = audit
        self._callback = callback
        self._home = home
        self._clock = clock
        self._failures = Failures(audit, clock)
        self._begun: TTLCache[bytes, _Begun] = TTLCache(MAXIMUM_LOGINS, LOGIN_SECONDS, timer=clock)

    async def begin(self, purpose: PurposeOfUse, back: str, assurance: int = 0) -> Departure:
        """Begin a login for `purpose` that ends at `back`, a page of this site. Raises `ProviderFailed`.

        With an `assurance` the person has to prove now who it is, at least that surely (RFC 9470 §5).
        """
        state, binding, nonce, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(4))
        parameters = {**self._parameters(state, nonce, verifier), **self._stepping_up(assurance)}
        address = await self._signing_in.authorization_address(parameters)
        began = self._clock()
        self._begun[_digest(state)] = _Begun(purpose, back, assurance, began, _digest(binding), nonce, verifier)
        return Departure(address, binding)

    def wanted(self, answer: Mapping[str, str], binding: str) -> str:
        """The page that the login of `answer` was begun for, in the browser that began it; empty when unknown."""
        begun = self._begun.get(_digest(answer.get("state", "")))
        ours = begun is not None and hmac.compare_digest(begun.binding, _digest(binding))
        return begun.back if begun is not None and ours else ""

    async def complete(self, answer: Mapping[str, str], binding: str, address: str) -> Arrival:
        """Begin a session for whoever `answer`, the parameters of the redirect, speaks of.

        `binding` is the secret of the browser that asks, `address` its IP address. Raises `NotAuthenticated` with one
        text for every cause, `ProviderFailed`, and `AuditUnavailable` when the log cannot commit.
        """
        begun = self._begun.pop(_digest(answer.get("state", "")), None)
        if begun is None:
            await self._failures.record(address, Cause.UNKNOWN)
            raise NotAuthenticated(REFUSED)
        try:
            caller = await self._sign_in(begun, answer, binding, address)
        except Failed as failed:
            await self._failures.record(address, failed.cause, begun.purpose, failed.caller)
            raise NotAuthenticated(REFUSED) from None
        except ProviderFailed:
            await self._failures.record(address, Cause.PROVIDER, begun.purpose)
            raise
        await self._audit.record(caller_event(EventKind.LOGIN, Outcome.SUCCESS, caller))
        return Arrival(self._sessions.begin(caller), begun.back)

    async def open(self, caller: Caller) -> str:
        """Begin a session for a `caller` whom an access token has made known, and return its name, the only copy."""
        await self._audit.record(caller_event(EventKind.LOGIN, Outcome.SUCCESS, caller, {"by": "token"}))
        return self._sessions.begin(replace(caller, bound_to=""))

    async def end(self, session: str) -> None:
        """End the session of that name, if there is one."""
        caller = self._sessions.end(session)
        if caller is not None:
            await self._audit.record(caller_event(EventKind.LOGOUT, Outcome.SUCCESS, caller))

    async def farewell(self) -> str:
        """Where the provider ends its own session too, if the configuration wants that; empty when nowhere.

        It carries no ID token, which would stand in histories and logs: the provider asks the person instead (OpenID
        Connect RP-Initiated Logout §2).
        """
        provider = self._provider
        if provider is None or provider.issuer.sign_out != "everywhere":
            return ""
        known = {"client_id": provider.issuer.client_id, "post_logout_redirect_uri": self._home}
        try:
            endpoint = await provider.end_session_endpoint()
        except ProviderFailed:
            return ""
        return endpoint and f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(known)}"

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

    def _stepping_up(self, assurance: int) -> dict[str, str]:
        """What asks for a new and surer proof; with `max_age` the answer must say when it was given (Core §3.1.2.1)."""
        if not assurance:
            return {}
        values = " ".join(self._signing_in.issuer.levels_from(assurance))
        named = {"acr_values": values} if values else {}
        return {"prompt": "login", "max_age": str(LOGIN_SECONDS), **named}

    async def _sign_in(self, begun: _Begun, answer: Mapping[str, str], binding: str, address: str) -> Caller:
        if not hmac.compare_digest(begun.binding, _digest(binding)):
            raise Failed(Cause.OTHER_BROWSER)
        code = await self._code(answer)
        try:
            tokens = await self._signing_in.exchange(code, begun.verifier, self._callback)
            token = await self._verify(tokens, begun.nonce)
        except ProviderRefused:
            raise Failed(Cause.ANSWER) from None
        except NotAuthenticated:
            raise Failed(Cause.TOKENS) from None
        caller = to_caller(token, begun.purpose, self._networks.network_of(address), address)
        if not may_declare(token, begun.purpose):
            raise Failed(Cause.PURPOSE, caller)
        if begun.assurance and not _suffices(caller, begun):
            raise Failed(Cause.ASSURANCE, caller)
        return caller

    async def _code(self, answer: Mapping[str, str]) -> str:
        """The code of an answer that comes from the provider this login went to (RFC 9207 §2.4)."""
        provider = self._signing_in
        named = answer.get("iss")
        if named != provider.issuer.issuer and (named is not None or await provider.names_itself()):
            raise Failed(Cause.OTHER_ISSUER)
        if "error" in answer or not answer.get("code"):
            raise Failed(Cause.ANSWER)
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
            told = {name: identity.claims[name] for name in _FROM_IDENTITY if name in identity.claims}
            token = replace(token, claims={**told, **token.claims})
        return token


def _suffices(caller: Caller, begun: _Begun) -> bool:
    """Whether the person proved who it is as surely as was asked, and since the login began."""
    return caller.assurance >= begun.assurance and caller.authenticated >= begun.began - LEEWAY_SECONDS


def _challenge(verifier: str) -> str:
    """The verifier's S256 challenge (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(_digest(verifier)).rstrip(b"=").decode("ascii")


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def _refuse() -> NoReturn:
    raise NotAuthenticated(REFUSED)
