"""What is remembered of searches is bounded by what it takes, at five hundred institutions too."""

import itertools

import pytest

from proxy.errors import NotFound
from proxy.federation.listings import Listing, Listings
from proxy.federation.query import Level, Query
from proxy.federation.sources import SourceState, SourceStatus
from proxy.federation.status import SearchStatuses
from proxy.resources import ArchiveId, InstitutionId
from proxy.settings.retrieval import Federation
from tests.proxy.access.people import caller_of

CALLER = caller_of()
SOURCES = tuple(
    SourceStatus(ArchiveId(f"a{number}"), InstitutionId(f"i{number}"), f"Hospital {number}", SourceState.ANSWERED)
    for number in range(500)
)


def test_the_statuses_of_many_searches_over_many_archives_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy.federation.status._REMEMBERED", 10_000)
    numbers = itertools.count()
    statuses = SearchStatuses(lambda: str(next(numbers)), lambda: 0.0)
    kept = [statuses.keep(CALLER, SOURCES) for _ in range(100)]
    assert statuses.find(CALLER, kept[-1]).sources == SOURCES
    with pytest.raises(NotFound):
        statuses.find(CALLER, kept[0])
    assert sum(len(one.sources) for one in statuses._kept.values()) <= 10_000


def test_what_is_kept_for_further_pages_counts_with_how_its_archives_answered() -> None:
    numbers = itertools.count()
    listings = Listings(Federation(paging_bytes=2**20), lambda: str(next(numbers)), lambda: 0.0)
    for _ in range(50):
        assert listings.keep(CALLER, Listing(Query(Level.STUDIES), (), SOURCES))
    assert 1 <= len(listings._kept) <= 2**20 // (150 * len(SOURCES))
