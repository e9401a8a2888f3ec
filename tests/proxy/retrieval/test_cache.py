"""The caches: bounded in bytes and in age, fair to what several look at, and empty of what is to be forgotten."""

from collections import OrderedDict
from collections.abc import Iterator
import random

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from proxy.access.permit import Obligations
from proxy.resources import ArchiveId, HeldStudy, InstitutionId, PatientIdentifier, Uid
from proxy.retrieval.cache import ByteCache
from proxy.retrieval.rendered import with_obligations
from rendering.options import RenderOptions

CAPACITY, SECONDS = 100, 10


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def cache_of(capacity: int, clock: Clock) -> ByteCache[object, bytes]:
    return ByteCache("frames", capacity, SECONDS, len, clock, uncached=["private"])


def held(study: str = "1.2", archive: str = "main", patient: str = "1", institution: str = "general") -> HeldStudy:
    identifier = PatientIdentifier("GENERAL", patient)
    return HeldStudy(Uid(study), ArchiveId(archive), InstitutionId(institution), identifier)


class Model(RuleBasedStateMachine):
    """Whatever comes: never over the capacity, never older than allowed, never another value than was kept."""

    keys = st.integers(0, 12)

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.cache = cache_of(CAPACITY, self.clock)
        self.kept: dict[int, tuple[bytes, float, str]] = {}

    @rule(key=keys, size=st.integers(0, 120), study=st.sampled_from("12"), unseen=st.booleans())
    def keep(self, key: int, size: int, study: str, unseen: bool) -> None:
        value = random.Random(size).randbytes(size)
        self.cache.keep(key, value, held(study), unseen=unseen)
        self.kept.pop(key, None)
        if size <= CAPACITY:
            self.kept[key] = (value, self.clock.now, study)
            assert key in self.cache
            assert self.cache.find(key) == value
        else:
            assert key not in self.cache

    @rule(key=keys)
    def find(self, key: int) -> None:
        found = self.cache.find(key)
        if found is not None:
            value, since, _ = self.kept[key]
            assert found == value
            assert self.clock.now - since < SECONDS

    @rule(seconds=st.floats(0, 6))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule()
    def expire(self) -> None:
        self.cache.expire()
        young = [key for key, (_, since, _) in self.kept.items() if self.clock.now < since + SECONDS]
        assert len(self.cache) <= len(young)
        assert self.cache.bytes <= sum(len(self.kept[key][0]) for key in young)

    @rule(study=st.sampled_from("12"))
    def forget(self, study: str) -> None:
        before = {key for key in self.kept if key in self.cache}
        self.cache.forget(Uid(study))
        others = {key for key in before if self.kept[key][2] != study}
        assert {key for key in self.kept if key in self.cache} == others

    @rule()
    def forget_all(self) -> None:
        self.cache.forget()
        assert (len(self.cache), self.cache.bytes) == (0, 0)

    @invariant()
    def is_bounded(self) -> None:
        assert 0 <= self.cache.bytes <= CAPACITY
        assert (len(self.cache) == 0) <= (self.cache.bytes == 0)


Model.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestModel = Model.TestCase


def test_what_is_larger_than_all_of_it_is_not_kept_and_drives_nothing_out() -> None:
    cache = cache_of(100, Clock())
    cache.keep("small", b"x" * 50)
    cache.keep("large", b"x" * 101)
    assert cache.find("large") is None
    assert cache.find("small") is not None


def test_it_forgets_with_age() -> None:
    clock = Clock()
    cache = cache_of(100, clock)
    cache.keep("a", b"x")
    clock.now = 9.9
    assert cache.find("a") == b"x"
    clock.now = 10.1
    assert cache.find("a") is None
    assert (cache.hits, cache.misses) == (1, 1)


def test_what_is_too_old_leaves_though_nobody_asks_for_it() -> None:
    clock = Clock()
    cache = cache_of(100, clock)
    cache.keep("a", b"x" * 60)
    clock.now = 6
    cache.keep("b", b"x" * 30)
    clock.now = 11
    cache.expire()
    assert (len(cache), cache.bytes) == (1, 30)


