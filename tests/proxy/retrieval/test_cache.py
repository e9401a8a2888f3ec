"""The caches: bounded in bytes and in age, whatever comes."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.access.permit import Obligations
from proxy.retrieval.cache import ByteCache
from proxy.retrieval.rendered import with_obligations
from rendering.options import RenderOptions


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def cache_of(capacity: int, clock: Clock) -> ByteCache[str, bytes]:
    return ByteCache("frames", capacity, 10, len, clock)


@given(st.lists(st.tuples(st.text(max_size=2), st.binary(max_size=60)), max_size=60))
def test_it_never_holds_more_than_its_size(entries: list[tuple[str, bytes]]) -> None:
    cache = cache_of(100, Clock())
    for key, value in entries:
        cache.keep(key, value)
        assert cache.bytes <= 100
        assert cache.find(key) == value


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
