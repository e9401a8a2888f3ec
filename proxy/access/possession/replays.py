"""Proofs that were used: each counts once (RFC 9449 §11.1)."""

from collections.abc import Callable
from typing import Final

from cachetools import TTLCache

from proxy.access.possession.proof import ACCEPTED_SECONDS, Proof
from proxy.access.tokens import REFUSED
from proxy.errors import NotAuthenticated, Overloaded

MAXIMUM_PROOFS: Final = 200_000
"""Proofs remembered. Only those that came with a good token are, and none is forgotten while it could be used again."""


class Replays:
    """Remembers proofs for as long as they would be accepted. `clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._used: TTLCache[tuple[str, str], None] = TTLCache(MAXIMUM_PROOFS, 2 * ACCEPTED_SECONDS + 1, timer=clock)

    def use(self, proof: Proof) -> None:
        """Use `proof`. Raises `NotAuthenticated` when it was used before, `Overloaded` when no more fit."""
        key = (proof.thumbprint, proof.name)
        if key in self._used:
            raise NotAuthenticated(REFUSED)
        self._used.expire()
        if len(self._used) >= MAXIMUM_PROOFS:
            raise Overloaded("too many requests with proofs at once")
        self._used[key] = None
