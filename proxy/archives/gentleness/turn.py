"""One request on its way to an archive, from which is learnt how the archive fares."""

from collections.abc import Collection, Generator
from contextlib import contextmanager

import httpx

from proxy.archives.gentleness.retry_after import read_retry_after
from proxy.archives.gentleness.standing import Standing
from proxy.errors import ArchiveFailed, ArchiveTimedOut
from proxy.urgency import Demand

_ASKS_FOR_A_PAUSE = {429, 503}
_REFUSES_US = {401, 403, 429}
_NOT_IMPLEMENTED = 501
_MAY_BE_THE_QUESTION = {403, 500}
"""Answers that an archive which is well may give to one object, or to one search."""

_CONVINCING_BYTES = 2**20
"""After so much of its body a probe has succeeded: the rest of a long answer may be taken slowly."""

_SILENCE_SECONDS = 2.0
"""Who gives up after so long without a word has learnt something about the archive, and before it nothing."""


class Turn:
    """`ample`: the archive has most of the caller's patience; a time-out after a long wait in line proves nothing."""

    def __init__(self, standing: Standing, demand: Demand, *, ample: bool) -> None:
        """Begins now: the request counts, and is the probe when one is due."""
        self._standing = standing
        self._demand = demand
        self._asker = demand.person  # as nobody may be left behind a shared demand when it ends
        self._ample = ample
        self._began = standing.timer()
        self._probe = standing.breaker.begin()
        self._well: bool | None = None
        self._rests = False
        self._doubtful = False
        self._received = 0
        standing.tally.requests += 1
        standing.tally.in_use += 1

    @contextmanager
    def watched(self) -> Generator[None]:
        """Whatever fails inside, the archive has failed."""
        try:
            yield
        except ArchiveFailed as error:
            if self._ample or not isinstance(error, ArchiveTimedOut):
                self._fail(str(error), doubtful=self._well is True)  # it answered, and broke off at this object
            raise

    def answered(self, status: int, headers: httpx.Headers, proper: Collection[int] = ()) -> None:
        """The head of an answer is there. Raises `ArchiveResting` when it asks for a pause.

        `proper` are statuses that a refusal has here which says nothing of how the archive fares.
        """
        self._standing.tally.answered(self._elapsed())
        pause = read_retry_after(headers, self._standing.clock()) if status in _ASKS_FOR_A_PAUSE else None
        if pause:
            self._rests = True
            self._standing.rest.begin(pause)
            self._standing.note_failure("the archive asked for a pause")
            raise self._standing.resting()
        if status not in proper and (status in _REFUSES_US or (status >= 500 and status != _NOT_IMPLEMENTED)):
            self._fail(f"the archive answered with status {status}", doubtful=status in _MAY_BE_THE_QUESTION)
        else:
            self._well = True

    def received(self, size: int) -> None:
        """A piece of the answer's body came."""
        self._received += size
        if self._probe and self._received >= _CONVINCING_BYTES:
            self._standing.breaker.succeed()
        self._standing.tally.bytes += size
        self._standing.budget.add(size, emergency=self._demand.emergency)

    def end(self) -> None:
        """The request is over; only now is an answer known to be whole."""
        self._standing.tally.in_use -= 1
        if self._well is None and not self._rests and self._elapsed() >= _SILENCE_SECONDS and self._ample:
            self._fail("the archive kept silent until nobody waited any longer", doubtful=True)
        if self._well:
            self._standing.breaker.succeed()
        elif self._well is False:
            self._standing.breaker.fail(probe=self._probe, asker=self._asker if self._doubtful else "")
        if self._probe:
            self._standing.breaker.end_probe()

    def _elapsed(self) -> float:
        return self._standing.timer() - self._began

    def _fail(self, words: str, *, doubtful: bool = False) -> None:
        """`doubtful` where another question might well be answered."""
        self._well, self._doubtful = False, doubtful
        self._standing.note_failure(words)
