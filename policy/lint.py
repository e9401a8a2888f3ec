"""What Cedar itself does not ask of a rule: an owner, words for people, and institutions that may only narrow."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
import re
from typing import Any, Final

from policy.errors import Problem
from policy.rule import Effect, Rule

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_STATUTORY: Final = {"42 CFR 2.32(a)(2)": "42 CFR part 2 prohibits unauthorized use or disclosure of these records."}
"""Sentences that the law itself words, by where it does."""
_KNOWN = frozenset({"id", "owner", "says", "user_says", "basis", "breakable", "obligation"})


def lint(rules: Sequence[Rule]) -> list[Problem]:
    """Everything that is wrong with `rules`, rule by rule in their order."""
    return [problem for rule in rules for problem in _lint_rule(rule)] + list(_duplicates(rules))


def owner_of(path: str) -> str:
    """The owner that a file's place in the bundle demands; all that is no institution's is the exchange's."""
    folder, _, rest = path.partition("/")
    return f"institution:{rest.partition('/')[0]}" if folder == "institutions" else "hie"


def _lint_rule(rule: Rule) -> Iterator[Problem]:
    where = f"{rule.path} `{rule.id}`"
    for what in (*_identity(rule), *_words(rule), *_emergency(rule), *_scope(rule), *_obligation(rule)):
        yield Problem(where, what)


def _duplicates(rules: Iterable[Rule]) -> Iterator[Problem]:
    for rule_id, count in Counter(rule.id for rule in rules).items():
        if count > 1:
            yield Problem(f"`{rule_id}`", f"{count} rules share this @id")


def _identity(rule: Rule) -> Iterator[str]:
    if not _ID.fullmatch(rule.id):
        yield "needs an @id of lower-case letters, digits and hyphens"
    if rule.owner != owner_of(rule.path):
        yield f'needs @owner("{owner_of(rule.path)}"), as its folder says'
    for name in sorted(set(rule.annotations) - _KNOWN):
        yield f"@{name} is not an annotation that is understood"


def _words(rule: Rule) -> Iterator[str]:
    if not rule.says.strip():
        yield "needs @says, a sentence for officers"
    if not rule.user_says.strip():
        yield "needs @user_says, a sentence for the person who asks"
    if not rule.basis.strip():
        yield "needs @basis, the law or the agreement that it rests on"
    for basis, sentence in _STATUTORY.items():
        if basis in rule.basis and sentence not in rule.user_says:
            yield f"rests on {basis}, which words it for @user_says: {sentence}"


def _emergency(rule: Rule) -> Iterator[str]:
    if rule.annotations.get("breakable", "no") not in {"yes", "no"}:
        yield '@breakable is "yes" or "no"'
    if rule.breakable and rule.effect is Effect.PERMIT:
        yield "@breakable belongs to a forbid"
    if rule.effect is Effect.FORBID and rule.breakable != _reads(rule.body["conditions"], "breakGlass"):
        yield "@breakable and the condition disagree about a declared emergency"


def _scope(rule: Rule) -> Iterator[str]:
    """An institution's rule forbids, and reaches its own studies alone: so its rules need not be asked for others'."""
    if rule.institution is None:
        return
    if rule.effect is not Effect.FORBID:
        yield "an institution may only narrow: its rules forbid"
    resource = rule.body["resource"]
    within = resource.get("in", {}) if resource["op"] == "is" else resource if resource["op"] == "in" else {}
    if within.get("entity") != {"type": "HIE::Institution", "id": rule.institution}:
        yield f'needs `resource in HIE::Institution::"{rule.institution}"`'


def _obligation(rule: Rule) -> Iterator[str]:
    try:
        _ = rule.parameters
    except ValueError as error:
        yield f"@obligation: {error}"


def _reads(condition: Any, attribute: str) -> bool:
    """Whether `condition`, in Cedar's JSON form, reads an attribute of that name from anything."""
    if isinstance(condition, dict):
        return condition.get("attr") == attribute or any(_reads(inner, attribute) for inner in condition.values())
    return isinstance(condition, list) and any(_reads(inner, attribute) for inner in condition)
