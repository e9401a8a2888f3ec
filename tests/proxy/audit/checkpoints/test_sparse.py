"""A tree out of checkpoints and a few records is the tree of all the records, whatever checkpoints there are."""

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from proxy.audit.canonical import to_body, to_event_json
from proxy.audit.chain import GENESIS, Entry, extend
from proxy.audit.checkpoints import sparse
from proxy.audit.checkpoints.checkpoint import Checkpoint, sign_checkpoint
from proxy.audit.checkpoints.growth import Signed, to_event
from proxy.audit.checkpoints.merkle import EMPTY, Tree, check_consistency, check_inclusion
from proxy.audit.checkpoints.sparse import SparseTree
from proxy.audit.store import LogDamaged
from tests.proxy.audit.checkpoints.running import SIGNER
from tests.proxy.audit.logs import NOON, MemoryEvents, view


@pytest.fixture(scope="module", autouse=True)
def blocks() -> Iterator[None]:
    """Small ones, so that a few hundred records are many of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparse, "BLOCK", 16)
        yield


def log(size: int, signed: set[int]) -> MemoryEvents:
    """`size` records, of which those with the numbers `signed` are checkpoints of what is before them."""
    store, head, frontier = MemoryEvents(), GENESIS, EMPTY
    for number in range(1, size + 1):
        event = view(number)
        if number in signed:
            checkpoint = Checkpoint(SIGNER.name, number - 1, frontier.root)
            event = to_event(Signed(checkpoint, frontier, sign_checkpoint(checkpoint, SIGNER)))
        (entry,) = extend(head, [to_body(NOON, to_event_json(event))])
        store.kept.append(entry)
        head, frontier = entry.head, frontier.grown([entry.digest])
    return store


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 260), st.sets(st.integers(2, 260), max_size=12), st.data())
def test_it_is_the_tree_of_all_records(size, signed, data):
    store = log(size, signed)
    whole = Tree(EMPTY, [entry.digest for entry in store.kept])
    tree = SparseTree(store, SIGNER.verifier, size)
    index = data.draw(st.integers(0, size - 1))
    assert tree.inclusion(index, size) == whole.inclusion(index, size)
    root = EMPTY.grown([entry.digest for entry in store.kept]).root
    check_inclusion(root, size, index, store.kept[index].digest, tree.inclusion(index, size))
    earlier = data.draw(st.integers(1, size))
    path = tree.consistency(earlier, size)
    assert path == whole.consistency(earlier, size)
    check_consistency(earlier, EMPTY.grown([one.digest for one in store.kept[:earlier]]).root, size, root, path)


class Counting(MemoryEvents):
    read = 0

    def entries(self, after: int = 0) -> Iterator[Entry]:
        for entry in super().entries(after):
            self.read += 1
            yield entry


def test_what_is_read_does_not_grow_with_the_log():
    counts = []
    for size in (500, 2000):
        store = Counting()
        store.kept = log(size, set(range(20, size, 20))).kept
        SparseTree(store, SIGNER.verifier, size).inclusion(3, size)
        counts.append(store.read)
    assert counts[1] < counts[0] + 60
    assert counts[1] < 400


def test_a_record_that_is_missing_is_damage():
    store = log(100, set())
    del store.kept[40]
    with pytest.raises(LogDamaged):
        SparseTree(store, SIGNER.verifier, 100).inclusion(3, 100)
