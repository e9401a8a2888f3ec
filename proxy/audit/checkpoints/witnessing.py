"""Being a witness for other logs (https://c2sp.org/tlog-witness): the newest of each is kept, once checked."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import re
from typing import Final, Protocol

from proxy.audit.checkpoints.checkpoint import Checkpoint, open_checkpoint, read_checkpoint
from proxy.audit.checkpoints.merkle import HASH_BYTES, ProofRefused, check_consistency
from proxy.audit.checkpoints.note import NoteRefused, Signer, Verifier, split_note
from proxy.errors import AuditUnavailable

LONGEST_BODY: Final = 32 * 1024
_MOST_HASHES: Final = 63
_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,15})", re.ASCII)


class MalformedSubmission(ValueError):
    """Not a checkpoint with its proof."""


class UnknownLog(ValueError):
    """A log that this service is no witness for."""


class NotItsKey(ValueError):
    """The checkpoint is not signed with the key of its log."""


class Contradiction(ValueError):
    """The log is not the one that was seen before."""


class OtherSize(ValueError):
    """The newest checkpoint here is of another size than whoever asks thinks."""

    def __init__(self, size: int) -> None:
        super().__init__("another checkpoint is the newest here")
        self.size = size


class WitnessFailed(AuditUnavailable):
    """The checkpoints of other logs cannot be read or written now."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest checkpoint of a log and its note."""

    checkpoint: Checkpoint
    note: str


class SeenStore(Protocol):
    """May be called from any thread. Raises `WitnessFailed`."""

    def newest(self, origin: str) -> Seen | None: ...

    def replace(self, size: int, seen: Seen) -> bool:
        """Keep `seen` if the newest of its log is of `size` records (0: if there is none), and say whether it was."""
        ...


class WitnessDesk:
    """`known` are the keys of the logs whose checkpoints are kept, by origin. `clock` gives Unix seconds."""

    def __init__(
        self, known: Mapping[str, Verifier], store: SeenStore, signer: Signer, clock: Callable[[], float]
    ) -> None:
        self._known = known
        self._store = store
        self._signer = signer
        self._clock = clock

    @property
    def known(self) -> frozenset[str]:
        return frozenset(self._known)

    def take(self, body: str) -> str:
        """Keep the checkpoint in `body` and return the line of its signature here; raises what is wrong with it."""
        old, proof, note = _read_submission(body)
        text, checkpoint = self._opened(note)
        newest = self._store.newest(checkpoint.origin)
        if old != (newest.checkpoint.size if newest else 0):
            raise OtherSize(newest.checkpoint.size if newest else 0)
        if newest is not None:
            _require_continued(newest.checkpoint, checkpoint, proof)
        if not self._store.replace(old, Seen(checkpoint, note)):
            again = self._store.newest(checkpoint.origin)
            raise OtherSize(again.checkpoint.size if again else 0)
        return self._signer.cosign(text, int(self._clock()))

    def _opened(self, note: str) -> tuple[str, Checkpoint]:
        try:
            text, _ = split_note(note)
            origin = read_checkpoint(text).origin
        except NoteRefused:
            raise MalformedSubmission("not a checkpoint") from None
        if origin not in self._known:
            raise UnknownLog("this service is no witness for that log")
        try:
            return text, open_checkpoint(note, self._known[origin])
        except NoteRefused:
            raise NotItsKey("the checkpoint is not signed with the key of its log") from None


def _require_continued(before: Checkpoint, after: Checkpoint, proof: list[bytes]) -> None:
    try:
        check_consistency(before.size, before.root, after.size, after.root, proof)
    except ProofRefused as error:
        raise Contradiction(str(error)) from None


def _read_submission(body: str) -> tuple[int, list[bytes], str]:
    head, _, note = body.partition("\n\n")
    first, *lines = head.split("\n")
    old = _OLD.fullmatch(first)
    if old is None or len(lines) > _MOST_HASHES:
        raise MalformedSubmission("not a checkpoint with its proof")
    try:
        proof = [base64.b64decode(line, validate=True) for line in lines]
    except (binascii.Error, ValueError):
        raise MalformedSubmission("not a checkpoint with its proof") from None
    if any(len(one) != HASH_BYTES for one in proof):
        raise MalformedSubmission("not a checkpoint with its proof")
    return int(old[1]), proof, note
