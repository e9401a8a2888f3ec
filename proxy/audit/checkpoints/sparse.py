"""The tree of a long log without reading the log: what lies between is taken from the checkpoints that are in it.

A checkpoint's record has the roots of all whole subtrees before it. A wide subtree is therefore known by the newest
checkpoint within it and the few records from there to its end; what is read does not grow with the log.
"""

from collections.abc import Iterator
from typing import Final

from proxy.audit.chain import Entry
from proxy.audit.checkpoints.growth import latest
from proxy.audit.checkpoints.merkle import Frontier, Tree, hash_leaf
from proxy.audit.checkpoints.note import Verifier
from proxy.audit.store import EventReader, LogDamaged

BLOCK: Final = 1024
"""Records that are read at once, about as many as there are between two checkpoints."""


class SparseTree(Tree):
    """The tree of the first `size` records. Reads as it is asked, and raises `LogUnreadable`, `LogDamaged`."""

    def __init__(self, reader: EventReader, verifier: Verifier, size: int) -> None:
        self._reader = reader
        self._verifier = verifier
        self._opening = reader.opening()
        super().__init__(self._opening.frontier, ())
        self._size = size

    @property
    def size(self) -> int:
        return self._size

    def entries(self, number: int) -> list[tuple[bytes, Entry]]:
        """The records of the block that record `number` is in, each with the digest before it."""
        start = (number - 1) // BLOCK * BLOCK
        first = max(start, self._base)
        before = list(self._read(first - 1, first)) if first > self._base else []
        previous = before[0].digest if before else self._opening.head.digest
        found = []
        for entry in self._read(first, min(start + BLOCK, self._size)):
            found.append((previous, entry))
            previous = entry.digest
        self._keep(first, [entry.digest for _, entry in found])
        return found

    def _root(self, start: int, end: int) -> bytes:
        known = self._whole.get((start, end))
        if known is not None:
            return known
        if end - start > BLOCK:
            node = self._from_checkpoint(start, end) or super()._root(start, end)
            self._whole[start, end] = node
            return node
        if start < self._base:
            if end - start == 1:
                raise ValueError("that part of the tree is not in the log any more")
        elif (start, start + 1) not in self._whole:
            self.entries(start + 1)
        return self._whole.get((start, end)) or super()._root(start, end)

    def _from_checkpoint(self, start: int, end: int) -> bytes | None:
        """The root of a wide subtree by the newest checkpoint in it; None when there is none.

        At its very end the subtree may be part of a wider one already, whose root alone the checkpoint has.
        """
        signed = latest(self._reader, self._verifier, end - 1)
        base = self._opening.frontier if signed is None else signed.frontier
        if not max(start, self._base - 1) < base.size < end:
            return None
        inside = base.size - start
        within = Frontier(inside, base.hashes[len(base.hashes) - inside.bit_count() :])
        return within.grown(entry.digest for entry in self._read(base.size, end)).root

    def _keep(self, first: int, digests: list[bytes]) -> None:
        for number, leaf in enumerate(digests, start=first):
            self._whole[number, number + 1] = hash_leaf(leaf)

    def _read(self, after: int, last: int) -> Iterator[Entry]:
        """Records `after` + 1 to `last`, none of which may be missing."""
        number = after
        for entry in self._reader.entries(after):
            if number == last:
                return
            number += 1
            if entry.sequence != number:
                break
            yield entry
        if number != last:
            raise LogDamaged(f"record {number} of the audit log is missing")
