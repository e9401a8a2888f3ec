"""A day's bytes: full fidelity ends first, then all but emergencies, and midnight begins anew."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from proxy.archives.gentleness.budget import Budget, Spent
from proxy.archives.gentleness.calendar import Calendar
from proxy.settings.gentleness import Gentleness
from tests.times import Hand

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp()
SETTINGS = Gentleness(daily_bytes=1000, full_fidelity_share=0.8, emergency_share=0.1)


def budget_at(clock: Hand) -> Budget:
    return Budget(SETTINGS, Calendar("UTC", clock))


def test_the_budget_is_spent_in_steps() -> None:
    budget = budget_at(Hand(NOON))
    budget.add(799, emergency=False)
    assert budget.spent is Spent.LITTLE
    budget.add(1, emergency=False)
    assert budget.spent is Spent.RENDERED_ONLY
    budget.add(200, emergency=False)
    assert budget.spent is Spent.ALL
    assert budget.bytes == 1000


def test_the_reserve_is_for_emergencies_alone() -> None:
    budget = budget_at(Hand(NOON))
    budget.add(900, emergency=True)
    budget.add(5000, emergency=False)
    assert budget.has_reserve
    budget.add(99, emergency=True)
    assert budget.has_reserve
    budget.add(1, emergency=True)
    assert not budget.has_reserve


def test_a_new_day_begins_with_nothing_and_a_clock_put_back_begins_none() -> None:
    clock = Hand(NOON)
    budget = budget_at(clock)
    budget.add(1000, emergency=False)
    budget.add(100, emergency=True)
    clock.now = NOON - 2 * 86400
    assert (budget.spent, budget.has_reserve) == (Spent.ALL, False)
    clock.now = NOON + 12 * 3600 - 1
    assert budget.spent is Spent.ALL
    clock.now += 1
    assert (budget.bytes, budget.spent, budget.has_reserve) == (0, Spent.LITTLE, True)


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans(), st.floats(0, 40_000))))
def test_no_day_admits_more_than_its_budget_and_reserve(asked: list[tuple[int, bool, float]]) -> None:
    """What is admitted before a limit may exceed it by itself, once."""
    clock = Hand(NOON)
    budget = budget_at(clock)
    days: dict[object, list[tuple[int, bool]]] = {}
    for size, emergency, later in asked:
        clock.now += later
        if budget.spent is not Spent.ALL or (emergency and budget.has_reserve):
            budget.add(size, emergency=emergency)
            days.setdefault(datetime.fromtimestamp(clock.now, UTC).date(), []).append((size, emergency))
    for admitted in days.values():
        assert sum(size for size, _ in admitted) <= 1000 + 400 + 100 + 400
        ordinary = [size for size, emergency in admitted if not emergency]
        assert sum(ordinary) <= 1000 + 400
