"""Rules as formulas of the solver: what Cedar's JSON form says, operator by operator, or a plain refusal."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import z3

from policy.entities import NAMESPACE
from policy.proofs.world import ACTION, Group, Term, Untranslatable, World
from policy.rule import Effect, Rule

_COMPARISONS = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def permits(world: World, rules: Iterable[Rule]) -> Any:
    """Whether `rules` permit the world's action: some rule permits it and none forbids it."""
    permitting: list[Any] = []
    forbidding: list[Any] = []
    for rule in rules:
        (permitting if rule.effect is Effect.PERMIT else forbidding).append(applies(world, rule))
    return z3.And(_any(world, permitting), z3.Not(_any(world, forbidding)))


def applies(world: World, rule: Rule) -> Any:
    """Whether `rule` is about the request. Raises `Untranslatable` naming the rule."""
    try:
        return _applies(world, rule)
    except Untranslatable as error:
        raise Untranslatable(f"`{rule.id}`: {error}") from None


def _applies(world: World, rule: Rule) -> Any:
    if not _concerns(rule.body["action"], world.action.name):
        return world.truth(value=False)
    result = world.truth(value=True)
    for part in (
        partial(_within, world, world.principal, rule.body["principal"]),
        partial(_within, world, world.resource, rule.body["resource"]),
        *(partial(_condition, world, one) for one in rule.body["conditions"]),
    ):
        if z3.is_false(result):
            return result
        result = z3.simplify(z3.And(result, part()))
    return result


def _concerns(scope: Mapping[str, Any], action: str) -> bool:
    match scope:
        case {"op": "All"}:
            return True
        case {"op": "==" | "in", "entity": {"id": name}}:
            return bool(name == action)
        case {"op": "in", "entities": entities}:
            return any(one["id"] == action for one in entities)
        case _:
            raise Untranslatable("the scope of its actions")


def _within(world: World, term: Term, scope: Mapping[str, Any]) -> Any:
    match scope:
        case {"op": "All"}:
            return world.truth(value=True)
        case {"op": "==", "entity": entity}:
            return _equal(world, term, _entity(world, entity))
        case {"op": "in", "entity": entity}:
            return world.is_in(term, _entity(world, entity))
        case {"op": "is", "entity_type": kind, **rest}:
            if term.kind != _plain(kind):
                return world.truth(value=False)
            return world.is_in(term, _entity(world, rest["in"]["entity"])) if "in" in rest else world.truth(value=True)
        case _:
            raise Untranslatable("its scope")


def _condition(world: World, condition: Mapping[str, Any]) -> Any:
    held = _truth(world, condition["body"])
    return held if condition["kind"] == "when" else z3.Not(held)


def _truth(world: World, expression: Any) -> Any:
    match _value(world, expression):
        case Term("Bool", value):
            return value
        case _:
            raise Untranslatable("a condition that is not true or false")


def _value(world: World, expression: Mapping[str, Any]) -> Term | Group:  # noqa: C901, PLR0911, PLR0912 - one case for each operator
    (operator, operands), *more = expression.items()
    if more:
        raise Untranslatable("an expression of another form")
    match operator, operands:
        case "Value", _:
            return _literal(world, operands)
        case "Var", "action":
            return world.entity(ACTION, world.action.name)
        case "Var", name:
            return {"principal": world.principal, "resource": world.resource, "context": world.context}[name]
        case "Set", members:
            return _set(world, members)
        case ".", {"left": left, "attr": name}:
            return world.get(_term(world, left), name)
        case "has", {"left": left, "attr": name}:
            return Term("Bool", world.has(_term(world, left), name))
        case "is", {"left": left, "entity_type": kind, **rest} if "in" not in rest:
            return Term("Bool", world.truth(value=_term(world, left).kind == _plain(kind)))
        case "!", {"arg": inner}:
            return Term("Bool", z3.Not(_truth(world, inner)))
        case "&&", {"left": left, "right": right}:
            return Term("Bool", _both(world, left, right))
        case "||", {"left": left, "right": right}:
            return Term("Bool", _either(world, left, right))
        case "if-then-else", {"if": asked, "then": one, "else": other}:
            return _choice(world, asked, one, other)
        case "==", {"left": left, "right": right}:
            return Term("Bool", _equal(world, _value(world, left), _value(world, right)))
        case "!=", {"left": left, "right": right}:
            return Term("Bool", z3.Not(_equal(world, _value(world, left), _value(world, right))))
        case "in", {"left": left, "right": right}:
            return Term("Bool", _in(world, _term(world, left), _value(world, right)))
        case "contains", {"left": left, "right": right}:
            return Term("Bool", _contains(world, _group(world, left), _term(world, right)))
        case "containsAny", {"left": left, "right": right}:
            return Term("Bool", _contains_any(world, _group(world, left), _group(world, right)))
        case "containsAll", {"left": left, "right": right}:
            return Term("Bool", _contains_all(world, _group(world, left), _group(world, right)))
        case "isEmpty", {"arg": inner}:
            group = _group(world, inner)
            return Term("Bool", z3.Not(_any(world, [group.has(one) for one in _members(world, group)])))
        case "datetime", [{"Value": str(text)}]:
            return Term("datetime", z3.IntVal(_milliseconds(text), world.solver_context))
        case "<" | "<=" | ">" | ">=", {"left": left, "right": right}:
            return Term("Bool", _compare(operator, _term(world, left), _term(world, right)))
        case _:
            raise Untranslatable(f"the operator `{operator}`")


