"""`vitrine audit prove`, `check`, `checkpoint`, `key` and `witnessed`: their arguments, words and exit codes."""

import argparse
from collections.abc import Sequence
from pathlib import Path
import re
import sys
from typing import Final, TextIO

from proxy.audit.canonical import MalformedBody, read_body, to_time
from proxy.audit.chain import GENESIS
from proxy.audit.checkpoints.checkpoint import Checkpoint, open_checkpoint
from proxy.audit.checkpoints.growth import base_for, head_at, latest, tree_from
from proxy.audit.checkpoints.merkle import ProofRefused
from proxy.audit.checkpoints.note import LONGEST_NOTE, NoteRefused, Verifier, read_verifier
from proxy.audit.checkpoints.proof import LONGEST_PROOF, Inclusion, check_proof, read_inclusion
from proxy.audit.checkpoints.witnessing import Seen
from proxy.audit.listing import visible
from proxy.audit.store import EventQuery, EventReader
from proxy.errors import ConfigurationError

GOOD: Final = 0
BAD: Final = 1
_BETWEEN: Final = re.compile(r"\n\n(?!\u2014 )")
_MOST_NOTES: Final = 4096


def add_prove_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that `audit_prove` reads."""
    parser.add_argument("event", type=int, metavar="RECORD", help="the number of the record")
    _add_checkpoint(parser, "prove it under this checkpoint rather than the newest (the last in FILE)")


def add_check_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that `audit_check` reads."""
    parser.add_argument("proof", type=Path, metavar="PROOF", help="what `vitrine audit prove` printed")
    parser.add_argument("--key", required=True, metavar="KEY", help="the log's key, as `vitrine audit key` prints it")
    _add_checkpoint(parser, "the checkpoint that was kept (the last in FILE)")


def audit_prove(
    reader: EventReader, verifier: Verifier, arguments: argparse.Namespace, out: TextIO | None = None
) -> int:
    """Print the proof of one record. Raises `ConfigurationError` when it cannot be proved."""
    number = arguments.event
    note, checkpoint = _covering(reader, verifier, arguments.checkpoint)
    if not 1 <= number <= checkpoint.size:
        raise ConfigurationError(f"record {number} is not among the {checkpoint.size} of the checkpoint")
    found = reader.find(EventQuery(after=number - 1, before=number + 1, limit=1))
    before = GENESIS if number == 1 else (head_at(reader, number - 1) or reader.opening().head)
    if not found or before.sequence != number - 1:
        raise ConfigurationError(f"record {number} is not in the log any more")
    tree = tree_from(reader, base_for(reader, verifier, number - 1), checkpoint.size)
    path = tree.inclusion(number - 1, checkpoint.size)
    proof = Inclusion(number, before.digest, found[0].body, path, note)
    try:
        check_proof(proof, verifier)
    except ProofRefused:
        raise ConfigurationError("the log is not the one of the checkpoint: see `vitrine audit verify`") from None
    (out or sys.stdout).write(str(proof))
    return GOOD


def audit_check(arguments: argparse.Namespace, out: TextIO | None = None) -> int:
    """Print what the proof shows. Returns 0, or 1 with why it shows nothing; nothing but the files is needed."""
    try:
        verifier = read_verifier(arguments.key)
    except NoteRefused as error:
        raise ConfigurationError(f"the key: {error}") from None
    kept = read_checkpoints(arguments.checkpoint, verifier)[-1][1] if arguments.checkpoint else None
    try:
        proof = read_inclusion(_text_of(arguments.proof, LONGEST_PROOF))
        checkpoint = check_proof(proof, verifier, kept)
        body = read_body(proof.body)
    except (ProofRefused, MalformedBody) as error:
        (out or sys.stdout).write(f"not proved: {error}\n")
        return BAD
    said = visible(proof.body.decode())
    (out or sys.stdout).write(
        f"proved: record {proof.sequence} of {visible(checkpoint.origin)}, among {checkpoint.size}\n"
        f"recorded at {to_time(body.at)}: {body.event.kind}\n{said}\n"
    )
    return GOOD


def audit_checkpoint(reader: EventReader, verifier: Verifier, out: TextIO | None = None) -> int:
    """Print the newest checkpoint in the log, to keep it elsewhere."""
    (out or sys.stdout).write(_covering(reader, verifier, None)[0])
    return GOOD


def audit_witnessed(seen: Sequence[Seen], out: TextIO | None = None) -> int:
    """Print the checkpoints of other logs that are kept here."""
    (out or sys.stdout).write("\n".join(one.note for one in seen))
    return GOOD


def read_checkpoints(path: Path, verifier: Verifier) -> list[tuple[str, Checkpoint]]:
    """All checkpoints in a file, as a witness appends them, each signed by `verifier`. Raises `ConfigurationError`."""
    text = _text_of(path, LONGEST_NOTE * 256).strip("\n")
    notes = [f"{one.strip(chr(10))}\n" for one in _BETWEEN.split(text)][-_MOST_NOTES:]
    try:
        return [(note, open_checkpoint(note, verifier)) for note in notes]
    except NoteRefused as error:
        raise ConfigurationError(f"`{path}` does not hold checkpoints of this log: {error}") from None


def _covering(reader: EventReader, verifier: Verifier, path: Path | None) -> tuple[str, Checkpoint]:
    if path is not None:
        return read_checkpoints(path, verifier)[-1]
    signed = latest(reader, verifier)
    if signed is None:
        raise ConfigurationError("there is no checkpoint yet; the service makes one within a minute")
    return signed.note, signed.checkpoint


def _add_checkpoint(parser: argparse.ArgumentParser, explanation: str) -> None:
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help=explanation)


def _text_of(path: Path, longest: int) -> str:
    try:
        with path.open("rb") as file:
            return file.read(longest).decode()
    except OSError as error:
        raise ConfigurationError(f"cannot read `{path}`: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"`{path}` is not text") from None
