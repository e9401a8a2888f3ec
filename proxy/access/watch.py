"""Who is told of view sessions while they last, as the enforcement point sees it."""

from typing import Any, Final, Protocol

from proxy.access.caller import Caller
from proxy.access.permit import Permit
from proxy.audit.views.view import Ended


class Watch(Protocol):
    def admitted(self, caller: Caller, permit: Permit[Any]) -> None:
        """`caller` is about to be given `permit`, or is not, if this raises `AuditUnavailable`."""
        ...

    def ended(self, name: str, why: Ended) -> None:
        """The view session of that name is over; it may be that none was opened."""
        ...


class _Unwatched:
    def admitted(self, caller: Caller, permit: Permit[Any]) -> None:
        """Nobody is told."""

    def ended(self, name: str, why: Ended) -> None:
        """Nobody is told."""


UNWATCHED: Final = _Unwatched()
