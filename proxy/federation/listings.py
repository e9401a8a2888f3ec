"""Searches kept for their further pages (PS3.18 §8.3.4.4.1): in memory, for a while, for the caller who searched.

What is kept are rows, not permissions: whether they may be shown is asked anew for every page.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

from cachetools import TTLCache

from proxy.access.caller import Caller
from proxy.errors import NotFound
from proxy.federation.merge import Entry
from proxy.federation.query import Query
from proxy.federation.sources import SourceStatus
from proxy.settings.retrieval import Federation

_SEARCHES = 10_000
_OVERHEAD_BYTES = 400
_STATUS_BYTES = 150


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that one search found, in its order, and how every archive answered."""

    query: Query
    entries: tuple[Entry, ...]
    sources: tuple[SourceStatus, ...]

    @property
    def bytes(self) -> int:
        rows = sum(len(entry.row) + _OVERHEAD_BYTES * len(entry.parts) for entry in self.entries)
        return _OVERHEAD_BYTES + _STATUS_BYTES * len(self.sources) + rows


def unpaged(query: Query) -> Query:
    """`query` without its page: searches that differ in this alone have the same rows."""
    return replace(query, limit=None, offset=0)


def who(caller: Caller) -> Hashable:
    """The caller as far as decisions depend on it: not by which token, nor from which address of the same network."""
    return replace(caller, name="", token_id="", expires=0, address="", issued=0)


class Listings:
    """`new_id` gives unguessable identifiers; `timer` seconds that only go forward."""

    def __init__(self, settings: Federation, new_id: Callable[[], str], timer: Callable[[], float]) -> None:
        self._new_id = new_id
        self._most_results = settings.results
        self._kept: TTLCache[tuple[Hashable, str], Listing] = TTLCache(
            settings.paging_bytes, settings.paging_seconds, timer, lambda listing: listing.bytes
        )
        self._latest: TTLCache[tuple[Hashable, Query], str] = TTLCache(_SEARCHES, settings.paging_seconds, timer)

    def extent(self, query: Query, count: int) -> range:
        """Where the page of `query` begins and ends among `count` rows (PS3.18 §8.3.4.4.1)."""
        most = self._most_results if query.limit is None else min(query.limit, self._most_results)
        start = min(query.offset, count)
        return range(start, min(start + most, count))

    def keep(self, caller: Caller, listing: Listing) -> str:
        """The cursor of `listing`; empty when it is too large to be kept."""
        if listing.bytes > self._kept.maxsize:
            return ""
        cursor = self._new_id()
        self._kept[who(caller), cursor] = listing
        self._latest[who(caller), listing.query] = cursor
        return cursor

    def find(self, caller: Caller, cursor: str) -> Listing:
        """Raises `NotFound` for what is not there, is too old or belongs to somebody else."""
        listing = self._kept.get((who(caller), cursor))
        if listing is None:
            raise NotFound
        self._kept[who(caller), cursor] = listing
        self._latest[who(caller), listing.query] = cursor
        return listing

    def latest(self, caller: Caller, query: Query) -> str:
        """The cursor of what `caller` was last given for `query`, whatever the page; empty when there is none."""
        cursor = self._latest.get((who(caller), unpaged(query)), "")
        return cursor if (who(caller), cursor) in self._kept else ""
