"""The tree over the log (RFC 6962 §2.1): known roots, proofs that hold, and proofs that do not."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st
import pytest

from proxy.audit.checkpoints.merkle import (
    EMPTY_ROOT,
    Frontier,
    ProofRefused,
    Tree,
    check_consistency,
    check_inclusion,
    hash_children,
    hash_leaf,
)

# The leaves and roots of the reference implementation of Certificate Transparency (merkle tree tests of RFC 6962).
KNOWN_LEAVES = [bytes.fromhex(one) for one in "- 00 10 2021 3031 40414243 5051525354555657".replace("-", "").split(" ")]
KNOWN_ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
}
sizes = st.integers(0, 200)


def leaves(number: int) -> list[bytes]:
    return [hashlib.sha256(b"%d" % index).digest() for index in range(number)]


def plain_root(nodes: list[bytes]) -> bytes:
    """MTH as §2.1 defines it."""
    if not nodes:
        return EMPTY_ROOT
    if len(nodes) == 1:
        return hash_leaf(nodes[0])
    half = 1 << (len(nodes) - 1).bit_length() - 1
    return hash_children(plain_root(nodes[:half]), plain_root(nodes[half:]))


@pytest.mark.parametrize("size", KNOWN_ROOTS)
def test_roots_are_those_that_others_compute(size):
    assert Frontier().grown(KNOWN_LEAVES[:size]).root.hex() == KNOWN_ROOTS[size]


@given(sizes, sizes)
def test_a_frontier_grows_into_the_root_of_all(first, more):
    whole = leaves(first + more)
    assert Frontier().grown(whole[:first]).grown(whole[first:]).root == plain_root(whole)


@given(st.data())
def test_inclusion_is_proved_from_any_place_before(data):
    size = data.draw(st.integers(1, 200))
    index = data.draw(st.integers(0, size - 1))
    start = data.draw(st.integers(0, index))
    whole = leaves(size)
    path = Tree(Frontier().grown(whole[:start]), whole[start:]).inclusion(index, size)
    root = plain_root(whole)
    check_inclusion(root, size, index, whole[index], path)
    for wrong in (
        lambda: check_inclusion(root, size, index, b"another", path),
        lambda: check_inclusion(bytes(32), size, index, whole[index], path),
        lambda: check_inclusion(root, size, index, whole[index], [*path, bytes(32)]),
        lambda: check_inclusion(root, size, size, whole[index], path),
    ):
        with pytest.raises(ProofRefused):
            wrong()


@given(st.data())
def test_consistency_is_proved_from_any_place_before(data):
    size = data.draw(st.integers(1, 200))
    earlier = data.draw(st.integers(1, size))
    start = data.draw(st.integers(0, earlier))
    whole = leaves(size)
    path = Tree(Frontier().grown(whole[:start]), whole[start:]).consistency(earlier, size)
    before, after = plain_root(whole[:earlier]), plain_root(whole)
    check_consistency(earlier, before, size, after, path)
    with pytest.raises(ProofRefused):
        check_consistency(earlier, bytes(32), size, after, path)
    with pytest.raises(ProofRefused):
        check_consistency(earlier, before, size, bytes(32), path)
    with pytest.raises(ProofRefused):
        check_consistency(size + 1, before, size, after, path)


@given(st.integers(0, 70), st.integers(0, 70), st.lists(st.binary(min_size=32, max_size=32), max_size=8))
def test_whatever_comes_as_a_proof_is_judged(earlier, size, path):
    """A path made by nobody shows nothing, but for trees that are equal or empty and need none."""
    before, after = plain_root(leaves(earlier)), bytes(31) + b"x"
    with pytest.raises(ProofRefused):
        check_consistency(earlier, before, size, after, path) if earlier else check_inclusion(
            after, size, earlier, b"", path
        )


def test_a_frontier_of_another_size_is_none():
    with pytest.raises(ValueError, match="frontier"):
        Frontier(3, (bytes(32),))
