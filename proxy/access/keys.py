"""An issuer's keys: each pinned to one algorithm, fetched rarely, and kept while the issuer is down (RFC 7517)."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final, Protocol

from jose import jwk
from jose.backends.base import Key
from jose.exceptions import JOSEError

from proxy.access.documents import Document, ProviderFailed

MAXIMUM_KEYS: Final = 20
RSA_BITS: Final = range(2048, 8192 + 1)

REFETCH_SECONDS: Final = 30
"""How long an unknown key id stays unknown: an issuer is asked no more often on behalf of strangers."""

RETRY_SECONDS: Final = 5
"""How long an issuer that failed is left alone."""

KEEP_SECONDS: Final = 24 * 3600
"""How long keys are believed while their issuer cannot be asked."""

_KINDS: Final[Mapping[str, tuple[str, str | None]]] = {
    "RS256": ("RSA", None),
    "RS384": ("RSA", None),
    "RS512": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
}


@dataclass(frozen=True, slots=True)
class PinnedKey:
    """A public key that verifies signatures of exactly one algorithm."""

    algorithm: str
    key: Key


class Keys(Protocol):
    """Where a verifier finds the key that a token names."""

    async def key(self, key_id: str) -> PinnedKey | None: ...


def read_key_set(document: Mapping[str, Any], algorithms: Sequence[str]) -> dict[str, PinnedKey]:
    """The usable keys of a JWK Set by key id. Raises `ProviderFailed` when the set cannot be trusted as a whole.

    Left out are keys without an id, for encryption, symmetric, weak, or for an algorithm not in `algorithms`. A set
    with private or doubled keys is refused: whoever publishes it has lost control of it.
    """
    entries = document.get("keys")
    if not isinstance(entries, list) or len(entries) > MAXIMUM_KEYS:
        raise ProviderFailed("the identity provider's keys cannot be read")
    keys: dict[str, PinnedKey] = {}
    for entry in entries:
        if not isinstance(entry, dict) or "d" in entry:
            raise ProviderFailed("the identity provider's keys cannot be trusted")
        key_id, pinned = entry.get("kid"), _pin(entry, algorithms)
        if not isinstance(key_id, str) or pinned is None:
            continue
        if key_id in keys:
            raise ProviderFailed("the identity provider's keys cannot be trusted")
        keys[key_id] = pinned
    if not keys:
        raise ProviderFailed("the identity provider has no usable key")
    return keys


def _pin(entry: Mapping[str, Any], algorithms: Sequence[str]) -> PinnedKey | None:
    kind, curve = entry.get("kty"), entry.get("crv")
    fitting = [name for name in algorithms if _KINDS[name][0] == kind and _KINDS[name][1] in (None, curve)]
    algorithm = entry.get("alg", fitting[0] if fitting else None)
    if algorithm not in fitting or entry.get("use", "sig") != "sig" or not _may_verify(entry):
        return None
    members = ("n", "e") if kind == "RSA" else ("crv", "x", "y")
    if not all(isinstance(entry.get(member), str) for member in members):
        return None
    if kind == "RSA" and _bits(entry["n"]) not in RSA_BITS:
        return None
    return _construct({"kty": kind, **{member: entry[member] for member in members}}, str(algorithm))


def _may_verify(entry: Mapping[str, Any]) -> bool:
    operations = entry.get("key_ops", ["verify"])
    return isinstance(operations, list) and "verify" in operations


def _construct(members: dict[str, Any], algorithm: str) -> PinnedKey | None:
    try:
        return PinnedKey(algorithm, jwk.construct(members, algorithm))
    except (JOSEError, ValueError, TypeError, ArithmeticError):
        return None


def _bits(number: str) -> int:
    try:
        return int.from_bytes(base64.urlsafe_b64decode(number + "=" * (-len(number) % 4)), "big").bit_length()
    except ValueError:
        return 0


class FetchedKeys:
    """Keys of one issuer, fetched when first needed, when they have aged, and once for a key id that is unknown."""

    def __init__(
        self, fetch: Callable[[], Awaitable[Document]], algorithms: Sequence[str], clock: Callable[[], float]
    ) -> None:
        self._fetch = fetch
        self._algorithms = tuple(algorithms)
        self._clock = clock
        self._keys: dict[str, PinnedKey] = {}
        self._fetched = self._fresh_until = self._next_attempt = -inf
        self._fetching = asyncio.Lock()

    async def key(self, key_id: str) -> PinnedKey | None:
        """The key of that id; None when there is none. Raises `ProviderFailed` when no keys can be had at all."""
        known = self._believed().get(key_id)
        if known is not None and (self._clock() < self._fresh_until or self._fetching.locked()):
            return known
        async with self._fetching:
            await self._renew(key_id)
        keys = self._believed()
        if not keys:
            raise ProviderFailed("the identity provider cannot be asked for its keys")
        return keys.get(key_id)

    def _believed(self) -> dict[str, PinnedKey]:
        return self._keys if self._clock() - self._fetched <= KEEP_SECONDS else {}

    async def _renew(self, key_id: str) -> None:
        """Fetch unless somebody just did: a flood of unknown key ids costs the issuer one question."""
        now = self._clock()
        fresh = now < self._fresh_until and key_id in self._keys
        if fresh or now < self._next_attempt:
            return
        try:
            document = await self._fetch()
            self._keys = read_key_set(document.content, self._algorithms)
        except ProviderFailed:
            self._next_attempt = now + RETRY_SECONDS
            return
        self._next_attempt = now + REFETCH_SECONDS
        self._fresh_until = now + document.lifetime
        self._fetched = now
