"""A checkpoint: which log, how long, and the root of its tree (https://c2sp.org/tlog-checkpoint)."""

import base64
import binascii
from dataclasses import dataclass
import re
from typing import Final

from proxy.audit.checkpoints.merkle import HASH_BYTES
from proxy.audit.checkpoints.note import NoteRefused, Signer, Verifier, open_note

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`size` records of the log `origin` have the root `root`."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> str:
    """As a signed note; the signer's name is the log's."""
    return signer.sign(str(checkpoint))


def open_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """The checkpoint in `note`, signed by its log's key. Raises `NoteRefused`."""
    checkpoint = read_checkpoint(open_note(note, verifier))
    if checkpoint.origin != verifier.name:
        raise NoteRefused("the checkpoint is of another log")
    return checkpoint


def read_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint; lines behind the third are extensions, which say nothing here."""
    origin, size, root, *_ = [*text.split("\n"), "", "", ""]
    if not origin or not _SIZE.fullmatch(size):
        raise NoteRefused("not a checkpoint")
    try:
        decoded = base64.b64decode(root, validate=True)
    except (binascii.Error, ValueError):
        raise NoteRefused("not a checkpoint") from None
    if len(decoded) != HASH_BYTES:
        raise NoteRefused("not a checkpoint")
    return Checkpoint(origin, int(size), decoded)
