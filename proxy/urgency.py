"""How much somebody waits for what an archive is being asked, and whether it is an emergency (RFC 9218 §4.1).

The demand of a request reaches the line in front of an archive in a context variable, which belongs to the request's
own task and to those it starts: the fifteen functions between the two neither read nor change it (docs/decisions/0034).
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

MOST_URGENT, ON_SCREEN, UNKNOWN, THUMBNAIL, PREFETCH, LEAST_URGENT = 0, 1, 3, 4, 6, 7


class Demand(Protocol):
    """Read anew whenever somebody is chosen: it may rise while its work stands in line."""

    @property
    def urgency(self) -> int:
        """From `MOST_URGENT` to `LEAST_URGENT`, as RFC 9218 §4.1 counts."""

    @property
    def emergency(self) -> bool:
        """Whether somebody asks for emergency treatment (HL7 ETREAT)."""

    @property
    def person(self) -> str:
        """Whose demand it is; empty where nobody or several are behind it."""


@dataclass(slots=True)
class RequestDemand:
    """The demand of one request, about which more may be learnt while it is answered."""

    urgency: int = UNKNOWN
    emergency: bool = False
    person: str = ""


class SharedDemand:
    """The demand for work that several wait for: as urgent as the most urgent of those who wait now."""

    def __init__(self) -> None:
        self._demands: list[Demand] = []

    def join(self, demand: Demand) -> None:
        self._demands.append(demand)

    def leave(self, demand: Demand) -> None:
        """Once for every `join`."""
        self._demands = _without_one(self._demands, demand)

    @property
    def urgency(self) -> int:
        return min((demand.urgency for demand in self._demands), default=LEAST_URGENT)

    @property
    def emergency(self) -> bool:
        return any(demand.emergency for demand in self._demands)

    @property
    def person(self) -> str:
        persons = {demand.person for demand in self._demands}
        return next(iter(persons)) if len(persons) == 1 else ""


def _without_one(demands: list[Demand], demand: Demand) -> list[Demand]:
    """Compared by identity: two requests may demand alike."""
    at = next((index for index, one in enumerate(demands) if one is demand), len(demands))
    return demands[:at] + demands[at + 1 :]


_current: ContextVar[Demand] = ContextVar("demand")


def current_demand() -> Demand:
    """The demand behind what runs now; an ordinary one where nobody said anything."""
    return _current.get(RequestDemand())


def mark_person(person: str) -> None:
    """The request that is being answered is that of `person`."""
    demand = current_demand()
    if isinstance(demand, RequestDemand):
        demand.person = person


def mark_emergency() -> None:
    """The request that is being answered is one of emergency treatment."""
    demand = current_demand()
    if isinstance(demand, RequestDemand):
        demand.emergency = True


def defer(urgency: int) -> None:
    """The request that is being answered is no more urgent than `urgency`."""
    demand = current_demand()
    if isinstance(demand, RequestDemand):
        demand.urgency = max(demand.urgency, urgency)


@contextmanager
def demanded(demand: Demand) -> Generator[None]:
    """What runs inside is done for `demand`."""
    token = _current.set(demand)
    try:
        yield
    finally:
        _current.reset(token)
