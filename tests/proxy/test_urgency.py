"""How much somebody waits for something follows the work done for it, and joins where work is shared."""

import asyncio

from proxy.coalescing import Coalesced
from proxy.urgency import (
    LEAST_URGENT,
    ON_SCREEN,
    PREFETCH,
    THUMBNAIL,
    UNKNOWN,
    Demand,
    RequestDemand,
    SharedDemand,
    current_demand,
    defer,
    demanded,
    mark_emergency,
)


def test_shared_work_is_as_urgent_as_the_most_urgent_who_waits_now() -> None:
    shared, screen, ahead = SharedDemand(), RequestDemand(ON_SCREEN), RequestDemand(PREFETCH, emergency=True)
    assert (shared.urgency, shared.emergency) == (LEAST_URGENT, False)
    shared.join(ahead)
    shared.join(screen)
    shared.join(RequestDemand(ON_SCREEN))
    assert (shared.urgency, shared.emergency) == (ON_SCREEN, True)
    shared.leave(ahead)
    assert (shared.urgency, shared.emergency) == (ON_SCREEN, False)
    shared.leave(screen)
    assert shared.urgency == ON_SCREEN


def test_nobody_having_said_anything_it_is_in_the_middle() -> None:
    assert (current_demand().urgency, current_demand().emergency) == (UNKNOWN, False)
    defer(PREFETCH)
    mark_emergency()
    assert (current_demand().urgency, current_demand().emergency) == (UNKNOWN, False)


async def test_what_is_learnt_of_a_request_counts_in_all_its_tasks() -> None:
    with demanded(RequestDemand(ON_SCREEN)):

        async def learn() -> None:
            mark_emergency()
            defer(THUMBNAIL)
            defer(ON_SCREEN)

        await asyncio.create_task(learn())
        assert (current_demand().urgency, current_demand().emergency) == (THUMBNAIL, True)


async def test_work_begun_ahead_becomes_urgent_through_all_its_layers_and_falls_back() -> None:
    outer: Coalesced[str, str] = Coalesced()
    inner: Coalesced[str, str] = Coalesced()
    seen: list[Demand] = []
    go_on = asyncio.Event()

    async def fetch() -> str:
        seen.append(current_demand())
        await go_on.wait()
        return "frame"

    def ask(level: int) -> asyncio.Task[str]:
        with demanded(RequestDemand(level)):
            return asyncio.create_task(outer.ask("image", lambda: inner.ask("frame", fetch)))

    ahead = ask(PREFETCH)
    await asyncio.sleep(0.01)
    assert [one.urgency for one in seen] == [PREFETCH]
    screen = ask(ON_SCREEN)
    await asyncio.sleep(0.01)
    assert [one.urgency for one in seen] == [ON_SCREEN]
    screen.cancel()
    await asyncio.gather(screen, return_exceptions=True)
    assert [one.urgency for one in seen] == [PREFETCH]
    go_on.set()
    assert await ahead == "frame"
