"""Whether the log is as it was written: walks the whole chain and names the first record that is not."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from proxy.audit.canonical import MalformedBody, read_body
from proxy.audit.chain import GENESIS, Entry, Head, digest
from proxy.audit.checkpoints.checkpoint import Checkpoint
from proxy.audit.checkpoints.merkle import Frontier
from proxy.audit.event import EventKind
from proxy.audit.reading import read_record
from proxy.audit.store import EventQuery, EventReader, LogDamaged, Opening


class Finding(StrEnum):
    EDITED = "edited"
    MISSING = "missing"
    DISORDERED = "disordered"
    MALFORMED = "malformed"
    CUT = "cut"
    REPLACED = "replaced"
    TORN = "torn"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True)
class Problem:
    """The first thing that is wrong. `sequence` is the record where it shows; None when it is the store as a whole."""

    finding: Finding
    sequence: int | None
    says: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`head` is the end of what is sound: of the whole log when there is no problem.

    `removed` is the last of the records that were removed when their time was over; 0 when all are here.
    """

    head: Head
    problem: Problem | None
    removed: int = 0

    @property
    def valid(self) -> bool:
        return self.problem is None


def verify_log(reader: EventReader, kept: Head | None = None, checkpoints: Sequence[Checkpoint] = ()) -> Verdict:
    """Verify the chain and then the store underneath. Raises `LogUnreadable` when there is nothing to verify.

    A chain alone cannot show that its last records were cut off, or that all of it was written anew; `kept`, an end of
    this log noted earlier and elsewhere, or `checkpoints` of it do. Records that are no longer here have to be said by
    one that is.
    """
    try:
        opening = reader.opening()
    except LogDamaged as error:
        return Verdict(GENESIS, Problem(Finding.TORN, None, str(error)))
    removed = opening.head.sequence
    roots = _Roots(opening.frontier, checkpoints)
    verdict = verify_chain(roots.noted(reader.entries()), kept, opening.head)
    problem = verdict.problem or roots.problem or _problem_before(reader, opening)
    if problem is None:
        damage = _damage(reader)
        problem = Problem(Finding.ALTERED, None, damage) if damage else None
    return Verdict(verdict.head, problem, removed)


def verify_chain(entries: Iterable[Entry], kept: Head | None = None, head: Head = GENESIS) -> Verdict:
    """Verify `entries` from behind `head` on; pure but for what iterating does."""
    try:
        for entry in entries:
            problem = _problem_after(head, entry) or _problem_with(kept, entry)
            if problem is not None:
                return Verdict(head, problem)
            head = entry.head
    except LogDamaged:
        following = head.sequence + 1
        says = f"record {following}, or what follows it, cannot be read: the file is damaged"
        return Verdict(head, Problem(Finding.TORN, following, says))
    return Verdict(head, _problem_at_end(head, kept))


class _Roots:
    """The roots of the log at the sizes that checkpoints speak of, as it is walked; those of removed parts are not."""

    def __init__(self, frontier: Frontier, checkpoints: Sequence[Checkpoint]) -> None:
        self._frontier = frontier
        self._waiting = sorted((one for one in checkpoints if one.size >= frontier.size), key=lambda one: one.size)
        self.problem: Problem | None = None

    def noted(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        self._compare()
        for entry in entries:
            yield entry
            if self._waiting:
                self._frontier = self._frontier.grown([entry.digest])
                self._compare()
        if self._waiting and self.problem is None:
            cut, size = self._waiting[-1].size, self._frontier.size
            says = f"the log ends with record {size}, but a checkpoint says that it had {cut}: its end was cut off"
            self.problem = Problem(Finding.CUT, size + 1, says)

    def _compare(self) -> None:
        while self._waiting and self._waiting[0].size == self._frontier.size:
            checkpoint = self._waiting.pop(0)
            if checkpoint.root != self._frontier.root and self.problem is None:
                says = f"the first {checkpoint.size} records are not those of the checkpoint: the log was written anew"
                self.problem = Problem(Finding.REPLACED, checkpoint.size, says)


def _problem_before(reader: EventReader, opening: Opening) -> Problem | None:
    """Whether what is no longer here was removed on purpose."""
    last = opening.head.sequence
    if last == 0:
        return None
    for entry in reader.find(EventQuery(kind=EventKind.SEGMENT_RETIRED, newest=True, limit=10_000)):
        detail = read_record(entry).event.detail
        if (detail.get("last"), detail.get("digest")) == (last, opening.head.digest.hex()):
            return None
    return Problem(Finding.MISSING, 1, f"the records up to {last} are missing, and none says that they were removed")


def _problem_after(head: Head, entry: Entry) -> Problem | None:
    expected, found = head.sequence + 1, entry.sequence
    if found > expected:
        return Problem(Finding.MISSING, expected, f"record {expected} is missing: after {head.sequence} comes {found}")
    if found < expected:
        return Problem(Finding.DISORDERED, found, f"record {found} stands after record {head.sequence}")
    if entry.digest != digest(head.digest, found, entry.body):
        says = f"record {found} is not what was written, or does not follow the record before it"
        return Problem(Finding.EDITED, found, says)
    return _problem_inside(entry)


def _problem_inside(entry: Entry) -> Problem | None:
    try:
        read_body(entry.body)
    except MalformedBody:
        return Problem(Finding.MALFORMED, entry.sequence, f"record {entry.sequence} is not an event")
    return None


def _problem_with(kept: Head | None, entry: Entry) -> Problem | None:
    if kept is None or entry.sequence != kept.sequence or entry.digest == kept.digest:
        return None
    says = f"record {entry.sequence} has another digest than the one kept: the log was written anew"
    return Problem(Finding.REPLACED, entry.sequence, says)


def _problem_at_end(head: Head, kept: Head | None) -> Problem | None:
    if kept is None or head.sequence >= kept.sequence:
        return None
    says = f"the log ends with record {head.sequence}, but it had {kept.sequence}: its end was cut off"
    return Problem(Finding.CUT, head.sequence + 1, says)


def _damage(reader: EventReader) -> str | None:
    try:
        return reader.damage()
    except LogDamaged as error:
        return str(error)
