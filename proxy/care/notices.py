"""Who waits at the portal is told that something has changed: that it has, never what."""

import asyncio
from collections import defaultdict
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Final

from proxy.errors import Overloaded

MOST_OF_ONE: Final = 8
MOST: Final = 2000


class Notices:
    """Waiting pages, by whom they are of."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._closed = False

    def tell(self, subjects: Iterable[str]) -> None:
        for subject in subjects:
            for waiting in self._waiting.get(subject, ()):
                waiting.set()

    def close(self) -> None:
        """Let everybody go."""
        self._closed = True
        self.tell(list(self._waiting))

    @property
    def closed(self) -> bool:
        return self._closed

    @contextmanager
    def waiting(self, subject: str) -> Generator[asyncio.Event]:
        """An event that is set whenever there is something for `subject`. Raises `Overloaded` when too many wait."""
        of_one = len(self._waiting.get(subject, ()))
        if of_one >= MOST_OF_ONE or sum(map(len, self._waiting.values())) >= MOST:
            raise Overloaded("too many pages wait for notices", retry_after=60)
        told = asyncio.Event()
        self._waiting[subject].add(told)
        try:
            yield told
        finally:
            self._waiting[subject].discard(told)
            if not self._waiting[subject]:
                del self._waiting[subject]
