"""A process that keeps pictures in a cache, lets go of them in every way there is, and waits to be looked into.

`python -m tests.proxy.retrieval.keeping SEED WIPES`: a line is written when all are kept, another when all are gone.
"""

import random
import sys

from proxy.retrieval.cache import ByteCache
from rendering.sandbox.wiping import overwrite_freed_memory

SIZES = (2_000, 5_000, 40_000, 100_000, 525_000, 3_000_000)
WAYS = ("driven out", "too old", "forgotten")


def picture(seed: int, size: int, way: str) -> bytes:
    return random.Random(f"{seed}-{size}-{way}").randbytes(size)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def main(seed: int, wipes: bool) -> None:
    if wipes:
        assert overwrite_freed_memory()
    clock = Clock()
    caches = {way: ByteCache[int, bytes](way, sum(SIZES), 10, len, clock) for way in WAYS}
    for way, cache in caches.items():
        for size in SIZES:
            cache.keep(size, picture(seed, size, way))
    tell("kept")
    caches["driven out"].keep(0, bytes(sum(SIZES)))
    clock.now = 11
    caches["too old"].expire()
    caches["forgotten"].forget()
    tell("gone")


def tell(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()
    sys.stdin.readline()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] == "wipes")
