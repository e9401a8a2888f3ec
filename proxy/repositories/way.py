"""The ways to a repository: each takes records in their order, and says so or fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from proxy.audit.reading import Record


class RepositoryFailed(Exception):
    """The repository did not take the records, or cannot be reached; the words are safe. They are sent again."""


@dataclass(frozen=True, slots=True)
class Refused:
    """One record that the repository will never take, and the status that it answered with."""

    record: Record
    status: int


class Way(Protocol):
    """`most` records are sent at once.

    `settle_seconds`: how long after `send` the connection must hold for what was sent to count as received.
    """

    most: int
    settle_seconds: float

    async def send(self, records: Sequence[Record]) -> Sequence[Refused]:
        """Send `records`; gives those that were refused for good. Raises `RepositoryFailed`."""
        ...

    def require_standing(self) -> None:
        """Raises `RepositoryFailed` when the connection over which was sent is gone."""
        ...

    async def hang_up(self) -> None:
        """Give the connection up; `send` makes another."""
        ...

    async def close(self) -> None:
        """End for good."""
        ...
