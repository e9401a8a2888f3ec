"""Sign-ins that their provider has ended: nothing that came from them is believed any longer."""

from collections.abc import Callable
from typing import Final

from cachetools import TTLCache

from proxy.access.caller import Caller
from proxy.access.logout.ending import Ending, keys_of
from proxy.access.tokens import ACCESS_TOKEN, LEEWAY_SECONDS

KEPT_SECONDS: Final = ACCESS_TOKEN.lifetime + 2 * LEEWAY_SECONDS
"""No token lives longer, so nothing older needs to be remembered."""

MAXIMUM_ENDINGS: Final = 100_000


class Revocations:
    """What was ended, for as long as a token of it could still be shown. `clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._endings: TTLCache[tuple[str, ...], Ending] = TTLCache(MAXIMUM_ENDINGS, KEPT_SECONDS, timer=clock)

    def add(self, ending: Ending) -> None:
        """Remember `ending`; one that arrives after a later one of the same takes nothing back of that."""
        for key in ending.keys:
            known = self._endings.get(key)
            if known is None or known.moment <= ending.moment:
                self._endings[key] = ending

    def covers(self, caller: Caller) -> bool:
        """Whether the sign-in behind `caller` was ended."""
        found = (self._endings.get(key) for key in keys_of(caller))
        return any(ending is not None and ending.covers(caller) for ending in found)
