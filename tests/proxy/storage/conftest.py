"""The database server that the tests of the audit log share."""

from collections.abc import Iterator

import pytest

from tests.peers.postgresql import Postgresql, running


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    with running() as server:
        yield server
