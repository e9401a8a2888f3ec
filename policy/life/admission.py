"""Whether a step may be taken: by whom, on what, and when. A policy changes by two people, or back by one. Pure."""

from collections.abc import Callable, Sequence
from typing import Final

from policy.bundle import BundleFile
from policy.errors import PolicyError
from policy.life.history import Enforced, History, Proposal
from policy.life.officers import Officer, changes, owners_of
from policy.life.step import Step, StepKind

FilesOf = Callable[[str], Sequence[BundleFile]]

LATEST_SECONDS: Final = 366 * 86_400
"""How far ahead a change may be set: what was meant longer ago than a year is looked at again."""

SKEW_SECONDS: Final = 300
"""By how much the clock of whoever signed may differ from that of the service, where that changes no effect."""


class StepRefused(PolicyError):
    """The step may not be taken; the message says why, for the officer who tried."""


def require_admissible(history: History, step: Step, officer: Officer, files_of: FilesOf, now: int) -> None:
    """Raises `StepRefused` unless `officer` may take `step` after `history` at `now` (Unix seconds).

    `files_of` gives the files of a version by its hash.
    """
    if (step.number, step.previous) != (history.next_number, history.digest):
        raise StepRefused("something else has happened to the policy meanwhile: look at it again")
    if abs(step.at - now) > SKEW_SECONDS:
        raise StepRefused("the step is dated too far from now")
    if step.officer != officer.subject:
        raise StepRefused("the step is in somebody else's name")
    match step.kind:
        case StepKind.PROPOSED:
            _require_proposable(history, step, officer, files_of, now)
        case StepKind.APPROVED:
            _require_approvable(history, step, officer, files_of, now)
        case StepKind.WITHDRAWN:
            _require_withdrawable(history, step, officer, files_of, now)
        case StepKind.ROLLED_BACK:
            _require_returnable(history, step, officer, files_of, now)


def _require_proposable(history: History, step: Step, officer: Officer, files_of: FilesOf, now: int) -> None:
    _require_base(history, step.base, now)
    if step.version == step.base:
        raise StepRefused("it is what is in force already")
    if step.effective > now + LATEST_SECONDS:
        raise StepRefused("it would come into force more than a year from now")
    _require_scope(officer, step.base, step.version, files_of)


def _require_approvable(history: History, step: Step, officer: Officer, files_of: FilesOf, now: int) -> None:
    proposal = _named(history, step)
    if not proposal.is_open:
        raise StepRefused("the proposal is no longer open")
    if officer.subject == proposal.step.officer:
        raise StepRefused("whoever proposes a change cannot approve it: it takes two people")
    _require_base(history, proposal.step.base, now)
    if history.scheduled(now) is not None:
        raise StepRefused("another change is approved and not yet in force: withdraw it, or wait for it")
    if step.effective < max(now - SKEW_SECONDS, proposal.step.effective):
        raise StepRefused("it cannot come into force earlier than proposed, or in the past")
    _require_later(step, history.in_force(now))
    if step.effective > now + LATEST_SECONDS:
        raise StepRefused("it would come into force more than a year from now")
    _require_scope(officer, proposal.step.base, proposal.step.version, files_of)


def _require_withdrawable(history: History, step: Step, officer: Officer, files_of: FilesOf, now: int) -> None:
    proposal = _named(history, step)
    effective = proposal.takes_effect
    if not (proposal.is_open or (effective is not None and effective > now)):
        raise StepRefused("only what is not yet in force can be withdrawn; roll back instead")
    if officer.subject != proposal.step.officer:
        _require_scope(officer, proposal.step.base, proposal.step.version, files_of)


def _require_returnable(history: History, step: Step, officer: Officer, files_of: FilesOf, now: int) -> None:
    current = history.in_force(now)
    if step.version == current.version:
        raise StepRefused("it is what is in force already")
    if not history.has_been_in_force(step.version, now):
        raise StepRefused("only a version that has been in force can be rolled back to")
    if not step.note.strip():
        raise StepRefused("rolling back needs a reason: one person does it alone")
    _require_later(step, current)
    if not now - SKEW_SECONDS <= step.effective <= now:
        raise StepRefused("rolling back takes effect at once")
    _require_scope(officer, current.version, step.version, files_of)


def _named(history: History, step: Step) -> Proposal:
    proposal = history.proposals.get(step.proposal)
    if proposal is None or proposal.step.version != step.version:
        raise StepRefused("there is no such proposal")
    return proposal


def _require_base(history: History, base: str, now: int) -> None:
    if base != history.in_force(now).version:
        raise StepRefused("it was made on a version that is no longer in force: make the change on the one that is")


def _require_later(step: Step, current: Enforced) -> None:
    """What begins before `current` did would never be in force, whatever its officer was told."""
    if step.effective < current.since:
        raise StepRefused("it would begin before what it replaces did: the clock of whoever signed may be behind")


def _require_scope(officer: Officer, before: str, after: str, files_of: FilesOf) -> None:
    if not officer.may_change(owners_of(changes(files_of(before), files_of(after)))):
        raise StepRefused("an institution's officer may change the rules of that institution only")
