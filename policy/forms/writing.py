"""A form as Cedar, laid out as the rules that come with the service are."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from policy.entities import NAMESPACE
from policy.forms.facts import EMERGENCIES, FACTS, Fact, Kind
from policy.forms.form import Comparison, Condition, Form
from policy.rule import Effect

_WIDTH: Final = 118
_ON_A_LINE: Final = 3


def to_cedar(form: Form, owner: str) -> str:
    """The rule as text, with `owner` (`hie`, or `institution:` and an id) as its place in the bundle demands."""
    lines = [f"@{name}({to_string(text)})" for name, text in _annotations(form, owner)]
    lines += [f"{form.effect} {_scope(form)}"]
    lines += _clause("when", " &&", [*_roles(form.roles), *map(_condition, form.when)])
    lines += _clause("unless", " ||", map(_condition, form.unless))
    return "\n".join(lines) + ";\n"


def to_string(text: str) -> str:
    """`text` as a string of Cedar."""
    return '"' + "".join(map(_character, text)) + '"'


def to_entity(kind: str, name: str) -> str:
    return f"{NAMESPACE}::{kind}::{to_string(name)}"


def _character(one: str) -> str:
    if one in {'"', "\\"}:
        return f"\\{one}"
    return one if one.isprintable() else f"\\u{{{ord(one):x}}}"


def _annotations(form: Form, owner: str) -> Iterator[tuple[str, str]]:
    yield "id", form.id
    yield "owner", owner
    yield "basis", form.basis
    if form.effect is Effect.FORBID and any(one.fact in EMERGENCIES for one in (*form.when, *form.unless)):
        yield "breakable", "yes"
    if form.parameters:
        yield "obligation", ";".join(f"{name}={value}" for name, value in sorted(form.parameters.items()))
    yield "says", form.says
    yield "user_says", form.user_says


def _scope(form: Form) -> str:
    role = f"principal in {to_entity('Role', form.roles[0])}" if len(form.roles) == 1 else "principal"
    where = f" in {to_entity('Institution', form.institution)}" if form.institution else ""
    parts = [role, _actions(form), f"resource is {NAMESPACE}::Study{where}"]
    line = f"({', '.join(parts)})"
    fits = len(line) + len(form.effect) < _WIDTH and "\n" not in line
    return line if fits else "(\n  " + ",\n  ".join(parts) + "\n)"


def _actions(form: Form) -> str:
    names = [to_entity("Action", one) for one in form.capabilities]
    match names:
        case []:
            return "action"
        case [one]:
            return f"action == {one}"
        case _:
            return f"action in {_wrapped(names)}"


def _roles(roles: Sequence[str]) -> list[str]:
    """Several roles are a condition: the scope of a rule names one at most."""
    if len(roles) < 2:
        return []
    return [_alone(" || ".join(f"principal in {to_entity('Role', role)}" for role in roles))]


def _clause(word: str, joint: str, told: Iterable[str]) -> list[str]:
    conditions = list(told)
    if not conditions:
        return []
    if len(conditions) == 1:
        return [f"{word} {{ {_bare(conditions[0])} }}"]
    return [f"{word} {{", f"{joint}\n".join(f"  {one}" for one in conditions), "}"]


def _condition(one: Condition) -> str:
    fact = FACTS[one.fact]
    match fact.kind:
        case Kind.ONE:
            return _equal(fact.cedar, one.how, [to_entity(fact.entity, value) for value in one.values])
        case Kind.TEXT:
            return _equal(fact.cedar, one.how, [to_string(value) for value in one.values])
        case Kind.SOME:
            found = f"{fact.cedar}.containsAny({_listed(to_entity(fact.entity, value) for value in one.values)})"
            return found if one.how is Comparison.HAS_ANY else f"!{found}"
        case Kind.FLAG:
            return _alone(fact.cedar) if one.how is Comparison.YES else f"!{_alone(fact.cedar)}"
        case Kind.NUMBER:
            return _measured(fact, f"{'>=' if one.how is Comparison.AT_LEAST else '<'} {one.number}")


def _equal(cedar: str, how: Comparison, values: Sequence[str]) -> str:
    positive = how is Comparison.IS
    if len(values) == 1:
        return f"{cedar} {'==' if positive else '!='} {values[0]}"
    return f"{'' if positive else '!'}{_listed(values)}.contains({cedar})"


def _measured(fact: Fact, limit: str) -> str:
    return _alone(f"{fact.present} && {fact.cedar} {limit}") if fact.present else f"{fact.cedar} {limit}"


def _listed(values: Iterable[str]) -> str:
    return f"[{', '.join(values)}]"


def _wrapped(names: Sequence[str]) -> str:
    """A list of many names on lines of its own."""
    if len(names) <= _ON_A_LINE:
        return _listed(names)
    rows = [", ".join(names[at : at + _ON_A_LINE]) for at in range(0, len(names), _ON_A_LINE)]
    return "[\n    " + ",\n    ".join(rows) + "\n  ]"


def _alone(cedar: str) -> str:
    """In parentheses, where it has parts that would join what stands beside them."""
    return f"({cedar})" if " && " in cedar or " || " in cedar else cedar


def _bare(cedar: str) -> str:
    """Without the parentheses that nothing stands beside."""
    return cedar[1:-1] if cedar.startswith("(") and cedar.endswith(")") and cedar.count("(") == 1 else cedar
