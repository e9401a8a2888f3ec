"""A cache with a name, a size in bytes and an age: it holds images, never permissions, and nothing about a caller.

What leaves first is what was looked at once (S3-FIFO; Yang et al., SOSP 2023): whoever scrolls through a thousand
images does not drive out what several people look at.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from proxy.passage import current_passage
from proxy.resources import HeldStudy, Uid
from proxy.retrieval.departed import Departed

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_TRIAL_SHARE = 0.1  # of the bytes, for what was not looked at again yet
_MOST_LOOKS = 3


@dataclass(slots=True)
class _Entry(Generic[Value]):
    value: Value
    size: int
    expires: float
    held: tuple[HeldStudy, ...]
    looks: int


class ByteCache(Generic[Key, Value]):
    """Bounded by the bytes of what it holds and by their age; a value larger than the whole cache is not kept.

    `size_of` gives the bytes a value stands for; `hits` and `misses` count look-ups for the metrics. Every operation
    takes the same time however much is held.
    """

    def __init__(
        self,
        name: str,
        capacity: int,
        seconds: float,
        size_of: Callable[[Value], int],
        timer: Callable[[], float],
        uncached: Collection[str] = (),
    ) -> None:
        """`uncached` are the institutions of whose studies nothing is kept; `timer` gives growing seconds."""
        self.name = name
        self.hits = 0
        self.misses = 0
        self.purges = 0
        self._capacity = capacity
        self._seconds = seconds
        self._size_of = size_of
        self._timer = timer
        self._uncached = frozenset(uncached)
        self._entries: dict[Key, _Entry[Value]] = {}  # the oldest first, as all live equally long
        self._trial: OrderedDict[Key, None] = OrderedDict()
        self._proven: OrderedDict[Key, None] = OrderedDict()
        self._departed = Departed(capacity)
        self._of_study: dict[Uid, set[Key]] = {}
        self._bytes = 0
        self._trial_bytes = 0

    @property
    def bytes(self) -> int:
        return self._bytes

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: Key) -> bool:
        entry = self._entries.get(key)
        return entry is not None and entry.expires > self._timer()

    def keeps(self, held: HeldStudy) -> bool:
        """Whether its institution lets anything of the study be kept here."""
        return held.institution not in self._uncached

    def find(self, key: Key) -> Value | None:
        entry = self._entries.get(key)
        if entry is None or entry.expires <= self._timer():
            self.misses += 1
            return None
        self.hits += 1
        entry.looks = min(entry.looks + 1, _MOST_LOOKS)
        return entry.value

    def keep(self, key: Key, value: Value, *held: HeldStudy, unseen: bool = False) -> None:
        """Keep `value`, which shows something of the studies `held`, unless an institution wants nothing kept.

        What is `unseen` was fetched ahead: its first look is only the one that it was fetched for.
        """
        self._drop(key)
        size = self._size_of(value)
        if size > self._capacity or not all(map(self.keeps, held)):
            return
        self._make_room(size)
        looks = -1 if unseen else 0
        self._entries[key] = _Entry(value, size, self._timer() + self._seconds, held, looks)
        self._bytes += size
        for one in held:
            self._of_study.setdefault(one.study, set()).add(key)
        if self._departed.recall(key):
            self._proven[key] = None
        else:
            self._trial[key] = None
            self._trial_bytes += size

    def drop(self, key: Key) -> None:
        """Let go of one value that proved to be of no use."""
        self._drop(key)

    def expire(self) -> None:
        """Let go of what is too old, looked at or not."""
        now = self._timer()
        while self._entries and self._entries[oldest := next(iter(self._entries))].expires <= now:
            self._drop(oldest)

    def forget(self, study: Uid | None = None, still: Collection[HeldStudy] = ()) -> None:
        """Let go of everything, or of what shows `study` as it is not held in any of the ways `still`.

        What is being fetched meanwhile is not to be kept either: `purges` tells whoever fetches.
        """
        outdated = tuple(self._entries) if study is None else self._outdated(study, still)
        if outdated or study is None:
            self.purges += 1
        for key in outdated:
            self._drop(key)

    def _outdated(self, study: Uid, still: Collection[HeldStudy]) -> tuple[Key, ...]:
        """How another exchange holds it for somebody else, nobody has said."""
        mine = {"", current_passage().circle}
        return tuple(
            key
            for key in self._of_study.get(study, ())
            if any(one.study == study and one.circle in mine and one not in still for one in self._entries[key].held)
        )

    def _make_room(self, size: int) -> None:
        while self._bytes + size > self._capacity:
            if self._trial_bytes > _TRIAL_SHARE * self._capacity or not self._proven:
                self._judge()
            else:
                self._wear()

    def _judge(self) -> None:
        """What has been tried for longest is proven if somebody looked at it again, or else leaves."""
        key, _ = self._trial.popitem(last=False)
        entry = self._entries[key]
        self._trial_bytes -= entry.size
        self._proven[key] = None
        if entry.looks <= 0:
            self._departed.note(key, entry.size)
            self._drop(key)
        entry.looks = 0

    def _wear(self) -> None:
        """What has been proven for longest has another round for each look, or else leaves."""
        key = next(iter(self._proven))
        entry = self._entries[key]
        if entry.looks <= 0:
            self._drop(key)
            return
        entry.looks -= 1
        self._proven.move_to_end(key)

    def _drop(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self._bytes -= entry.size
        if key in self._trial:
            del self._trial[key]
            self._trial_bytes -= entry.size
        else:
            del self._proven[key]
        for one in entry.held:
            self._unlist(one.study, key)

    def _unlist(self, study: Uid, key: Key) -> None:
        keys = self._of_study.get(study, set())
        keys.discard(key)
        if not keys:
            self._of_study.pop(study, None)
