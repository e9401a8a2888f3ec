"""Browser sessions on the server: the browser holds an unguessable name, this side its hash (NIST SP 800-63B §7)."""

from collections.abc import Callable
from dataclasses import dataclass
import hashlib
import secrets
from typing import Final

from cachetools import LRUCache

from proxy.access.caller import Caller
from proxy.access.refusals import SignInOver

IDLE_SECONDS: Final = 30 * 60
MAXIMUM_SESSIONS: Final = 10_000
_BYTES: Final = 32


@dataclass(slots=True)
class _Session:
    caller: Caller
    used: float


class Sessions:
    """Who is signed in. A session ends with its token, after `IDLE_SECONDS` without use, or when it is ended.

    When there are too many, the one that was not used for longest ends. `clock` gives Unix seconds; `left` is told who
    ended a session of their own.
    """

    def __init__(self, clock: Callable[[], float], left: Callable[[Caller], None] = lambda _: None) -> None:
        self._clock = clock
        self._left = left
        self._sessions: LRUCache[bytes, _Session] = LRUCache(MAXIMUM_SESSIONS)

    def begin(self, caller: Caller) -> str:
        """Begin a session and return its name, the only copy there is: 256 random bits."""
        name = secrets.token_urlsafe(_BYTES)
        self._sessions[_digest(name)] = _Session(caller, self._clock())
        return name

    def find(self, name: str) -> Caller | None:
        """Who is signed in under `name`; None when nobody is. Raises `SignInOver`, once, when somebody was till now."""
        digest, now = _digest(name), self._clock()
        session = self._sessions.get(digest)
        if session is None:
            return None
        if not (0 <= now - session.used < IDLE_SECONDS and now < session.caller.expires):
            del self._sessions[digest]
            raise SignInOver(session.caller)
        session.used = now
        return session.caller

    def end_all(self, ended: Callable[[Caller], bool]) -> list[Caller]:
        """End every session whose caller is one of the `ended`, and return whose they were."""
        over = {name: session.caller for name, session in self._sessions.items() if ended(session.caller)}
        for name in over:
            del self._sessions[name]
        return list(over.values())

    def end(self, name: str) -> Caller | None:
        """End a session and return whose it was; None when there was none."""
        session = self._sessions.pop(_digest(name), None)
        if session is None:
            return None
        self._left(session.caller)
        return session.caller


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
