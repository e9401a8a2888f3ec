"""An archive that keeps failing is left alone, tried once, and trusted again after one good answer."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from proxy.archives.gentleness.breaker import Breaker, State
from proxy.settings.gentleness import Gentleness
from tests.times import Hand

SETTINGS = Gentleness(failures=3, pause_seconds=10, longest_pause_seconds=35)


def opened(timer: Hand) -> Breaker:
    breaker = Breaker(SETTINGS, timer)
    for _ in range(3):
        assert breaker.begin() is False
        breaker.fail(probe=False)
    return breaker


def test_failures_on_end_open_it_and_a_success_between_does_not_let_them_add_up() -> None:
    breaker = Breaker(SETTINGS, Hand())
    for _ in range(5):
        breaker.fail(probe=False)
        breaker.fail(probe=False)
        breaker.succeed()
    assert breaker.passes
    for _ in range(3):
        breaker.fail(probe=False)
    assert (breaker.state, breaker.passes, breaker.seconds_to_probe()) == (State.OPEN, False, 10)


def test_after_the_pause_one_request_passes_and_the_others_wait_for_it() -> None:
    timer = Hand(100)
    breaker = opened(timer)
    timer.now += 9.5
    assert (breaker.passes, breaker.seconds_to_probe()) == (False, 1)
    timer.now += 0.5
    assert (breaker.state, breaker.passes) == (State.HALF_OPEN, True)
    assert breaker.begin() is True
    assert not breaker.passes
    breaker.succeed()
    breaker.end_probe()
    assert (breaker.state, breaker.passes, breaker.since) == (State.CLOSED, True, None)


def test_every_try_that_fails_doubles_the_pause_up_to_the_longest() -> None:
    timer = Hand()
    breaker, pauses = opened(timer), []
    for _ in range(4):
        pauses.append(breaker.seconds_to_probe())
        timer.now += pauses[-1]
        breaker.fail(probe=breaker.begin())
        breaker.end_probe()
    assert pauses == [10, 20, 35, 35]
    assert breaker.since == 0


def test_a_probe_that_was_given_up_makes_way_for_another() -> None:
    timer = Hand()
    breaker = opened(timer)
    timer.now += 10
    assert breaker.begin()
    breaker.end_probe()
    assert breaker.passes


@given(st.lists(st.tuples(st.floats(0, 20), st.booleans()), max_size=60))
def test_an_archive_that_is_away_is_asked_ever_more_rarely(tries: list[tuple[float, bool]]) -> None:
    """Between two probes there are never less than ten seconds, whoever asks how often."""
    timer, sent = Hand(), []
    breaker = opened(timer)
    for gap, answered in tries:
        timer.now += gap
        if breaker.passes:
            sent.append(timer.now)
            assert breaker.begin()
            assert not breaker.passes
            if answered:
                breaker.end_probe()
                return
            breaker.fail(probe=True)
            breaker.end_probe()
    assert all(later - earlier >= 10 for earlier, later in pairwise(sent))
