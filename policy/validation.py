"""What Cedar's type checker finds in a rule, comparisons and attributes that can never be there included."""

from collections.abc import Iterator
import json
from typing import Any, Final

import cedarpy

from policy.errors import Problem
from policy.nesting import TOO_DEEP
from policy.rule import Rule

_NAME = "policy0"
_NO_CONDITION: Final = {"Value": "no condition"}
"""A text, which Cedar refuses wherever a condition may come to be asked."""


def validate(rule: Rule, schema: cedarpy.Schema) -> Iterator[Problem]:
    """Everything in `rule` that does not fit `schema`.

    Cedar lets two things of different kinds be compared and finds them unequal, so a forbid that asks a consent whether
    it is a network would never forbid. It does not let a set of one kind be asked for the other; the rule is therefore
    checked with every `a == b` written as `[a].contains(b)`, which means the same.

    Nor does it mind a question for an attribute that nothing has: `resource has agDays` is false to it, and what stands
    behind that is never looked at. Each `has` is therefore checked with something behind it that is refused when it is
    looked at.
    """
    where = f"{rule.path} `{rule.id}`"
    errors = _errors(rule, _strict(rule.body["conditions"]), schema)
    for what in errors:
        yield Problem(where, what)
    if errors:
        return
    for attribute, conditions in _asked(rule.body["conditions"]):
        if not _errors(rule, conditions, schema):
            yield Problem(where, f"`has {attribute}` can never hold: nothing there has such an attribute")


def _errors(rule: Rule, conditions: Any, schema: cedarpy.Schema) -> list[str]:
    """What Cedar says of `rule` under other `conditions`."""
    body = {**rule.body, "annotations": {}, "conditions": conditions}
    document = {"staticPolicies": {_NAME: body}, "templates": {}, "templateLinks": []}
    try:
        text = cedarpy.policies_from_json_str(json.dumps(document))
    except ValueError:
        return [TOO_DEEP]
    return [
        error.error.replace(f"for policy `{error.policy_id}`", "").lstrip(":, ")
        for error in cedarpy.validate_policies(text, schema).errors
    ]


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


def _asked(condition: Any) -> Iterator[tuple[str, Any]]:
    """For each `has` in `condition` its attribute, and `condition` with what is no condition behind that `has`."""
    if isinstance(condition, list):
        for place, inner in enumerate(condition):
            for attribute, written in _asked(inner):
                yield attribute, [*condition[:place], written, *condition[place + 1 :]]
    elif isinstance(condition, dict) and "Value" not in condition:
        if "has" in condition:
            yield condition["has"]["attr"], {"&&": {"left": condition, "right": _NO_CONDITION}}
        for name, inner in condition.items():
            for attribute, written in _asked(inner):
                yield attribute, {**condition, name: written}
