"""The order of the tests, patience with a busy machine, and the end of what outlives one of them.

Those that drive a browser come last, because Playwright keeps an event loop of its own.
"""

import asyncio
from collections.abc import Iterator
import os
from pathlib import Path

from hypothesis import HealthCheck, settings
import pytest

from tests.kept_workers import end_kept_workers

settings.register_profile(
    "patient",
    deadline=None,  # a machine may be busy
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="VITRINE_EXPLORE" not in os.environ,  # one commit, one verdict
)
settings.load_profile("patient")

BROWSER = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: BROWSER in item.path.parents)


@pytest.fixture(scope="session", autouse=True)
def kept_workers() -> Iterator[None]:
    yield
    asyncio.run(end_kept_workers())
