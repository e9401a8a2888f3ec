"""The Merkle tree over the log: its roots, and proofs about it that need no log to check (RFC 6962 §2.1). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
import hashlib
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256().digest()
_REMEMBERED: Final = 8
"""Leaves of a subtree from which on its root is kept: many proofs out of one tree share their upper parts."""


class ProofRefused(ValueError):
    """A proof does not show what it was given for."""


def hash_leaf(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\0" + leaf).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that has to be known of the first `size` leaves to go on: the roots of their whole subtrees, widest first."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise ValueError("not the frontier of a tree of this size")

    def grown(self, leaves: Iterable[bytes]) -> "Frontier":
        """With `leaves` behind it."""
        size, hashes = self.size, list(self.hashes)
        for leaf in leaves:
            node, full = hash_leaf(leaf), size
            while full & 1:
                node, full = hash_children(hashes.pop(), node), full >> 1
            hashes.append(node)
            size += 1
        return Frontier(size, tuple(hashes))

    @property
    def root(self) -> bytes:
        if not self.hashes:
            return EMPTY_ROOT
        node = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            node = hash_children(left, node)
        return node


EMPTY: Final = Frontier()


class Tree:
    """The tree of the leaves behind `base`, and of `base` itself as far as proofs about what follows it need it."""

    def __init__(self, base: Frontier, leaves: Sequence[bytes]) -> None:
        self._base = base.size
        self._leaves = [hash_leaf(leaf) for leaf in leaves]
        self._whole = _whole_subtrees(base)

    @property
    def size(self) -> int:
        return self._base + len(self._leaves)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """That the leaf `index` (from 0) is in the tree of the first `size` leaves (§2.1.1)."""
        if not self._base <= index < size <= self.size:
            raise ValueError("that leaf is not in that tree")
        return self._path(index, 0, size)

    def consistency(self, earlier: int, size: int) -> list[bytes]:
        """That the tree of `size` leaves begins with that of the first `earlier` (§2.1.2)."""
        if not self._base <= earlier <= size <= self.size:
            raise ValueError("these trees are not known")
        return [] if earlier in (0, size) else self._beginning(earlier, 0, size, whole=True)

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*self._path(index, start, middle), self._root(middle, end)]
        return [*self._path(index, middle, end), self._root(start, middle)]

    def _beginning(self, earlier: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        if earlier == end:
            return [] if whole else [self._root(start, end)]
        middle = start + _split(end - start)
        if earlier <= middle:
            return [*self._beginning(earlier, start, middle, whole=whole), self._root(middle, end)]
        return [*self._beginning(earlier, middle, end, whole=False), self._root(start, middle)]

    def _root(self, start: int, end: int) -> bytes:
        known = self._whole.get((start, end))
        if known is not None:
            return known
        if end - start == 1:
            return self._leaves[start - self._base]
        middle = start + _split(end - start)
        node = hash_children(self._root(start, middle), self._root(middle, end))
        if end - start >= _REMEMBERED:
            self._whole[start, end] = node
        return node


def check_inclusion(root: bytes, size: int, index: int, leaf: bytes, path: Sequence[bytes]) -> None:
    """Raises `ProofRefused` unless `path` shows that `leaf` is number `index` of the tree (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        raise ProofRefused("the record is not within the tree")
    node, number, last = hash_leaf(leaf), index, size - 1
    for sibling in path:
        if last == 0:
            raise ProofRefused("the proof is too long")
        if number & 1 or number == last:
            node = hash_children(sibling, node)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            node = hash_children(node, sibling)
        number, last = number >> 1, last >> 1
    if last or node != root:
        raise ProofRefused("the proof leads to another root")


def check_consistency(earlier: int, earlier_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> None:
    """Raises `ProofRefused` unless `path` shows that the tree begins with the earlier one (RFC 9162 §2.1.4.2)."""
    if not 0 <= earlier <= size:
        raise ProofRefused("the tree is smaller than the earlier one")
    if earlier in (0, size):
        if path or (earlier == size and earlier_root != root) or (earlier == 0 and earlier_root != EMPTY_ROOT):
            raise ProofRefused("the trees differ")
        return
    rest = [earlier_root, *path] if earlier & (earlier - 1) == 0 else list(path)
    if not rest:
        raise ProofRefused("the proof is too short")
    number, last = earlier - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    before = after = rest[0]
    for node in rest[1:]:
        if last == 0:
            raise ProofRefused("the proof is too long")
        if number & 1 or number == last:
            before, after = hash_children(node, before), hash_children(node, after)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            after = hash_children(after, node)
        number, last = number >> 1, last >> 1
    if last or before != earlier_root or after != root:
        raise ProofRefused("the log does not continue the one that was seen before")


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _whole_subtrees(base: Frontier) -> dict[tuple[int, int], bytes]:
    known, start = {}, 0
    for node in base.hashes:
        width = 1 << (base.size - start).bit_length() - 1
        known[start, start + width] = node
        start += width
    return known