@given(st.integers(11, 300), st.integers(1, 3))
def test_what_is_looked_at_again_survives_a_scan_of_any_length(scanned: int, looks: int) -> None:
    cache = cache_of(100, Clock())
    cache.keep("popular", b"x" * 10)
    for number in range(scanned):
        if number % 10 == 0:
            for _ in range(looks):
                assert cache.find("popular") is not None
        cache.keep(number, b"x" * 10)


def test_scrolling_back_over_what_was_just_seen_finds_it() -> None:
    cache = cache_of(100, Clock())
    for number in range(10):
        cache.keep(number, b"x" * 10)
    assert all(cache.find(number) is not None for number in reversed(range(10)))


def test_what_was_fetched_ahead_and_then_shown_once_counts_as_seen_once() -> None:
    cache = cache_of(100, Clock())
    for number in range(10):
        cache.keep(("popular", number), b"x")
        cache.find(("popular", number))
    for number in range(40):
        cache.keep(number, b"x" * 10, unseen=True)
        cache.find(number)
    assert all(cache.find(("popular", number)) is not None for number in range(10))


def zipf_with_scans(seed: int) -> Iterator[object]:
    """Some images that many look at, by Zipf's law, and now and then somebody who scrolls through a long series."""
    choices = random.Random(seed)
    weights = [1 / rank for rank in range(1, 201)]
    for scan in range(40):
        for one in choices.choices(range(200), weights, k=150):
            yield "popular", one
        for one in range(120):
            yield "scanned", scan, one


def test_more_is_found_than_by_forgetting_what_was_not_used_for_longest() -> None:
    for seed in range(3):
        cache = cache_of(100 * 10, Clock())
        lru: OrderedDict[object, None] = OrderedDict()
        hits = 0
        for key in zipf_with_scans(seed):
            if cache.find(key) is None:
                cache.keep(key, b"x" * 10)
            if key in lru:
                hits += 1
                lru.move_to_end(key)
            else:
                lru[key] = None
                if len(lru) > 100:
                    lru.popitem(last=False)
        assert cache.hits > 1.2 * hits


def test_what_an_institution_wants_not_kept_is_not() -> None:
    cache = cache_of(100, Clock())
    cache.keep("a", b"x", held(institution="private"))
    cache.keep("laid over", b"x", held(), held(institution="private"))
    cache.keep("b", b"x", held())
    assert [key in cache for key in ("a", "laid over", "b")] == [False, False, True]


def test_what_is_held_in_another_way_than_before_is_forgotten() -> None:
    cache = cache_of(100, Clock())
    cache.keep("here", b"x", held())
    cache.keep("there", b"x", held(archive="other"))
    cache.keep("another study", b"x", held("9.9"))
    cache.keep("both", b"x", held("9.9"), held(archive="other"))
    cache.forget(Uid("1.2"), still=[held()])
    assert [key in cache for key in ("here", "there", "another study", "both")] == [True, False, True, False]
    cache.forget(Uid("1.2"), still=[held(patient="2")])
    assert "here" not in cache


def test_an_obligation_is_part_of_the_image_whatever_was_asked() -> None:
    obliged = Obligations(rendered_only=True, maximum_side=1024, watermark="The clinician 2026-11-25")
    asked = RenderOptions(maximum_side=4096, watermark="somebody else")
    narrowed = with_obligations(asked, obliged)
    assert (narrowed.maximum_side, narrowed.watermark) == (1024, "The clinician 2026-11-25")
    assert with_obligations(RenderOptions(maximum_side=64), obliged).maximum_side == 64
    assert with_obligations(asked, Obligations(maximum_side=None, watermark=None)).watermark is None


@given(st.none() | st.integers(1, 4096), st.none() | st.integers(1, 4096))
def test_the_smaller_size_wins(asked: int | None, obliged: int | None) -> None:
    side = with_obligations(RenderOptions(maximum_side=asked), Obligations(maximum_side=obliged)).maximum_side
    assert side == min((one for one in (asked, obliged) if one is not None), default=None)
