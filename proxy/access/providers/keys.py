"""An issuer's keys: each pinned to one algorithm, fetched rarely, and kept while the issuer is down (RFC 7517)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from math import inf
from typing import Any, Final, Protocol

from proxy.access.providers.documents import Document, ProviderFailed
from proxy.access.providers.signatures import PinnedKey, pin

MAXIMUM_KEYS: Final = 20

REFETCH_SECONDS: Final = 30
"""How long an unknown key id stays unknown: an issuer is asked no more often on behalf of strangers."""

RETRY_SECONDS: Final = 5
"""How long an issuer that failed is left alone."""

KEEP_SECONDS: Final = 24 * 3600
"""How long keys are believed while their issuer cannot be asked."""


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
        key_id, pinned = entry.get("kid"), pin(entry, algorithms)
        if not isinstance(key_id, str) or pinned is None:
            continue
        if key_id in keys:
            raise ProviderFailed("the identity provider's keys cannot be trusted")
        keys[key_id] = pinned
    if not keys:
        raise ProviderFailed("the identity provider has no usable key")
    return keys


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