def _literal(world: World, value: Any) -> Term:
    match value:
        case bool():
            return Term("Bool", world.truth(value=value))
        case int():
            return Term("Long", z3.IntVal(value, world.solver_context))
        case str():
            return Term("String", z3.StringVal(value, world.solver_context))
        case {"__entity": entity}:
            return _entity(world, entity)
        case _:
            raise Untranslatable("a value of another form")


def _entity(world: World, entity: Mapping[str, str]) -> Term:
    return world.entity(_plain(entity["type"]), entity["id"])


def _plain(kind: str) -> str:
    return kind.removeprefix(f"{NAMESPACE}::")


def _set(world: World, members: list[Any]) -> Group:
    terms = [_term(world, one) for one in members]
    kinds = {term.kind for term in terms}
    if len(kinds) != 1:
        raise Untranslatable("a set of nothing, or of values of several kinds")
    return Group(kinds.pop(), lambda one: _any(world, [one.value == term.value for term in terms]), terms)


def _both(world: World, left: Any, right: Any) -> Any:
    """The right side counts only where the left one holds: it may be about what is there only then."""
    first = z3.simplify(_truth(world, left))
    return first if z3.is_false(first) else z3.And(first, _truth(world, right))


def _either(world: World, left: Any, right: Any) -> Any:
    first = z3.simplify(_truth(world, left))
    return first if z3.is_true(first) else z3.Or(first, _truth(world, right))


def _choice(world: World, asked: Any, one: Any, other: Any) -> Term:
    condition = z3.simplify(_truth(world, asked))
    if z3.is_true(condition) or z3.is_false(condition):
        return _term(world, one if z3.is_true(condition) else other)
    first, second = _term(world, one), _term(world, other)
    if first.kind != second.kind:
        raise Untranslatable("a choice between values of two kinds")
    return Term(first.kind, z3.If(condition, first.value, second.value))


def _equal(world: World, left: Term | Group, right: Term | Group) -> Any:
    match left, right:
        case Term(), Term():
            return left.value == right.value if left.kind == right.kind else world.truth(value=False)
        case Group(), Group():
            return z3.And(_contains_all(world, left, right), _contains_all(world, right, left))
        case _:
            return world.truth(value=False)


def _in(world: World, term: Term, place: Term | Group) -> Any:
    if isinstance(place, Term):
        return world.is_in(term, place)
    return _any(world, [world.is_in(term, one) for one in _members(world, place)])


def _contains(world: World, group: Group, member: Term) -> Any:
    return group.has(member) if group.kind == member.kind else world.truth(value=False)


def _contains_any(world: World, group: Group, other: Group) -> Any:
    if group.kind != other.kind:
        return world.truth(value=False)
    if other.members is None and group.members is not None:
        group, other = other, group
    return _any(world, [z3.And(group.has(one), other.has(one)) for one in _members(world, other)])


def _contains_all(world: World, group: Group, other: Group) -> Any:
    if group.kind != other.kind:
        raise Untranslatable("sets of two kinds compared")
    held = [z3.Implies(other.has(one), group.has(one)) for one in _members(world, other)]
    return z3.And(*held, world.truth(value=True))


def _members(world: World, group: Group) -> list[Term]:
    """Everything that may be in `group`; where that is without end, it cannot be said."""
    if group.members is not None:
        return list(group.members)
    if not world.is_enumerated(group.kind):
        raise Untranslatable(f"all that `{group.path}` holds")
    return world.values(group.kind)


def _compare(operator: str, left: Term, right: Term) -> Any:
    if left.kind != right.kind or left.kind not in {"Long", "datetime"}:
        raise Untranslatable(f"`{operator}` between values that are not numbers or times")
    return _COMPARISONS[operator](left.value, right.value)


def _term(world: World, expression: Any) -> Term:
    value = _value(world, expression)
    if isinstance(value, Group):
        raise Untranslatable("a set where one value is expected")
    return value


def _group(world: World, expression: Any) -> Group:
    value = _value(world, expression)
    if isinstance(value, Term):
        raise Untranslatable("one value where a set is expected")
    return value


def _any(world: World, alternatives: list[Any]) -> Any:
    return z3.Or(*alternatives, world.truth(value=False))


def _milliseconds(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Untranslatable(f"the moment `{text}`") from None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
