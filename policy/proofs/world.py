"""All requests that there can be, as unknowns of the solver: kinds of entity, and their attributes as functions.

Attributes belong to entities, so that one entity met on two ways has the same attributes. Only two things are known
beyond the schema, both of which policy/entities.py states of every request: a study is in its custodian and in nothing
else, and what a request refers to is there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
import re
from typing import Any

import z3

from policy.proofs.schema import Action, Attribute, Schema

CONTEXT = "context"
ACTION = "Action"
_FIRST_MOMENT = 946_684_800_000  # 2000-01-01T00:00:00Z, in milliseconds
_LAST_MOMENT = 4_102_444_799_000  # 2099-12-31T23:59:59Z
_SET = re.compile(r"Set<(\w+)>")


class Untranslatable(ValueError):
    """A rule says something that proofs do not know; it is said, never guessed."""


@dataclass(frozen=True, slots=True)
class Term:
    """A value: `kind` is its Cedar type, `path` how a person would call it."""

    kind: str
    value: Any
    path: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A set of values of `kind`: those of a literal (`members`), or those of which `has` holds."""

    kind: str
    has: Callable[[Term], Any]
    members: Sequence[Term] | None = None
    path: str = ""


class World:
    """The unknowns for one action and one kind of principal and resource. `read` is what rules have looked at."""

    def __init__(self, schema: Schema, action: Action, principal: str, resource: str) -> None:
        self.schema = schema
        self.action = action
        self.solver_context = z3.Context()
        self._sorts: dict[str, Any] = {}
        self._values: dict[str, dict[str, Any]] = {}
        self._names: dict[tuple[str, str], int] = {}
        self.read: dict[str, Term] = {}
        self.principal = Term(principal, self._constant("principal", principal), "principal")
        self.resource = Term(resource, self._constant("resource", resource), "resource")
        self.context = Term(CONTEXT, None, CONTEXT)

    def entity(self, kind: str, name: str) -> Term:
        """The entity of that name. Raises `Untranslatable` for a value that an enumerated kind has not."""
        self.sort(kind)
        if self.is_enumerated(kind):
            if name not in self._values[kind]:
                raise Untranslatable(f"`{kind}` has no value `{name}`")
            return Term(kind, self._values[kind][name], name)
        number = self._names.setdefault((kind, name), len(self._names))
        return Term(kind, z3.IntVal(number, self.solver_context), name)

    def name_of(self, kind: str, number: int) -> str:
        """The name of an entity of an open kind: the one that a rule gave it, or one of our own."""
        known = {value: name for (of, name), value in self._names.items() if of == kind}
        return known.get(number, f"{kind.lower()} {number}")

    def is_named(self, kind: str, name: str) -> bool:
        """Whether the schema or a rule gives an entity this name."""
        return self.is_enumerated(kind) or (kind, name) in self._names

    def values(self, kind: str) -> list[Term]:
        self.sort(kind)
        return [Term(kind, value, name) for name, value in self._values[kind].items()]

    def is_enumerated(self, kind: str) -> bool:
        return kind in self.schema.kinds and bool(self.schema.kinds[kind].values)

    def sort(self, kind: str) -> Any:
        if kind not in self._sorts:
            self._sorts[kind] = self._make_sort(kind)
        return self._sorts[kind]

    def attribute_of(self, term: Term, name: str) -> Attribute | None:
        known = self.action.context if term.kind == CONTEXT else self._attributes(term.kind)
        return known.get(name)

    def get(self, term: Term, name: str) -> Term | Group:
        """The attribute of `term`, whether or not it is there."""
        attribute = self.attribute_of(term, name)
        if attribute is None:
            raise Untranslatable(f"`{term.path}` has no `{name}`")
        path = f"{term.path}.{name}"
        element = _SET.fullmatch(attribute.kind)
        if element is not None:
            return self._set(term, name, element[1], path)
        return self._note(Term(attribute.kind, self._apply(f"{term.kind}.{name}", term, attribute.kind), path))

    def has(self, term: Term, name: str) -> Any:
        attribute = self.attribute_of(term, name)
        if attribute is None or not attribute.optional:
            return self.truth(value=attribute is not None)
        there = self._apply(f"{term.kind} has {name}", term, "Bool")
        return self._note(Term("Bool", there, f"{term.path} has {name}")).value

    def is_in(self, term: Term, other: Term) -> Any:
        """Whether `term` is `other` or in it."""
        if term.kind == other.kind:
            return term.value == other.value
        parents = self.schema.kinds[term.kind].parents if term.kind in self.schema.kinds else ()
        if any(self.schema.kinds[parent].parents for parent in parents):
            raise Untranslatable("entities in entities that are in others")
        if other.kind not in parents:
            return self.truth(value=False)
        custodian = self.attribute_of(term, "custodian")
        if custodian is not None and custodian.kind == other.kind:
            owner = self._apply(f"{term.kind}.custodian", term, custodian.kind)
            return self._note(Term(custodian.kind, owner, f"{term.path}.custodian")).value == other.value
        domain = self.sort(term.kind), self.sort(other.kind)
        relation = z3.Function(f"{term.kind} in {other.kind}", *domain, self.sort("Bool"))
        return self._note(Term("Bool", relation(term.value, other.value), f"{term.path} in {other.path}")).value

    def bounds(self) -> list[Any]:
        """Moments are of this century and numbers what Cedar's are, so that an example is one that Cedar can read."""
        return [bound for term in self.read.values() for bound in _bounds(term)]

    def truth(self, *, value: bool) -> Any:
        return z3.BoolVal(value, self.solver_context)

    def _set(self, term: Term, name: str, element: str, path: str) -> Group:
        def has(member: Term) -> Any:
            domain = () if term.kind == CONTEXT else (self.sort(term.kind),)
            relation = z3.Function(f"{term.kind}.{name}", *domain, self.sort(element), self.sort("Bool"))
            held = relation(member.value) if term.kind == CONTEXT else relation(term.value, member.value)
            return self._note(Term("Bool", held, f"{path} contains {member.path}")).value

        return Group(element, has, None, path)

    def _apply(self, name: str, term: Term, kind: str) -> Any:
        if term.kind == CONTEXT:
            return self._constant(name, kind)
        return z3.Function(name, self.sort(term.kind), self.sort(kind))(term.value)

    def _note(self, term: Term) -> Term:
        self.read[term.path] = term
        return term

    def _constant(self, name: str, kind: str) -> Any:
        return z3.Const(name, self.sort(kind))

    def _attributes(self, kind: str) -> Any:
        return self.schema.kinds[kind].attributes if kind in self.schema.kinds else {}

    def _make_sort(self, kind: str) -> Any:
        if kind == "Bool":
            return z3.BoolSort(self.solver_context)
        if kind == "String":
            return z3.StringSort(self.solver_context)
        if kind in {"Long", "datetime", ACTION}:
            return z3.IntSort(self.solver_context)
        if kind not in self.schema.kinds:
            raise Untranslatable(f"values of the type `{kind}`")
        if not self.schema.kinds[kind].values:
            return z3.IntSort(self.solver_context)
        names = self.schema.kinds[kind].values
        sort, constants = z3.EnumSort(kind, [f"{kind}.{name}" for name in names], self.solver_context)
        self._values[kind] = dict(zip(names, constants, strict=True))
        return sort


def _bounds(term: Term) -> Sequence[Any]:
    match term.kind:
        case "datetime":
            return (term.value >= _FIRST_MOMENT, term.value <= _LAST_MOMENT, term.value % 1000 == 0)
        case "Long":
            return (term.value >= -(2**63), term.value < 2**63)
        case _:
            return ()
