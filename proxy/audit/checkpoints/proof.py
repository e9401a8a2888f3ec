"""The proof that a record is in a log, to check without the log (https://c2sp.org/tlog-proof).

Its `extra` is the digest before the record and the record's body: with them the record's own digest, which is the leaf
of the tree, is computed anew. Neighbouring records cannot be guessed from it.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
import re
from typing import Final

from proxy.audit.chain import DIGEST_BYTES, digest
from proxy.audit.checkpoints.checkpoint import Checkpoint, open_checkpoint
from proxy.audit.checkpoints.merkle import HASH_BYTES, ProofRefused, check_inclusion
from proxy.audit.checkpoints.note import NoteRefused, Verifier

LONGEST_PROOF: Final = 256 * 1024
_FIRST: Final = "c2sp.org/tlog-proof@v1"
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Record `sequence` (from 1), and the way from it to the root of the checkpoint `note`."""

    sequence: int
    previous: bytes
    body: bytes
    path: Sequence[bytes]
    note: str

    def __str__(self) -> str:
        path = "".join(f"{base64.b64encode(one).decode()}\n" for one in self.path)
        extra = base64.b64encode(self.previous + self.body).decode()
        return f"{_FIRST}\nextra {extra}\nindex {self.sequence - 1}\n{path}\n{self.note}"


def read_inclusion(text: str) -> Inclusion:
    """Read a proof, unchecked. Raises `ProofRefused`."""
    head, _, note = text.partition("\n\n")
    first, extra, index, *path = head.split("\n") if head.count("\n") >= 2 else ("", "", "")
    number = _INDEX.fullmatch(index)
    if len(text) > LONGEST_PROOF or first != _FIRST or not extra.startswith("extra ") or number is None:
        raise ProofRefused("not a proof")
    known, hashes = _decode(extra.removeprefix("extra ")), [_decode(one) for one in path]
    if len(known) <= DIGEST_BYTES or len(hashes) > 64 or any(len(one) != HASH_BYTES for one in hashes):
        raise ProofRefused("not a proof")
    return Inclusion(int(number[1]) + 1, known[:DIGEST_BYTES], known[DIGEST_BYTES:], hashes, note)


def check_proof(proof: Inclusion, verifier: Verifier, kept: Checkpoint | None = None) -> Checkpoint:
    """The checkpoint that covers the record, or raise `ProofRefused`; with `kept`, it has to be that one."""
    try:
        checkpoint = open_checkpoint(proof.note, verifier)
    except NoteRefused as error:
        raise ProofRefused(f"the checkpoint in the proof: {error}") from None
    if kept is not None and checkpoint != kept:
        raise ProofRefused("the proof is for another checkpoint than the one kept")
    leaf = digest(proof.previous, proof.sequence, proof.body)
    check_inclusion(checkpoint.root, checkpoint.size, proof.sequence - 1, leaf, proof.path)
    return checkpoint


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ProofRefused("not a proof") from None
