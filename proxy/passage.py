"""On whose behalf other exchanges are asked, and by which way the question came here (RFC 9110 §7.6.3).

Like the demand of a request (docs/decisions/0034) it reaches the link to another exchange in a context variable, which
belongs to the request's own task and to those that it starts.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
import hashlib
import re
from urllib.parse import urlsplit

from proxy.hosts import PORTS

_NOT_OF_A_TOKEN = re.compile(r"[^a-z0-9.-]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks, as the other exchange is told: `subject` and `session` are names of this exchange.

    `patient` is the assigning authority and value of the person's own record, for patients.
    """

    subject: str
    name: str
    organization: str
    roles: tuple[str, ...]
    purpose: str
    assurance: int
    session: str
    patient: tuple[str, str] | None = None


@dataclass(slots=True)
class Passage:
    """The way of one question. `via` are the exchanges that passed it on, `hops` how often it still may be.

    `hops` is None for a question that was asked here first. `circle` is equal for questions that other exchanges answer
    alike, and for no others; empty before anybody is known to ask. `notices` have to be said with the answer.
    """

    person: Person | None = None
    via: tuple[str, ...] = ()
    hops: int | None = None
    circle: str = ""
    notices: dict[str, None] = field(default_factory=dict)

    def begin(self, person: Person, via: tuple[str, ...] = (), hops: int | None = None) -> None:
        """Now it is known who asks."""
        self.person, self.via, self.hops = person, via, hops
        self.circle = hashlib.sha256(repr((person, via, hops)).encode("utf-8", "surrogatepass")).hexdigest()


_current: ContextVar[Passage] = ContextVar("passage")


def current_passage() -> Passage:
    """The way of the question behind what runs now; that of nobody's where nobody asks."""
    return _current.get(Passage())


@contextmanager
def passing(passage: Passage) -> Generator[None]:
    """What runs inside is done for `passage`."""
    token = _current.set(passage)
    try:
        yield
    finally:
        _current.reset(token)


def pseudonym_of(url: str) -> str:
    """By what name the exchange at `url` is known to others in `Via`: no name that a host has, as hosts pass on too."""
    parts = urlsplit(url)
    port = "" if parts.port in {None, PORTS[parts.scheme]} else f"-{parts.port}"
    return f"vitrine-{_NOT_OF_A_TOKEN.sub('-', (parts.hostname or '').lower())}{port}"
