"""All capabilities of a request asked about at once: which rules hold, and what follows for each capability.

Cedar answers about one action at a time, and each time reads the circumstances and looks through all rules anew. But a
rule says in its scope to which actions it applies, and its conditions seldom ask for the action again. So each rule is
asked once whether it holds, whatever the action, and counts for the actions to which it applies. A rule whose
conditions do ask is asked once for each action, with the action's name in their place.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
import re
from typing import Any, Final

import cedarpy

from policy.entities import NAMESPACE, to_uid
from policy.request import Capability
from policy.rule import Effect, Rule, to_policy_set

Reach = Mapping[str, frozenset[Capability]]
"""By the id of each rule the capabilities to which it applies."""

_APPLIES = re.compile(r'  action ("?)(\w+)\1(?: in \[[^\]]*\])? (appliesTo \{\n.*?\n  \});', re.DOTALL)
_ANY: Final = {"op": "All"}


@dataclass(frozen=True, slots=True)
class Answer:
    """About one capability, because of the rules that permit it, or of those that forbid it, or of none."""

    permitted: bool
    rules: Sequence[str]


@dataclass(frozen=True, slots=True)
class Together:
    """Rules that can be asked about all capabilities at once.

    `policies` are the rules as permits of any action: of those that permit Cedar names all that hold, when nothing
    forbids. `meant` says for each of them which rule it stands for, and to which capabilities that applies.
    """

    policies: cedarpy.PolicySet
    meant: Mapping[str, tuple[Rule, frozenset[Capability]]]

    def answer(self, capability: Capability, held: Iterable[str]) -> Answer:
        """What follows for `capability` when of `policies` those called `held` hold, and none of them has failed."""
        rules = [rule for rule, reached in map(self.meant.__getitem__, held) if capability in reached]
        forbids = [rule.id for rule in rules if rule.effect is Effect.FORBID]
        return Answer(bool(rules) and not forbids, forbids or [rule.id for rule in rules])


def to_together(rules: Iterable[Rule], reach: Reach) -> Together:
    """Make `rules` ready; one that applies to no capability never counts, and is not asked."""
    written = [(one, rule, reached) for rule in rules for one, reached in _written(rule, reach[rule.id]) if reached]
    return Together(
        to_policy_set(one for one, _, _ in written), {one.id: (rule, reached) for one, rule, reached in written}
    )


def read_reach(rules: Iterable[Rule], schema: cedarpy.Schema) -> Reach:
    """To which capabilities each of `rules` applies. It is for Cedar to say, as actions may be in groups of others."""
    scopes = {rule.id: _permit(rule, rule.id, principal=_ANY, resource=_ANY, conditions=[]) for rule in rules}
    asked = {"principal": to_uid("User", ""), "resource": to_uid("Study", ""), "context": {}}
    results = cedarpy.is_authorized_batch(
        [{**asked, "action": to_uid("Action", capability)} for capability in Capability],
        to_policy_set(scopes.values()),
        cedarpy.Entities.from_json_str("[]", schema=schema),
    )
    applying = {one: frozenset(result.diagnostics.reasons) for one, result in zip(Capability, results, strict=True)}
    return {name: frozenset(one for one, names in applying.items() if name in names) for name in scopes}


def are_alike(schema: cedarpy.Schema) -> bool:
    """Whether all capabilities apply to the same, so that a request which fits one of them fits all."""
    printed = str(schema)
    found = [(name, what) for _, name, what in _APPLIES.findall(printed) if name in set(Capability)]
    alone = printed.count("namespace ") == 1 and f"namespace {NAMESPACE} {{" in printed
    return alone and len(found) == len(Capability) and len({what for _, what in found}) == 1


def _written(rule: Rule, reached: frozenset[Capability]) -> Iterator[tuple[Rule, frozenset[Capability]]]:
    """`rule` for any action; or for each capability, where its conditions ask for the action."""
    conditions = rule.body["conditions"]
    if _about(conditions, Capability.VIEW) == conditions:
        yield _permit(rule, rule.id, action=_ANY), reached
        return
    for one in reached:
        about = _about(conditions, one)
        yield _permit(rule, f"{rule.id} {one}", action=_ANY, conditions=about), frozenset({one})


def _permit(rule: Rule, name: str, **changes: Any) -> Rule:
    """`rule` as a permit that is called `name`, with `changes` to its Cedar JSON form."""
    body = {**rule.body, "effect": Effect.PERMIT.value, "annotations": {}, **changes}
    return replace(rule, effect=Effect.PERMIT, annotations={"id": name}, body=body)


def _about(condition: Any, capability: Capability) -> Any:
    """`condition`, in Cedar's JSON form, with the action that is asked about written out."""
    if condition == {"Var": "action"}:
        return {"Value": {"__entity": to_uid("Action", capability.value)}}
    if isinstance(condition, dict):
        return {name: _about(inner, capability) for name, inner in condition.items()}
    return [_about(inner, capability) for inner in condition] if isinstance(condition, list) else condition
