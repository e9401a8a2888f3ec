"""How much of a study somebody has taken: each frame once, in memory that does not grow with the study."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from math import ceil
from typing import Final

from proxy.resources import Uid

BITS: Final = 2**16
"""Places of a study's bitmap. Frames that share one count once, which makes a large study seem a little less."""

_MOST_GROUPS = 4096  # of one instance: tiles of a slide, which may be a million, are noted by the hundred


@dataclass(frozen=True, slots=True)
class Taken:
    """Frames (`numbers`, from 1) of an instance that has `count`, in a study of so many `instances`."""

    instance: Uid
    numbers: Sequence[int]
    count: int
    instances: int


@dataclass(slots=True)
class Coverage:
    """The share of one study that left in full fidelity: all its instances weigh the same, as do frames in each."""

    share: float = 0.0
    _bitmap: bytearray = field(default_factory=lambda: bytearray(BITS // 8))

    def new(self, taken: Taken) -> int:
        """How many of the frames were not taken before; of an instance that is taken whole, groups of them."""
        return sum(not self._has(place) for place in self._places(taken))

    def add(self, taken: Taken) -> float:
        """By how much the share grows."""
        before = self.share
        size = _group(taken.count)
        weight = min(1.0, size / max(1, taken.count)) / max(1, taken.instances)
        for place in self._places(taken):
            if not self._has(place):
                self._bitmap[place >> 3] |= 1 << (place & 7)
                self.share = min(1.0, self.share + weight)
        return self.share - before

    def _has(self, place: int) -> bool:
        return bool(self._bitmap[place >> 3] >> (place & 7) & 1)

    def _places(self, taken: Taken) -> list[int]:
        return [_place(taken.instance, group) for group in _groups(taken.numbers, _group(taken.count))]


def _group(count: int) -> int:
    return ceil(count / _MOST_GROUPS) if count else 1


def _groups(numbers: Sequence[int], size: int) -> Iterable[int]:
    """The groups of `numbers`; without counting through a range, which may be of two thousand million frames."""
    if isinstance(numbers, range) and numbers:
        return range(numbers[0] // size, numbers[-1] // size + 1)
    return [number // size for number in numbers]


def _place(instance: Uid, number: int) -> int:
    return int.from_bytes(blake2b(f"{instance} {number}".encode(), digest_size=4).digest()) % BITS
