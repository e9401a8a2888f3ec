"""Whether the log is as it was written: walks the whole chain and names the first record that is not."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from proxy.audit.canonical import MalformedBody, read_body
from proxy.audit.chain import GENESIS, Entry, Head, digest
from proxy.audit.store import EventReader, LogDamaged


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
    """`head` is the end of what is sound: of the whole log when there is no problem."""

    head: Head
    problem: Problem | None

    @property
    def valid(self) -> bool:
        return self.problem is None


def verify_log(reader: EventReader, kept: Head | None = None) -> Verdict:
    """Verify the chain and then the store underneath. Raises `LogUnreadable` when there is nothing to verify.

    A chain alone cannot show that its last records were cut off, or that all of it was written anew; `kept`, an end of
    this log noted earlier and elsewhere, does.
    """
    verdict = verify_chain(reader.entries(), kept)
    if not verdict.valid:
        return verdict
    damage = _damage(reader)
    return Verdict(verdict.head, Problem(Finding.ALTERED, None, damage)) if damage else verdict


def verify_chain(entries: Iterable[Entry], kept: Head | None = None) -> Verdict:
    """Verify `entries` from the first record on; pure but for what iterating does."""
    head = GENESIS
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
