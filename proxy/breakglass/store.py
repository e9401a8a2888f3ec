"""Where emergencies are kept, over restarts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from proxy.breakglass.emergency import Emergency
from proxy.errors import EmergenciesUnavailable


class StoreFailed(EmergenciesUnavailable):
    """The store could not do it now (disk full, I/O error, locked); it may be possible later."""


class EmergencyStore(Protocol):
    """One record for each emergency."""

    def read(self, oldest: datetime) -> Sequence[Emergency]:
        """All, once those declared before `oldest` are deleted. Raises `ConfigurationError` or `StoreFailed`."""

    def put(self, emergency: Emergency) -> None:
        """Keep it in place of what was kept of it, durably. Raises `StoreFailed`."""
