"""What an officer wants to be done with the policy, before it is a step: made at the console or at the command line."""

from collections.abc import Sequence
from dataclasses import dataclass

from policy.bundle import BundleFile, hash_of
from policy.life.admission import StepRefused
from policy.life.history import History
from policy.life.step import LONGEST_NOTE, Step, StepKind


@dataclass(frozen=True, slots=True)
class Propose:
    """A version to come into force, not before `effective` (Unix seconds) where that is not 0."""

    files: Sequence[BundleFile]
    note: str = ""
    effective: int = 0


@dataclass(frozen=True, slots=True)
class Approve:
    """A proposal, to come into force at `effective`; 0 for as soon as it was proposed for."""

    proposal: int
    effective: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Withdraw:
    proposal: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class RollBack:
    version: str
    note: str


Intent = Propose | Approve | Withdraw | RollBack


def to_step(intent: Intent, history: History, officer: str, now: int) -> Step:
    """The step after `history` that `officer` takes by `intent`; whether it may be taken is not asked here.

    Raises `StepRefused` for what cannot be a step at all.
    """
    number, previous = history.next_number, history.digest
    if len(intent.note) > LONGEST_NOTE:
        raise StepRefused(f"a note has at most {LONGEST_NOTE} characters")
    match intent:
        case Propose(files, note, effective):
            kind, version, base, proposal = StepKind.PROPOSED, hash_of(files), history.in_force(now).version, 0
        case Approve(proposal, effective, note):
            named = _version_of(history, proposal)
            kind, version, base = StepKind.APPROVED, named.version, named.base
            effective = max(effective, named.effective, now)
        case Withdraw(proposal, note):
            named, effective = _version_of(history, proposal), 0
            kind, version, base = StepKind.WITHDRAWN, named.version, named.base
        case RollBack(version, note):
            kind, base, proposal, effective = StepKind.ROLLED_BACK, history.in_force(now).version, 0, now
    return Step(
        number=number,
        previous=previous,
        kind=kind,
        officer=officer,
        at=now,
        version=version,
        base=base,
        proposal=proposal,
        effective=effective,
        note=note,
    )


def _version_of(history: History, proposal: int) -> Step:
    found = history.proposals.get(proposal)
    if found is None:
        raise StepRefused("there is no such proposal")
    return found.step
