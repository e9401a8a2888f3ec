"""The keys of a provider, which nobody has to fetch."""

from typing import Any

from proxy.access.providers.keys import read_key_set
from proxy.access.providers.signatures import PinnedKey


class KeyRing:
    """Keys that are already there, and how often they were asked for."""

    def __init__(self, *entries: dict[str, Any], algorithms: tuple[str, ...] = ("RS256", "ES256")) -> None:
        self._keys = read_key_set({"keys": list(entries)}, algorithms)
        self.asked = 0

    async def key(self, key_id: str) -> PinnedKey | None:
        self.asked += 1
        return self._keys.get(key_id)
