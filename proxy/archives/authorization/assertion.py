"""What a client tells a token endpoint to prove who it is: its secret, or a JWT that it signed (RFC 7523 §2.2, §3)."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import secrets
import time
from typing import Any
from urllib.parse import quote_plus

from jose import jwk, jwt
from jose.backends.base import Key
from jose.exceptions import JOSEError

from proxy.errors import ConfigurationError
from proxy.settings.credentials import ClientCredentials

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 120
_LEAST_RSA_BITS = 2048
_CURVES = {"ES256": "P-256", "ES384": "P-384"}


@dataclass(frozen=True, slots=True, repr=False)
class Proof:
    """Header fields and form entries that go with a request for a token."""

    headers: Mapping[str, str]
    form: Mapping[str, str]


def prove(settings: ClientCredentials, secret: str, clock: Callable[[], float] = time.time) -> Proof:
    """Proves to be the client of `settings`. Raises `ConfigurationError` when `secret` is no key for that."""
    if settings.authentication == "client_secret_basic":
        return Proof({"Authorization": _basic(settings.client_id, secret)}, {})
    form = {
        "client_id": settings.client_id,
        "client_assertion_type": _ASSERTION_TYPE,
        "client_assertion": _assertion(settings, secret, int(clock())),
    }
    return Proof({}, form)


def _basic(client_id: str, secret: str) -> str:
    """Each part is form-encoded first (RFC 6749 §2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {base64.b64encode(pair.encode('ascii')).decode('ascii')}"


def _assertion(settings: ClientCredentials, key: str, now: int) -> str:
    """A JWT for this one request; its `jti` lets the server refuse whoever sends it again (RFC 7523 §3)."""
    claims = {
        "iss": settings.client_id,
        "sub": settings.client_id,
        "aud": settings.assertion_audience or settings.token_url,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + _ASSERTION_SECONDS,
    }
    return PrivateKey(key, settings.algorithm, settings.key_id).sign(claims)


class PrivateKey:
    """Signs JWTs by one algorithm. Raises `ConfigurationError` for what is no private key for it."""

    def __init__(self, pem: str, algorithm: str, key_id: str = "") -> None:
        self._algorithm = algorithm
        self._headers = {"kid": key_id} if key_id else {}
        try:
            self._key = jwk.construct(pem, algorithm)
            self._public = _read_public(self._key, algorithm)
            self.sign({})
        except (JOSEError, ValueError, TypeError, ArithmeticError, AttributeError):  # jose's answer to other keys
            raise ConfigurationError(f"its secret is no private key for {algorithm}") from None

    def __repr__(self) -> str:
        return "PrivateKey(…)"

    def sign(self, claims: Mapping[str, Any], kind: str = "JWT") -> str:
        """`claims` as a compact JWS of the type `kind` (RFC 7515 §4.1.9)."""
        return jwt.encode(dict(claims), self._key, self._algorithm, {**self._headers, "typ": kind})

    @property
    def public(self) -> Mapping[str, str]:
        """What verifies its signatures, as a JWK (RFC 7517 §4)."""
        return {**self._public, **self._headers, "use": "sig", "alg": self._algorithm}


def _read_public(key: Key, algorithm: str) -> Mapping[str, str]:
    """The curve is part of the algorithm (RFC 7518 §3.4); RSA below 2048 bits is forbidden (§3.3)."""
    public: Mapping[str, Any] = key.public_key().to_dict()
    curve = _CURVES.get(algorithm)
    strong = public.get("crv") == curve if curve else _bits(str(public["n"])) >= _LEAST_RSA_BITS
    if not strong:
        raise ValueError("the key does not fit the algorithm")
    return {name: str(value) for name, value in public.items()}


def _bits(number: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(number + "=" * (-len(number) % 4)), "big").bit_length()
