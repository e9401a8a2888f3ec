"""One archive's answer page by page (PS3.18 §8.3.4.4.1), even when it caps in silence, or ignores limit or offset."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from proxy.wire import dicomjson, tags
from proxy.wire.dicomjson import Dataset

_MODEST = 100
"""How many rows are asked for where a larger limit is refused."""

_NAMING = {
    "studies": (tags.STUDY_INSTANCE_UID, tags.PATIENT_ID, tags.ISSUER_OF_PATIENT_ID),
    "series": (tags.STUDY_INSTANCE_UID, tags.SERIES_INSTANCE_UID),
    "instances": (tags.STUDY_INSTANCE_UID, tags.SERIES_INSTANCE_UID, tags.SOP_INSTANCE_UID),
}


def identity_of(row: Dataset, level: str) -> Hashable:
    """What is equal for two rows of one archive about the same thing of the same patient."""
    return tuple(dicomjson.text(row, tag) for tag in _NAMING[level])


@dataclass(slots=True)
class Cap:
    """The most rows that an archive gives at once: `known` from the configuration, 0 for no cap.

    Else `largest` is the longest page that it ever gave. Whatever the cap is, it is not less; a page that is shorter
    was therefore not cut off. `page` is how many rows it can be asked for.
    """

    page: int
    known: int | None = None
    largest: int = 0

    def spares(self, count: int) -> bool:
        """Whether a page of `count` rows, fewer than were asked for, is certainly the last one."""
        if self.known is None:
            return count < self.largest
        return self.known == 0 or count < self.known


@dataclass(slots=True)
class Reading:
    """What has come so far of a search at `level`, and what is asked next. No I/O.

    `counted` is how many rows the archive has said that there are, 0 when it has not. One that is `candid` always says
    when there are others.

    Ends when the archive has nothing more to give; `truncated` when that is known, or may be, to be not all.
    """

    level: str
    cap: Cap
    most_rows: int
    most_pages: int
    counted: int = 0
    candid: bool = False
    ended: bool = False
    truncated: bool = False
    _limit: int = 0
    _offset: int = 0
    _pages: int = 0
    _first: int = 0
    _largest_before: int = 0
    _insisting: bool = False
    _seen: set[Hashable] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._limit = self.cap.page
        self._largest_before = self.cap.largest

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Limit and offset of the next page."""
        limit = ("limit", str(self._limit))
        return (limit, ("offset", str(self._offset))) if self._offset else (limit,)

    def refused(self) -> bool:
        """The archive refused the page; whether asking again, or what came before, is of use."""
        if self._pages:
            self._end(truncated=True)
            return True
        if self._limit <= _MODEST:
            return False
        self._limit = _MODEST
        return True

    def take(self, rows: Sequence[Dataset], *, more: bool) -> list[Dataset]:
        """The rows of a page that did not come before; `more` when the archive says that there are others."""
        known = len(self._seen)
        fresh = self._fresh(rows)
        self._pages += 1
        if self._pages == 1:
            self._first, self.cap.page = len(rows), min(self.cap.page, self._limit)
        if not rows:
            self._end(truncated=more)
        elif not fresh and known:
            self._meet_repetition(len(rows), more=more)
        else:
            self._go_on(len(rows), len(fresh), more=more, known=known)
        self.cap.largest = max(self.cap.largest, len(rows))
        return fresh

    def _fresh(self, rows: Sequence[Dataset]) -> list[Dataset]:
        fresh: list[Dataset] = []
        for row in rows:
            key = identity_of(row, self.level)
            if key not in self._seen:
                self._seen.add(key)
                fresh.append(row)
        return fresh[: self.most_rows - len(self._seen) + len(fresh)] if len(self._seen) > self.most_rows else fresh

    def _go_on(self, count: int, fresh: int, *, more: bool, known: int) -> None:
        if known and fresh < count and not self._insisting:
            self.truncated = True  # the rows changed their places between the pages, and some may have been passed over
        self._offset += count
        if len(self._seen) >= self.most_rows or self._pages >= self.most_pages:
            self._end(truncated=True)
        elif self._insisting:
            self._end(truncated=more or count >= self._limit or not self._is_whole(count))
        elif not more and (self.candid or (count < self._limit and (self._is_counted or self.cap.spares(count)))):
            self._end()

    @property
    def _is_counted(self) -> bool:
        return 0 < self.counted <= len(self._seen)

    def _meet_repetition(self, count: int, *, more: bool) -> None:
        """The archive ignores the offset: it is asked for everything at once, if it heeds the limit."""
        if self._first == self._limit < self.most_rows and not self._insisting:
            self._insisting, self._offset, self._limit = True, 0, self.most_rows
        else:
            self._end(truncated=more or not self._is_whole(count))

    def _is_whole(self, count: int) -> bool:
        """Whether everything that an archive gives at once is everything: only a longer page of before tells."""
        return self.cap.known == 0 or (self.cap.known or self._largest_before) > count

    def _end(self, *, truncated: bool = False) -> None:
        self.ended, self.truncated = True, self.truncated or truncated
