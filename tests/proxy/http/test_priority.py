"""A request is as urgent as its `Priority` header says (RFC 9218 §4.1); what is not understood changes nothing."""

import pytest

from proxy.http.priority import RequestPriority, to_demand
from proxy.urgency import UNKNOWN, current_demand


@pytest.mark.parametrize(
    ("fields", "urgency"),
    [
        ([], UNKNOWN),
        (["u=0"], 0),
        (["u=7"], 7),
        (["u=5, i"], 5),
        (["i,u=1"], 1),
        (["u=5", "i, u=2"], 2),
        (["u=1;x=2"], 1),
        (["u=8"], UNKNOWN),
        (["u=-1"], UNKNOWN),
        (["u=1.0"], UNKNOWN),
        (["u=٣"], UNKNOWN),
        (["U=1"], UNKNOWN),
        (["i", "x" * 10_000], UNKNOWN),
    ],
)
def test_the_urgency_is_read(fields: list[str], urgency: int) -> None:
    demand = to_demand(fields)
    assert (demand.urgency, demand.emergency) == (urgency, False)


async def test_it_counts_for_the_request_and_for_nothing_after_it() -> None:
    seen = []

    async def app(scope: object, receive: object, send: object) -> None:
        seen.append(current_demand().urgency)

    asked = RequestPriority(app)
    for headers in ([(b"priority", b"u=6")], []):
        await asked({"type": "http", "headers": headers}, app, app)
        seen.append(current_demand().urgency)
    await asked({"type": "lifespan"}, app, app)
    assert seen == [6, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]
