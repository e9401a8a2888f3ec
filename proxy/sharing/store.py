"""Where share links are kept, over restarts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from proxy.errors import LinksUnavailable
from proxy.sharing.link import Link


class StoreFailed(LinksUnavailable):
    """The store could not do it now (disk full, I/O error, locked); it may be possible later."""


class LinkStore(Protocol):
    """One record for each link."""

    def read(self, oldest: datetime) -> Sequence[Link]:
        """All, once those that ended before `oldest` are deleted. Raises `ConfigurationError` or `StoreFailed`."""

    def put(self, link: Link) -> None:
        """Keep it in place of what was kept of it, durably. Raises `StoreFailed`."""
