"""What Cedar's type checker finds in a rule, comparisons that can never hold included."""

from collections.abc import Iterator
import json
from typing import Any

import cedarpy

from policy.errors import Problem
from policy.rule import Rule

_NAME = "policy0"


def validate(rule: Rule, schema: cedarpy.Schema) -> Iterator[Problem]:
    """Everything in `rule` that does not fit `schema`.

    Cedar lets two things of different kinds be compared and finds them unequal, so a forbid that asks a consent whether
    it is a network would never forbid. It does not let a set of one kind be asked for the other; the rule is therefore
    checked with every `a == b` written as `[a].contains(b)`, which means the same.
    """
    body = {**rule.body, "annotations": {}, "conditions": _strict(rule.body["conditions"])}
    document = {"staticPolicies": {_NAME: body}, "templates": {}, "templateLinks": []}
    text = cedarpy.policies_from_json_str(json.dumps(document))
    for error in cedarpy.validate_policies(text, schema).errors:
        what = error.error.replace(f"for policy `{error.policy_id}`", "").lstrip(":, ")
        yield Problem(f"{rule.path} `{rule.id}`", what)


def _strict(condition: Any) -> Any:
    """`condition`, in Cedar's JSON form, with its comparisons written so that both sides must be of one kind."""
    if isinstance(condition, list):
        return [_strict(inner) for inner in condition]
    if not isinstance(condition, dict) or "Value" in condition:
        return condition
    written = {name: _strict(inner) for name, inner in condition.items()}
    match written:
        case {"==": {"left": left, "right": right}}:
            return _contains(left, right)
        case {"!=": {"left": left, "right": right}}:
            return {"!": {"arg": _contains(left, right)}}
        case _:
            return written


def _contains(left: Any, right: Any) -> dict[str, Any]:
    return {"contains": {"left": {"Set": [left]}, "right": right}}
