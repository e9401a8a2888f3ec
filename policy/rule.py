"""One rule of a bundle, with the sentences that its author gave it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
import json
from typing import Any

import cedarpy

from policy.capabilities import Parameter, read_parameters
from policy.decision import Reason
from policy.nesting import TOO_DEEP, is_shallow, require_shallow


class Effect(StrEnum):
    PERMIT = "permit"
    FORBID = "forbid"


@dataclass(frozen=True, slots=True)
class Rule:
    """A permit or forbid. `path` is its file inside the bundle, `body` its Cedar JSON form (conditions, scope)."""

    effect: Effect
    annotations: Mapping[str, str]
    path: str
    body: Mapping[str, Any] = field(repr=False)

    @property
    def id(self) -> str:
        return self.annotations.get("id", "")

    @property
    def owner(self) -> str:
        """`hie`, or `institution:` and the institution's id."""
        return self.annotations.get("owner", "")

    @property
    def institution(self) -> str | None:
        """The institution that made the rule; None for the exchange itself."""
        kind, _, name = self.owner.partition(":")
        return name if kind == "institution" else None

    @property
    def institutions(self) -> frozenset[str]:
        """The institutions that the rule names in its scope or its conditions."""
        return frozenset(_institutions(self.body))

    @property
    def says(self) -> str:
        return self.annotations.get("says", "")

    @property
    def user_says(self) -> str:
        return self.annotations.get("user_says", "")

    @property
    def basis(self) -> str:
        """The law or the agreement that the rule rests on."""
        return self.annotations.get("basis", "")

    @property
    def breakable(self) -> bool:
        """Whether a declared emergency lifts the rule."""
        return self.annotations.get("breakable") == "yes"

    @property
    def parameters(self) -> dict[Parameter, int]:
        """The numbers that `@obligation` sets. Raises `ValueError` when it cannot be carried out."""
        return read_parameters(self.annotations.get("obligation", ""))

    @property
    def reason(self) -> Reason:
        return Reason(self.id, self.says, self.user_says)


def _institutions(body: Any) -> Iterator[str]:
    """The names of institutions anywhere in a rule's Cedar JSON form."""
    if isinstance(body, dict):
        if body.get("type") == "HIE::Institution" and isinstance(body.get("id"), str):
            yield body["id"]
        for inner in body.values():
            yield from _institutions(inner)
    elif isinstance(body, list):
        for inner in body:
            yield from _institutions(inner)


def read_rules(text: str, path: str) -> list[Rule]:
    """The rules of one Cedar file, in their order. Raises `ValueError` when it is none that can be used."""
    require_shallow(text)
    try:
        document = json.loads(cedarpy.policies_to_json_str(text))
    except RecursionError:
        raise ValueError(f"a rule {TOO_DEEP}") from None
    if document["templates"]:
        raise ValueError("a rule with a `?` slot is a template; write the rule out")
    policies: dict[str, dict[str, Any]] = document["staticPolicies"]
    if not all(map(is_shallow, policies.values())):
        raise ValueError(f"a rule {TOO_DEEP}")
    return [to_rule(policies[f"policy{number}"], path) for number in range(len(policies))]


def to_policy_set(rules: Iterable[Rule]) -> cedarpy.PolicySet:
    """Rules under their own ids, parsed once, so that Cedar names them as officers do."""
    policies = {rule.id: rule.body for rule in rules}
    document = {"staticPolicies": policies, "templates": {}, "templateLinks": []}
    return cedarpy.PolicySet.from_json_str(json.dumps(document))


def to_rule(body: dict[str, Any], path: str) -> Rule:
    annotations = {name: value or "" for name, value in body.get("annotations", {}).items()}
    return Rule(Effect(body["effect"]), annotations, path, body)
