"""How the archives answered recent searches: kept for a short while, for the caller who searched and nobody else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cachetools import TTLCache

from proxy.access.caller import Caller
from proxy.errors import NotFound
from proxy.federation.sources import SourceStatus

_REMEMBERED = 400_000
"""Archives, of all searches together: at 500 institutions each search has as many."""

_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class SearchStatus:
    """The archives that have answered or failed; `ended` is false while others are still waited for."""

    sources: tuple[SourceStatus, ...]
    ended: bool = True


class SearchStatuses:
    """`new_id` gives unguessable identifiers; `timer` seconds that only go forward."""

    def __init__(self, new_id: Callable[[], str], timer: Callable[[], float]) -> None:
        self._new_id = new_id
        self._kept: TTLCache[tuple[str, str], SearchStatus] = TTLCache(
            _REMEMBERED, _SECONDS, timer, lambda status: 1 + len(status.sources)
        )

    def keep(self, caller: Caller, sources: Sequence[SourceStatus], *, ended: bool = True, identifier: str = "") -> str:
        """Under a new identifier, or under the one of a search that was not at its end."""
        identifier = identifier or self._new_id()
        self._kept[caller.subject, identifier] = SearchStatus(tuple(sources), ended)
        return identifier

    def find(self, caller: Caller, identifier: str) -> SearchStatus:
        """Raises `NotFound` for what is not there, is too old or belongs to somebody else."""
        status = self._kept.get((caller.subject, identifier))
        if status is None:
            raise NotFound
        return status
