"""Rules as forms, where a form says all that the rule does.

A rule is read by trying what a form could have written, and believed only if writing the form again gives the same
rule: whatever a form cannot say leaves the rule to be shown as Cedar.
"""

from collections.abc import Iterator, Mapping
import json
from typing import Any, Final

import cedarpy

from policy.capabilities import read_parameters
from policy.entities import NAMESPACE
from policy.forms.facts import FACTS, Fact, Kind
from policy.forms.form import Comparison, Condition, Form
from policy.forms.writing import to_cedar
from policy.request import Capability
from policy.rule import Rule, read_rules

_Node = Mapping[str, Any]

_BOTH: Final = {"==": Comparison.IS, "!=": Comparison.IS_NOT}
_LIMITS: Final = {">=": Comparison.AT_LEAST, "<": Comparison.BELOW}


def to_form(rule: Rule) -> Form | None:
    """`rule` as a form; None for one that says more, or other things, than a form can."""
    try:
        form = _guess(rule)
        (written,) = read_rules(to_cedar(form, rule.owner), rule.path)
    except (ValueError, KeyError, TypeError):
        return None
    same = _plain(written.body) == _plain(rule.body) and written.annotations == _stated(rule)
    return form if same else None


def _stated(rule: Rule) -> Mapping[str, str]:
    """The annotations, without one that says what is so anyway."""
    return {name: text for name, text in rule.annotations.items() if (name, text) != ("breakable", "no")}


def _guess(rule: Rule) -> Form:
    body = rule.body
    roles = _roles_of_scope(body["principal"])
    when, unless = _clauses(body["conditions"])
    conditions: list[Condition] = []
    for atom in _parts(when, "&&"):
        several = _roles_of_condition(atom)
        if several and not roles:
            roles = several
        else:
            conditions.append(_condition(atom))
    return Form(
        id=rule.id,
        effect=rule.effect,
        says=rule.says,
        user_says=rule.user_says,
        basis=rule.basis,
        institution=_institution(body["resource"]),
        roles=roles,
        capabilities=_capabilities(body["action"]),
        when=tuple(conditions),
        unless=tuple(_condition(atom) for atom in _parts(unless, "||")),
        parameters=dict(read_parameters(rule.annotations.get("obligation", ""))),
    )


def _clauses(conditions: list[_Node]) -> tuple[_Node | None, _Node | None]:
    """What `when` and `unless` say. Raises `ValueError` when one stands more than once."""
    told = {clause["kind"]: clause["body"] for clause in conditions}
    if len(told) != len(conditions):
        raise ValueError("a clause stands twice")
    return told.get("when"), told.get("unless")


def _roles_of_scope(principal: _Node) -> tuple[str, ...]:
    return (principal["entity"]["id"],) if principal["op"] == "in" else ()


def _roles_of_condition(atom: _Node) -> tuple[str, ...]:
    """The roles of `principal in A || principal in B`; none for anything else."""
    named = []
    for part in _parts(atom, "||"):
        if set(part) != {"in"} or part["in"]["left"] != {"Var": "principal"}:
            return ()
        named.append(_value(part["in"]["right"]))
    return tuple(named)


def _capabilities(action: _Node) -> tuple[Capability, ...]:
    named = [action["entity"]] if "entity" in action else action.get("entities", [])
    return tuple(Capability(one["id"]) for one in named)


def _institution(resource: _Node) -> str:
    within = resource.get("in", resource)
    return str(within["entity"]["id"]) if "entity" in within else ""


def _parts(node: _Node | None, joint: str) -> list[_Node]:
    """The conditions that `joint` joins, a fact that is itself written with it being one of them."""
    if node is None:
        return []
    flat = list(_flat(node, joint))
    parts: list[_Node] = []
    while flat:
        length = _length(flat) if joint == "&&" else 1
        parts.append(_joined(flat[:length]))
        flat = flat[length:]
    return parts


def _length(flat: list[_Node]) -> int:
    """How many of the first of `flat` make one condition."""
    if flat[0] in _PRESENT:
        return 2
    return next((len(own) for own in _COMPOUND if flat[: len(own)] == own), 1)


def _flat(node: _Node, joint: str) -> Iterator[_Node]:
    if set(node) == {joint}:
        yield from _flat(node[joint]["left"], joint)
        yield from _flat(node[joint]["right"], joint)
    else:
        yield node


def _joined(nodes: list[_Node]) -> _Node:
    joined = nodes[0]
    for node in nodes[1:]:
        joined = {"&&": {"left": joined, "right": node}}
    return joined


def _condition(node: _Node) -> Condition:
    """What a form could have written as `node`. Raises `ValueError`."""
    for cedar, fact in _EXPRESSIONS:
        found = _asked(node, fact, cedar)
        if found is not None:
            return found
    raise ValueError("this condition is none of a form's")


