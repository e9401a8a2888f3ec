"""What officers are told of the policy's life, as JSON documents."""

from collections.abc import Callable, Sequence
from typing import Any

from policy.bundle import BundleFile
from policy.decision import Reason
from policy.errors import Problem
from policy.life.history import Enforced, Proposal
from policy.life.officers import FileChange
from policy.life.step import Step
from policy.lint import owner_of
from policy.replay.comparison import Comparison, Sample
from policy.rule import read_rules
from proxy.policies.versions import Versions

NoteOf = Callable[[Step], str]
"""What officers said of a step, as far as whoever reads it is to know."""


def status(versions: Versions, note_of: NoteOf) -> dict[str, Any]:
    """What is in force, what comes next, what waits for a second officer, and every version there was."""
    history, now = versions.history, versions.now()
    scheduled = history.scheduled(now)
    return {
        "now": now,
        "in_force": _enforced(history.in_force(now)),
        "scheduled": proposal(scheduled, now, note_of) if scheduled else None,
        "proposals": [proposal(one, now, note_of) for one in history.open_proposals()],
        "versions": history.versions(),
    }


def step(one: Step, note_of: NoteOf) -> dict[str, Any]:
    return {
        "step": one.number,
        "kind": one.kind.value,
        "officer": one.officer,
        "at": one.at,
        "version": one.version,
        "base": one.base,
        "proposal": one.proposal or None,
        "effective": one.effective or None,
        "note": note_of(one),
    }


def proposal(one: Proposal, now: int, note_of: NoteOf) -> dict[str, Any]:
    """A proposal and what has become of it."""
    return {
        "proposal": one.number,
        "version": one.step.version,
        "base": one.step.base,
        "author": one.step.officer,
        "at": one.step.at,
        "note": note_of(one.step),
        "state": _state(one, now),
        "approved_by": one.approved.officer if one.approved else None,
        "effective": one.takes_effect if one.approved else one.step.effective or None,
    }


def version(known_as: str, files: Sequence[BundleFile]) -> dict[str, Any]:
    """The files of a version, and its rules as sentences."""
    return {"version": known_as, "files": {file.path: file.text for file in files}, "rules": _rules(files)}


def problem(one: Problem) -> dict[str, str]:
    return {"where": one.where, "what": one.what}


def change(one: FileChange) -> dict[str, Any]:
    return {"path": one.path, "owner": owner_of(one.path), "before": one.before, "after": one.after}


def comparison(found: Comparison, holes: int) -> dict[str, Any]:
    """What would change, in all, by role and institution, and in some cases; `holes` are decisions not known of."""
    return {
        "decisions": found.decisions,
        "holes": holes,
        "changed": found.changed,
        "totals": [
            {"direction": direction.value, "capability": capability.value, "count": count}
            for (direction, capability), count in sorted(found.totals.items())
        ],
        "groups": [
            {
                "direction": group.direction.value,
                "capability": group.capability.value,
                "role": group.role,
                "institution": group.institution,
                "count": count,
            }
            for group, count in sorted(found.groups.items(), key=lambda one: (-one[1], one[0]))
        ],
        "samples": [_sample(one) for one in found.samples],
    }


def _enforced(one: Enforced) -> dict[str, Any]:
    return {
        "version": one.version,
        "since": one.since or None,
        "step": one.step.number if one.step else None,
        "by_one_person": one.by_one_person,
    }


def _state(one: Proposal, now: int) -> str:
    if one.withdrawn is not None:
        return "withdrawn"
    if one.approved is None:
        return "open"
    if one.takes_effect is None:
        return "overtaken"
    return "scheduled" if one.takes_effect > now else "taken"


def _rules(files: Sequence[BundleFile]) -> list[dict[str, Any]]:
    return [
        {
            "id": rule.id,
            "owner": rule.owner,
            "effect": rule.effect.value,
            "says": rule.says,
            "user_says": rule.user_says,
            "basis": rule.basis,
            "breakable": rule.breakable,
            "file": file.path,
        }
        for file in files
        if file.path.endswith(".cedar")
        for rule in read_rules(file.text, file.path)
    ]


def _sample(one: Sample) -> dict[str, Any]:
    request = one.past.request
    return {
        "event": one.past.event,
        "at": one.past.at,
        "subject": request.subject.id,
        "roles": sorted(request.subject.roles),
        "purpose": request.circumstances.purpose.value,
        "institution": request.study.institution,
        "study": request.study.id.partition("@")[0],
        "direction": one.direction.value,
        "capability": one.capability.value,
        "before": [_reason(reason) for reason in one.before],
        "after": [_reason(reason) for reason in one.after],
    }


def _reason(reason: Reason) -> dict[str, str]:
    return {"rule": reason.rule, "says": reason.says}
