"""What was signed last, and the tree from there on, read from the log itself: what is signed is what is stored."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from proxy.audit.chain import Entry, Head, digest
from proxy.audit.checkpoints.checkpoint import Checkpoint, open_checkpoint
from proxy.audit.checkpoints.merkle import HASH_BYTES, Frontier, Tree
from proxy.audit.checkpoints.note import NoteRefused, Verifier
from proxy.audit.event import Event, EventKind, Outcome
from proxy.audit.reading import read_record
from proxy.audit.store import EventQuery, EventReader, LogDamaged, Opening

_LOOKED_BACK = 16
_A_WEEK = 10_000  # at one a minute


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint of this log, the tree that it was made of, and its note."""

    checkpoint: Checkpoint
    frontier: Frontier
    note: str


def to_event(signed: Signed) -> Event:
    """The record of a checkpoint; its own number is larger than the size it speaks of."""
    frontier = b"".join(signed.frontier.hashes).hex()
    detail: dict[str, str | int] = {"size": signed.checkpoint.size, "note": signed.note, "frontier": frontier}
    return Event(EventKind.CHECKPOINT, Outcome.SUCCESS, detail=detail)


def latest(reader: EventReader, verifier: Verifier, size: int | None = None) -> Signed | None:
    """The newest checkpoint in the log, or the newest of not more than `size` records; None when none holds."""
    before = None if size is None else size + 2  # the record of a checkpoint stands behind what it speaks of
    query = EventQuery(kind=EventKind.CHECKPOINT, before=before, newest=True, limit=_LOOKED_BACK)
    found = [signed for entry in reversed(reader.find(query)) for signed in _read(entry, verifier)]
    return next((one for one in found if size is None or one.checkpoint.size <= size), None)


def recorded(reader: EventReader, verifier: Verifier) -> list[Checkpoint]:
    """The newest checkpoints in the log, a week of them at least, as far as this key signed them."""
    entries = reader.find(EventQuery(kind=EventKind.CHECKPOINT, newest=True, limit=_A_WEEK))
    return [signed.checkpoint for entry in entries for signed in _read(entry, verifier)]


def grown(reader: EventReader, start: Opening) -> Opening:
    """The end of the log, read from `start` on. Raises `LogDamaged` where a record does not follow the one before."""
    end = start.head
    leaves = []
    for entry in reader.entries(end.sequence):
        if entry.sequence != end.sequence + 1 or entry.digest != digest(end.digest, entry.sequence, entry.body):
            raise LogDamaged(f"record {end.sequence + 1} of the audit log is not what was written")
        end = entry.head
        leaves.append(entry.digest)
    return Opening(end, start.frontier.grown(leaves))


def tree_from(reader: EventReader, base: Frontier, size: int) -> Tree:
    """The tree of `size` records, with proofs about what stands behind `base`."""
    return Tree(base, list(_digests(reader.entries(base.size), size)))


def base_for(reader: EventReader, verifier: Verifier, size: int) -> Frontier:
    """A tree of at most `size` records from which to read on; the oldest there is when no checkpoint fits."""
    signed, opening = latest(reader, verifier, size), reader.opening()
    return signed.frontier if signed and signed.frontier.size >= opening.frontier.size else opening.frontier


def _digests(entries: Iterable[Entry], size: int) -> Iterator[bytes]:
    for entry in entries:
        if entry.sequence > size:
            return
        yield entry.digest


def _read(entry: Entry, verifier: Verifier) -> Iterator[Signed]:
    """What was signed with another key, or is not what was signed, is none."""
    detail = read_record(entry).event.detail
    try:
        note = str(detail["note"])
        checkpoint = open_checkpoint(note, verifier)
        hashes = bytes.fromhex(str(detail["frontier"]))
        nodes = tuple(hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES))
        frontier = Frontier(checkpoint.size, nodes)
    except (KeyError, ValueError, NoteRefused):
        return
    if frontier.root == checkpoint.root:
        yield Signed(checkpoint, frontier, note)


def head_at(reader: EventReader, size: int) -> Head | None:
    """The end of the first `size` records; None when that record is not here."""
    found = reader.find(EventQuery(after=size - 1, before=size + 1, limit=1))
    return found[0].head if found else None
