"""The one place that believes a token: hardened verification of signed JWTs (RFC 8725, RFC 9068, IHE IUA §3.72).

The signature is checked with a key that was pinned to one algorithm; form, header and claims are checked here, because
a library that is lenient about any of them has been fooled before.
"""

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
import hashlib
import re
from typing import Any, Final, NoReturn

from cachetools import TTLCache

from proxy.access.providers.documents import ProviderFailed
from proxy.access.providers.keys import Keys
from proxy.access.providers.strictjson import read_object
from proxy.errors import NotAuthenticated
from proxy.settings.server import Issuer

MAXIMUM_TOKEN_BYTES: Final = 8 * 1024
MAXIMUM_HEADER_BYTES: Final = 1024
LEEWAY_SECONDS: Final = 30
CACHE_SECONDS: Final = 60
CACHED_TOKENS: Final = 10_000
REFUSED: Final = "the token or session is missing, expired or not valid"

_SEGMENT = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_IDENTIFIER = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
_TIMES = ("exp", "iat", "nbf")
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_REFUSALS = (ProviderFailed, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of token: its `typ` in lower case ("" = absent), the claims it cannot do without, its longest life."""

    types: frozenset[str]
    required: tuple[str, ...]
    lifetime: int


ACCESS_TOKEN: Final = Profile(
    frozenset({"at+jwt", "application/at+jwt"}), ("iss", "aud", "exp", "iat", "sub", "jti"), lifetime=3600
)
"""RFC 9068 §2; an ID token is not one."""

ID_TOKEN: Final = Profile(frozenset({"", "jwt"}), ("iss", "aud", "exp", "iat", "sub", "nonce"), lifetime=24 * 3600)
"""OpenID Connect Core §2, as this service asks for it, with a nonce; used once, at the end of a login."""

LOGOUT_TOKEN: Final = Profile(
    frozenset({"", "jwt", "logout+jwt"}), ("iss", "aud", "exp", "iat", "jti", "events"), lifetime=3600
)
"""OpenID Connect Back-Channel Logout §2.4; older providers leave its `typ` out."""

LAUNCH_TOKEN: Final = Profile(
    frozenset({"launch+jwt", "application/launch+jwt"}), ("iss", "aud", "exp", "iat", "jti"), lifetime=60
)
"""What a portal signs to have something opened here (docs/decisions/0064); it signs nobody in."""

LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """An issuer that is believed, and where its keys are found."""

    settings: Issuer
    keys: Keys


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """The claims of a token whose every check passed, and the issuer who vouches for them."""

    issuer: Issuer
    claims: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """Unique among all issuers: the issuer's id and the token's `sub`."""
        return f"{self.issuer.id}:{self.claims['sub']}"

    @property
    def bound_to(self) -> str:
        """The thumbprint of the key without which the token is worth nothing (RFC 9449 §6.1); empty for a bearer's."""
        return str(self.claims["cnf"]["jkt"]) if "cnf" in self.claims else ""


class TokenVerifier:
    """Verifies tokens of the trusted issuers. Whatever is wrong with one, the answer is the same `NotAuthenticated`.

    `clock` gives Unix seconds. A verified access token is remembered by its hash for a minute at most.
    """

    def __init__(self, issuers: Iterable[TrustedIssuer], clock: Callable[[], float]) -> None:
        self._issuers = {trusted.settings.issuer: trusted for trusted in issuers}
        self._clock = clock
        self._verified: TTLCache[bytes, VerifiedToken] = TTLCache(CACHED_TOKENS, CACHE_SECONDS, timer=clock)

    async def verify(self, token: str, bound_to: str = "") -> VerifiedToken:
        """Verify an access token. Raises `NotAuthenticated`.

        `bound_to` is the thumbprint of the key that whoever brings it has shown to hold: it must be the token's own,
        and a token that is bound to a key is nothing without it.
        """
        verified = await self._remembered(token)
        if verified.bound_to != bound_to:
            _refuse()
        return verified

    async def _remembered(self, token: str) -> VerifiedToken:
        if len(token) > MAXIMUM_TOKEN_BYTES or not token.isascii():
            _refuse()
        digest = hashlib.sha256(token.encode("ascii")).digest()
        known = self._verified.get(digest)
        if known is not None and self._clock() < known.claims["exp"] + LEEWAY_SECONDS:
            return known
        verified = await self._verify(token, ACCESS_TOKEN, lambda issuer: issuer.audience)
        self._verified[digest] = verified
        return verified

    async def verify_id_token(self, token: str, nonce: str) -> VerifiedToken:
        """Verify an ID token that answers a login with that `nonce`. Raises `NotAuthenticated`."""
        verified = await self._verify(token, ID_TOKEN, lambda issuer: issuer.client_id)
        client_id = verified.issuer.client_id
        if verified.claims["nonce"] != nonce or verified.claims.get("azp", client_id) != client_id:
            _refuse()
        return verified

    async def verify_logout_token(self, token: str) -> VerifiedToken:
        """Verify what a provider says about a session that it ended (§2.6 there). Raises `NotAuthenticated`."""
        verified = await self._verify(token, LOGOUT_TOKEN, lambda issuer: issuer.client_id)
        claims = verified.claims
        events = claims["events"]
        if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
            _refuse()
        if "nonce" in claims or not {"sub", "sid"} & claims.keys():
            _refuse()
        return verified

    async def verify_launch_token(self, token: str) -> VerifiedToken:
        """Verify what a portal wants opened; whoever remembers its `jti` uses it once. Raises `NotAuthenticated`."""
        verified = await self._verify(token, LAUNCH_TOKEN, lambda issuer: issuer.audience)
        if verified.issuer.exchange is not None:
            _refuse()
        return verified

    async def _verify(self, token: str, profile: Profile, audience: Callable[[Issuer], str]) -> VerifiedToken:
        try:
            header, claims, signature = _read_segments(token)
            key_id = _read_header(header, profile)
            trusted = self._issuers[_text(claims.get("iss"))]
            pinned = await trusted.keys.key(key_id)
            if pinned is None or header["alg"] != pinned.algorithm:
                _refuse()
            if not pinned.verifies(token.rpartition(".")[0].encode("ascii"), signature):
                _refuse()
            _check_claims(claims, profile, audience(trusted.settings), self._clock())
        except _REFUSALS:
            raise NotAuthenticated(REFUSED) from None
        return VerifiedToken(trusted.settings, claims)


def _read_segments(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """Header, claims and signature of a compact JWS; an encrypted token has five segments and is refused like any
    other form.
    """
    if len(token) > MAXIMUM_TOKEN_BYTES:
        _refuse()
    header, claims, signature = token.split(".")
    content = _decode(header)
    if len(content) > MAXIMUM_HEADER_BYTES:
        _refuse()
    return read_object(content), read_object(_decode(claims)), _decode(signature)


def _decode(segment: str) -> bytes:
    """Decode base64url in its one canonical spelling, so that no two tokens mean the same (RFC 4648 §3.5)."""
    if not _SEGMENT.fullmatch(segment):
        _refuse()
    content = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    if base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii") != segment:
        _refuse()
    return content


def _read_header(header: Mapping[str, Any], profile: Profile) -> str:
    """The key id. `crit` names extensions that must be understood (RFC 7515 §4.1.11), and none is."""
    if "crit" in header or _text(header.get("typ", "")).lower() not in profile.types:
        _refuse()
    return _text(header["kid"])


def _check_claims(claims: Mapping[str, Any], profile: Profile, audience: str, now: float) -> None:
    if any(name not in claims for name in profile.required):
        _refuse()
    if "cnf" in claims and not (profile is ACCESS_TOKEN and _is_bound_by_thumbprint(claims["cnf"])):
        _refuse()  # a key that it is bound to (RFC 7800) must be one that can be asked for
    for name in {"sub", "jti", "sid"} & claims.keys():
        if not _IDENTIFIER.fullmatch(_text(claims[name])):
            _refuse()
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if not audience or audience not in audiences or not all(isinstance(one, str) for one in audiences):
        _refuse()
    _check_times(claims, profile.lifetime, now)


def _is_bound_by_thumbprint(confirmation: object) -> bool:
    """Whether a `cnf` claim names a key by its thumbprint (RFC 9449 §6.1) and by nothing else."""
    if not isinstance(confirmation, dict) or confirmation.keys() != {"jkt"}:
        return False
    return bool(_THUMBPRINT.fullmatch(_text(confirmation["jkt"])))


def _check_times(claims: Mapping[str, Any], lifetime: int, now: float) -> None:
    if any(type(claims[name]) is not int for name in _TIMES if name in claims):
        _refuse()
    issued, expires = claims["iat"], claims["exp"]
    not_before = claims.get("nbf", issued)
    if not now - LEEWAY_SECONDS < expires or max(issued, not_before) > now + LEEWAY_SECONDS:
        _refuse()
    if not 0 < expires - issued <= lifetime:
        _refuse()


def _text(value: object) -> str:
    if not isinstance(value, str):
        _refuse()
    return value


def _refuse() -> NoReturn:
    raise NotAuthenticated(REFUSED)