def _asked(node: _Node, fact: Fact, cedar: _Node) -> Condition | None:
    refused = node["!"]["arg"] if set(node) == {"!"} else None
    match fact.kind:
        case Kind.ONE | Kind.TEXT:
            return _one(node, refused, fact, cedar)
        case Kind.SOME:
            return _some(node, refused, fact, cedar)
        case Kind.FLAG:
            if node == cedar:
                return Condition(fact=fact.name, how=Comparison.YES)
            return Condition(fact=fact.name, how=Comparison.NO) if refused == cedar else None
        case Kind.NUMBER:
            return _measured(node, fact, cedar)


def _one(node: _Node, refused: _Node | None, fact: Fact, cedar: _Node) -> Condition | None:
    for operator, how in _BOTH.items():
        if operator in node and node[operator]["left"] == cedar:
            return Condition(fact=fact.name, how=how, values=(_value(node[operator]["right"]),))
    listed, how = (node, Comparison.IS) if refused is None else (refused, Comparison.IS_NOT)
    if "contains" in listed and listed["contains"]["right"] == cedar:
        return Condition(fact=fact.name, how=how, values=_values(listed["contains"]["left"]))
    return None


def _some(node: _Node, refused: _Node | None, fact: Fact, cedar: _Node) -> Condition | None:
    asked, how = (node, Comparison.HAS_ANY) if refused is None else (refused, Comparison.HAS_NONE)
    if "containsAny" in asked and asked["containsAny"]["left"] == cedar:
        return Condition(fact=fact.name, how=how, values=_values(asked["containsAny"]["right"]))
    if "contains" in asked and asked["contains"]["left"] == cedar:
        return Condition(fact=fact.name, how=how, values=(_value(asked["contains"]["right"]),))
    return None


def _measured(node: _Node, fact: Fact, cedar: _Node) -> Condition | None:
    limit = node["&&"]["right"] if fact.present and set(node) == {"&&"} else node
    for operator, how in _LIMITS.items():
        if operator in limit and limit[operator]["left"] == cedar:
            return Condition(fact=fact.name, how=how, number=int(limit[operator]["right"]["Value"]))
    return None


def _values(node: _Node) -> tuple[str, ...]:
    return tuple(_value(one) for one in node["Set"])


def _value(node: _Node) -> str:
    value = node["Value"]
    return str(value["__entity"]["id"]) if isinstance(value, Mapping) else value


def _plain(body: _Node) -> _Node:
    """A rule's body without what makes no difference: how conditions are nested, and the kind of what is acted on.

    A study is all that the capabilities are about, so that a rule which names one need not say so.
    """
    resource = dict(body["resource"])
    if resource["op"] == "is" and body["action"]["op"] != "All" and resource["entity_type"] == f"{NAMESPACE}::Study":
        resource = {"op": "in", **resource["in"]} if "in" in resource else {"op": "All"}
    conditions = [(one["kind"], _nested(one["body"])) for one in body["conditions"]]
    return {**body, "annotations": {}, "resource": resource, "conditions": conditions}


def _nested(node: Any) -> Any:
    """With every chain of `&&` and `||` as one list, and one label asked for as a set of one."""
    if isinstance(node, list):
        return [_nested(one) for one in node]
    if not isinstance(node, dict):
        return node
    for joint in ("&&", "||"):
        if set(node) == {joint}:
            return {joint: [_nested(one) for one in _flat(node, joint)]}
    one = node.get("contains", {})
    if one and _attribute(one["left"]) == "labels":
        return {"containsAny": {"left": _nested(one["left"]), "right": {"Set": [_nested(one["right"])]}}}
    return {name: _nested(inner) for name, inner in node.items()}


def _attribute(node: _Node) -> str:
    return str(node.get(".", {}).get("attr", ""))


def _expression(cedar: str) -> _Node:
    text = f"permit (principal, action, resource) when {{ {cedar} }};"
    document = json.loads(cedarpy.policies_to_json_str(text))
    body: _Node = document["staticPolicies"]["policy0"]["conditions"][0]["body"]
    return body


_EXPRESSIONS: Final = tuple((_expression(fact.cedar), fact) for fact in FACTS.values())

_COMPOUND: Final = sorted(
    [list(_flat(cedar, "&&")) for cedar, fact in _EXPRESSIONS if fact.kind is Kind.FLAG and "&&" in cedar],
    key=len,
    reverse=True,
)
"""Facts that are themselves written as several conditions, the longest first."""

_PRESENT: Final = tuple(_expression(fact.present) for fact in FACTS.values() if fact.present)
"""What stands before a fact that may be missing."""
