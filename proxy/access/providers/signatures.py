"""Public keys that verify one algorithm each, whichever library knows it (RFC 7518 §3.1, RFC 8037, RFC 9864).

python-jose verifies what most providers sign with; PSS and Edwards curves need joserfc, which is optional. No algorithm
is ever taken from a message: a key is pinned to one before anything is verified with it.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from jose import jwk
from jose.exceptions import JOSEError

from proxy.errors import ConfigurationError

try:
    from joserfc import errors as further_errors
    from joserfc.jwk import OKPKey, RSAKey
    from joserfc.jws import JWSRegistry
except ImportError:
    FURTHER_INSTALLED = False
else:
    FURTHER_INSTALLED = True

Members = dict[str, str | list[str]]
"""What a public key is made of, as joserfc types it; all of it is text."""

_FURTHER: Final[tuple[type[Exception], ...]] = (further_errors.JoseError,) if FURTHER_INSTALLED else ()
_FAILURES: Final[tuple[type[Exception], ...]] = (JOSEError, ValueError, TypeError, ArithmeticError, *_FURTHER)
"""What the libraries raise for keys and signatures that are none."""

RSA_BITS: Final = range(2048, 8192 + 1)
_MEMBERS: Final = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}


@dataclass(frozen=True, slots=True)
class _Kind:
    """What keys of an algorithm look like: `kty`, `crv` where it has one, and whether joserfc is needed."""

    key_type: str
    curve: str | None = None
    further: bool = False


_KINDS: Final[Mapping[str, _Kind]] = {
    "ES256": _Kind("EC", "P-256"),
    "ES384": _Kind("EC", "P-384"),
    "RS256": _Kind("RSA"),
    "RS384": _Kind("RSA"),
    "RS512": _Kind("RSA"),
    "PS256": _Kind("RSA", further=True),
    "PS384": _Kind("RSA", further=True),
    "PS512": _Kind("RSA", further=True),
    "EdDSA": _Kind("OKP", "Ed25519", further=True),
    "Ed25519": _Kind("OKP", "Ed25519", further=True),
}

ALGORITHMS: Final = tuple(name for name, kind in _KINDS.items() if FURTHER_INSTALLED or not kind.further)
"""All that can be verified in this installation."""


class VerifyingKey(Protocol):
    """What a key of either library does: it says whether `signature` is one of `message`, or raises."""

    def verify(self, message: bytes, signature: bytes) -> bool: ...


@dataclass(frozen=True, slots=True)
class PinnedKey:
    """A public key that verifies signatures of exactly one algorithm."""

    algorithm: str
    key: VerifyingKey

    def verifies(self, message: bytes, signature: bytes) -> bool:
        try:
            return self.key.verify(message, signature)
        except _FAILURES:
            return False


def require_installed(algorithms: Iterable[str], issuer: str) -> None:
    """Raises `ConfigurationError` when tokens of `issuer` may be signed by what this installation cannot verify."""
    for name in algorithms:
        if name not in ALGORITHMS:
            raise ConfigurationError(f"issuer `{issuer}`: `{name}` needs the package joserfc (vitrine[signatures])")


def pin(entry: Mapping[str, Any], algorithms: Sequence[str]) -> PinnedKey | None:
    """The public key of a JWK, pinned to its own algorithm or, without one, to the first of `algorithms` that fits.

    None for keys that are symmetric, weak, meant for something else, or for none of `algorithms`.
    """
    kind, curve = entry.get("kty"), entry.get("crv")
    fitting = [name for name in algorithms if _KINDS[name].key_type == kind and _KINDS[name].curve in (None, curve)]
    algorithm = entry.get("alg", fitting[0] if fitting else None)
    if algorithm not in fitting or entry.get("use", "sig") != "sig" or not _may_verify(entry):
        return None
    members = public_members(entry)
    if members is None or (kind == "RSA" and _bits(str(members["n"])) not in RSA_BITS):
        return None
    return _construct(members, str(algorithm))


def public_members(entry: Mapping[str, Any]) -> Members | None:
    """The members that make a public key, which is also what its thumbprint is made of (RFC 7638 §3.2)."""
    kind = entry.get("kty")
    names = _MEMBERS.get(kind) if isinstance(kind, str) else None
    if names is None or not all(isinstance(entry.get(name), str) for name in names):
        return None
    return {name: entry[name] for name in ("kty", *names)}


@dataclass(frozen=True, slots=True)
class _Further:
    """A key of joserfc and the algorithm that it is for."""

    algorithm: str
    key: "OKPKey | RSAKey"

    def verify(self, message: bytes, signature: bytes) -> bool:
        return JWSRegistry.algorithms[self.algorithm].verify(message, signature, self.key)


def _construct(members: Members, algorithm: str) -> PinnedKey | None:
    try:
        if not _KINDS[algorithm].further:
            return PinnedKey(algorithm, jwk.construct(members, algorithm))
        imported = OKPKey.import_key(members) if members["kty"] == "OKP" else RSAKey.import_key(members)
        return PinnedKey(algorithm, _Further(algorithm, imported))
    except _FAILURES:
        return None


def _may_verify(entry: Mapping[str, Any]) -> bool:
    operations = entry.get("key_ops", ["verify"])
    return isinstance(operations, list) and "verify" in operations


def _bits(number: str) -> int:
    try:
        return int.from_bytes(base64.urlsafe_b64decode(number + "=" * (-len(number) % 4)), "big").bit_length()
    except ValueError:
        return 0
