"""What another system wants opened, and its one use by the browser that brought it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
import hashlib
import secrets
from typing import Final

from cachetools import TTLCache

from proxy.errors import NotFound
from proxy.resources import PatientIdentifier, Uid

LAUNCH_SECONDS: Final = 600
"""How long somebody may take to sign in."""

_MAXIMUM: Final = 10_000
_BYTES: Final = 32


class Way(StrEnum):
    """How it came."""

    IID = "iid"
    SIGNED = "signed"
    SMART = "smart"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which studies of a patient are wanted; `most` is how many, the newest first. None and nothing: all."""

    since: datetime | None = None
    until: datetime | None = None
    modalities: tuple[str, ...] = ()
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Launch:
    """One of a patient, studies, or accession numbers; `subject` is for whom alone, as `issuer-id:sub`, if anybody.

    Nothing is decided by it: whoever signs in sees what that person may see.
    """

    way: Way
    patient: PatientIdentifier | None = None
    studies: tuple[Uid, ...] = ()
    accessions: tuple[str, ...] = ()
    narrowing: Narrowing = Narrowing()
    subject: str = ""


class Launches:
    """Launches that wait for their browser. `clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._waiting: TTLCache[bytes, Launch] = TTLCache(_MAXIMUM, LAUNCH_SECONDS, timer=clock)

    def keep(self, launch: Launch) -> str:
        """The name under which its browser takes it, the only copy there is."""
        name = secrets.token_urlsafe(_BYTES)
        self._waiting[_digest(name)] = launch
        return name

    def take(self, name: str, subject: str) -> Launch:
        """The launch of that name, once, for `subject`. Raises `NotFound`."""
        launch = self._waiting.pop(_digest(name), None)
        if launch is None or launch.subject not in {"", subject}:
            raise NotFound("nothing waits to be opened here, or not for you")
        return launch


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
