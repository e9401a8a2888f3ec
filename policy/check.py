"""The checks that a bundle must pass before it comes into force, as text for officers."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from policy.bundle import Bundle, read_bundle
from policy.cases.trial import report, require_sound, try_cases
from policy.errors import InvalidBundle
from policy.rule import Effect, Rule


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found; `valid` bundles may come into force."""

    valid: bool
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)


def check(folder: Path) -> Report:
    """Check the bundle in `folder`: its hash and its rules as sentences, or everything that is wrong with it."""
    try:
        bundle = read_bundle(folder)
        require_sound(bundle)
    except InvalidBundle as invalid:
        return refused(invalid)
    return Report(True, tuple(describe(bundle)))


def try_all(folder: Path) -> Report:
    """Try the decision cases of the bundle in `folder`, and say what became of each."""
    try:
        trials = try_cases(read_bundle(folder))
    except InvalidBundle as invalid:
        return refused(invalid)
    return Report(not trials.failed, tuple(report(trials)))


def describe(bundle: Bundle) -> Iterator[str]:
    """What `bundle` says, owner by owner."""
    yield f"policy {bundle.hash}"
    for owner, rules in groupby(sorted(bundle.rules, key=lambda rule: (rule.owner, rule.id)), lambda rule: rule.owner):
        yield ""
        yield owner
        for rule in rules:
            yield from _describe_rule(rule)
    files = {rule.path for rule in bundle.rules}
    yield ""
    yield f"valid: {len(bundle.rules)} rules in {len(files)} files, {len(bundle.cases)} cases passed"


def refused(invalid: InvalidBundle) -> Report:
    """Everything that is wrong with a bundle."""
    count = len(invalid.problems)
    summary = f"refused: {count} problem{'' if count == 1 else 's'}"
    return Report(False, (*map(str, invalid.problems), summary))


def _describe_rule(rule: Rule) -> Iterator[str]:
    verb = {Effect.PERMIT: "permits", Effect.FORBID: "forbids"}[rule.effect]
    yield f"  {rule.id} {verb}: {rule.says}"
    yield f"    basis: {rule.basis}"
    if rule.breakable:
        yield "    lifted by a declared emergency"
