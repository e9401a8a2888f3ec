"""That the records of an account are in the log: one way through the tree for each, under one checkpoint."""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

import msgspec

from proxy.audit.chain import digest
from proxy.audit.checkpoints.checkpoint import Checkpoint, open_checkpoint
from proxy.audit.checkpoints.merkle import ProofRefused, check_consistency, check_inclusion
from proxy.audit.checkpoints.note import NoteRefused, Verifier
from proxy.audit.checkpoints.sparse import BLOCK, SparseTree
from proxy.audit.store import EventReader, LogDamaged


class Proved(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Record `record`, whose digest is `leaf`, and the way from it to the root.

    `previous` and `body` are what the digest was made of; they are withheld (None) from patients, because a body says
    from which machine somebody works.
    """

    record: int
    leaf: bytes
    path: list[bytes]
    previous: bytes | None = None
    body: str | None = None


class Consistency(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That the log continues the one of the checkpoint `kept`."""

    kept: str
    path: list[bytes]


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`checkpoint` is a signed note over the log. Bytes are in base64."""

    checkpoint: str
    records: list[Proved]
    consistency: Consistency | None = None


def prove(
    reader: EventReader, verifier: Verifier, numbers: Collection[int], note: str, kept: str | None, *, withheld: bool
) -> Proof:
    """Prove the records `numbers` under the checkpoint in `note`, reading what is around them and little else.

    With `kept`, also that the log continues that of this checkpoint. Raises `LogDamaged` where the log is not what was
    signed, `NoteRefused` when `kept` is no checkpoint of this log.
    """
    checkpoint = open_checkpoint(note, verifier)
    earlier = None if kept is None else open_checkpoint(kept, verifier)
    tree = SparseTree(reader, verifier, checkpoint.size)
    records = list(_proved(tree, sorted(numbers), withheld=withheld))
    proof = Proof(
        checkpoint=note,
        records=records,
        consistency=None if kept is None or earlier is None else _continued(tree, earlier, checkpoint, kept),
    )
    try:
        check_proofs(proof, verifier)
    except ProofRefused:
        raise LogDamaged("the audit log is not the one of its checkpoint: see `vitrine audit verify`") from None
    return proof


def check_proofs(proof: Proof, verifier: Verifier) -> Checkpoint:
    """The checkpoint that covers all the records. Raises `ProofRefused`."""
    try:
        checkpoint = open_checkpoint(proof.checkpoint, verifier)
    except NoteRefused as error:
        raise ProofRefused(f"the checkpoint in it: {error}") from None
    for one in proof.records:
        if one.body is not None and digest(one.previous or b"", one.record, one.body.encode()) != one.leaf:
            raise ProofRefused(f"record {one.record} is not what its digest was made of")
        check_inclusion(checkpoint.root, checkpoint.size, one.record - 1, one.leaf, one.path)
    return checkpoint


def check_kept(proof: Proof, checkpoint: Checkpoint, kept: Collection[Checkpoint], verifier: Verifier) -> Checkpoint:
    """The one of `kept` that the proof's own checkpoint is, or continues. Raises `ProofRefused`."""
    if any(one.size == checkpoint.size and one.root != checkpoint.root for one in kept):
        raise ProofRefused("the log is not the one of the checkpoint kept")
    if checkpoint in kept:
        return checkpoint
    if proof.consistency is None:
        raise ProofRefused("it was made under another checkpoint than those kept")
    try:
        earlier = open_checkpoint(proof.consistency.kept, verifier)
    except NoteRefused as error:
        raise ProofRefused(f"the earlier checkpoint in it: {error}") from None
    if earlier not in kept:
        raise ProofRefused("it was made for another checkpoint than those kept")
    check_consistency(earlier.size, earlier.root, checkpoint.size, checkpoint.root, proof.consistency.path)
    return earlier


def _proved(tree: SparseTree, numbers: Sequence[int], *, withheld: bool) -> Iterator[Proved]:
    for _, block in groupby(numbers, key=lambda number: (number - 1) // BLOCK):
        wanted = set(block)
        for previous, entry in tree.entries(min(wanted)):
            if entry.sequence in wanted:
                yield Proved(
                    record=entry.sequence,
                    leaf=entry.digest,
                    path=tree.inclusion(entry.sequence - 1, tree.size),
                    previous=None if withheld else previous,
                    body=None if withheld else entry.body.decode(),
                )


def _continued(tree: SparseTree, earlier: Checkpoint, checkpoint: Checkpoint, kept: str) -> Consistency:
    if earlier.size > checkpoint.size:
        raise NoteRefused("the checkpoint kept is newer than the account")
    try:
        return Consistency(kept=kept, path=tree.consistency(earlier.size, checkpoint.size))
    except ValueError:
        raise NoteRefused("what the checkpoint kept speaks of is not in the log any more") from None
