"""One-time codes: for one link at a time, for minutes, for a few tries, and kept as hashes in memory alone."""

from collections.abc import Callable
from dataclasses import dataclass, field
import hashlib
import hmac
import secrets
from typing import Final

from cachetools import TTLCache

DIGITS: Final = 8
_MOST_LINKS: Final = 10_000
_DAY: Final = 24 * 3600.0
_PAUSE: Final = 30.0
"""A link's next code is not made sooner, in seconds."""

_PER_DAY: Final = 10
"""So many codes are made for one link within a day: with five tries each, guessing takes millennia."""


@dataclass(slots=True)
class _Code:
    digest: bytes
    until: float
    tries: int


@dataclass(slots=True)
class _OfLink:
    code: _Code | None = None
    made: list[float] = field(default_factory=list)


class Codes:
    """`clock` gives Unix seconds; a code is good for `seconds` and `tries`."""

    def __init__(self, clock: Callable[[], float], seconds: float, tries: int) -> None:
        self._clock = clock
        self._seconds = seconds
        self._tries = tries
        self._links: TTLCache[str, _OfLink] = TTLCache(_MOST_LINKS, _DAY, timer=clock)

    def make(self, link: str) -> str | None:
        """A new code for `link`, in place of the one before; None when there were enough lately."""
        now = self._clock()
        of_link = self._links.get(link) or _OfLink()
        recent = [at for at in of_link.made if now - at < _DAY]
        if len(recent) >= _PER_DAY or any(now - at < _PAUSE for at in recent):
            return None
        code = new_code()
        self._links[link] = _OfLink(_Code(_digest(code), now + self._seconds, self._tries), [*recent, now])
        return code

    def use(self, link: str, code: str) -> bool:
        """Whether `code` is the one of `link`; right or wrong, it costs a try, and a right one is used up."""
        of_link = self._links.get(link)
        kept = of_link.code if of_link is not None else None
        if of_link is None or kept is None or self._clock() >= kept.until:
            return False
        kept.tries -= 1
        right = hmac.compare_digest(kept.digest, _digest(_plain(code)))
        if right or kept.tries <= 0:
            of_link.code = None
        return right


def new_code() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def _plain(code: str) -> str:
    """As people type it, with or without spaces."""
    return "".join(code.split())


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode("utf-8", "surrogateescape")).digest()
