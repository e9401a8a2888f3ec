"""How the archives answered recent searches: kept for a short while, for the caller who searched and nobody else."""

from collections.abc import Callable, Sequence

from cachetools import TTLCache

from proxy.access.caller import Caller
from proxy.errors import NotFound
from proxy.federation.sources import SourceStatus

_REMEMBERED = 10_000
_SECONDS = 600.0


class SearchStatuses:
    """`new_id` gives unguessable identifiers; `timer` seconds that only go forward."""

    def __init__(self, new_id: Callable[[], str], timer: Callable[[], float]) -> None:
        self._new_id = new_id
        self._kept: TTLCache[tuple[str, str], tuple[SourceStatus, ...]] = TTLCache(_REMEMBERED, _SECONDS, timer)

    def keep(self, caller: Caller, sources: Sequence[SourceStatus]) -> str:
        identifier = self._new_id()
        self._kept[caller.subject, identifier] = tuple(sources)
        return identifier

    def find(self, caller: Caller, identifier: str) -> tuple[SourceStatus, ...]:
        """Raises `NotFound` for what is not there, is too old or belongs to somebody else."""
        sources = self._kept.get((caller.subject, identifier))
        if sources is None:
            raise NotFound
        return sources
