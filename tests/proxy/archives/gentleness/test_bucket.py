"""Whatever the moments are at which somebody wants to pass, no period sees more than it may."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.archives.gentleness.bucket import TokenBucket
from tests.times import Hand


@given(
    st.floats(0.1, 50),
    st.integers(1, 5),
    st.lists(st.floats(0, 2), min_size=2, max_size=40),
    st.booleans(),
)
def test_no_period_sees_more_than_burst_and_rate(rate: float, burst: int, gaps: list[float], patient: bool) -> None:
    timer = Hand()
    bucket, taken = TokenBucket(rate, burst, timer), []
    for gap in gaps:
        timer.now += bucket.pause() if patient else gap
        if bucket.pause() == 0:
            bucket.take()
            taken.append(timer.now)
    for (first, begin), (last, end) in combinations(enumerate(taken), 2):
        assert last - first + 1 <= burst + (end - begin) * rate + 1e-6


def test_a_burst_passes_at_once_and_then_one_after_the_other() -> None:
    timer = Hand()
    bucket = TokenBucket(4, 3, timer)
    for _ in range(3):
        assert bucket.pause() == 0
        bucket.take()
    assert bucket.pause() == pytest.approx(0.25)
    timer.now += 0.25
    assert bucket.pause() == 0
    bucket.take()
    timer.now += 3600
    for _ in range(3):
        assert bucket.pause() == 0
        bucket.take()
    assert bucket.pause() > 0
