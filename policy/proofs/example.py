"""An example that the solver found, as entities that Cedar itself is asked about, and as words for officers."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import cedarpy
import z3

from policy.entities import NAMESPACE
from policy.proofs.schema import Attribute
from policy.proofs.words import in_words
from policy.proofs.world import Term, World
from policy.rule import Rule, to_policy_set


class Example:
    """One request, read out of a model of the solver."""

    def __init__(self, world: World, model: Any) -> None:
        self._world = world
        self._model = model
        self._read = sorted(world.read.values(), key=lambda term: term.path)
        self._found: dict[tuple[str, int], Term] = {}
        for term in (world.principal, world.resource):
            self._reach(term)
        for attribute in world.action.context.values():
            self._reach_value(attribute, world.context)

    def words(self) -> tuple[str, ...]:
        """What the rules would find; what is not so, and names that are only ours, are left out."""
        told = ((term.path, self._word(term)) for term in self._read)
        return tuple(in_words(path, word) for path, word in told if word)

    def permitted_by(self, rules: Sequence[Rule], schema: cedarpy.Schema) -> bool | None:
        """What Cedar answers by `rules`; None when one of them fails."""
        query = {
            "principal": self._uid(self._world.principal),
            "action": {"type": f"{NAMESPACE}::Action", "id": self._world.action.name},
            "resource": self._uid(self._world.resource),
            "context": self._attributes(self._world.context, self._world.action.context.values()),
        }
        entities = [self._entity(term) for term in self._found.values()]
        result = cedarpy.is_authorized(query, to_policy_set(rules), entities, schema=schema)
        return None if result.diagnostics.errors else bool(result.allowed)

    def _reach(self, term: Term) -> None:
        """Note `term` and all entities that its attributes refer to."""
        if self._world.is_enumerated(term.kind) or self._key(term) in self._found:
            return
        self._found[self._key(term)] = term
        for attribute in self._world.schema.kinds[term.kind].attributes.values():
            self._reach_value(attribute, term)

    def _reach_value(self, attribute: Attribute, term: Term) -> None:
        if attribute.kind in self._world.schema.kinds:
            value = self._world.get(term, attribute.name)
            if isinstance(value, Term):
                self._reach(value)

    def _entity(self, term: Term) -> dict[str, Any]:
        kind = self._world.schema.kinds[term.kind]
        return {
            "uid": self._uid(term),
            "attrs": self._attributes(term, kind.attributes.values()),
            "parents": [self._uid(one) for parent in kind.parents for one in self._parents(term, parent)],
        }

    def _parents(self, term: Term, kind: str) -> Iterable[Term]:
        return (one for one in self._known(kind) if self._holds(self._world.is_in(term, one)))

    def _known(self, kind: str) -> list[Term]:
        if self._world.is_enumerated(kind):
            return self._world.values(kind)
        return [term for term in self._found.values() if term.kind == kind]

    def _attributes(self, term: Term, attributes: Iterable[Attribute]) -> dict[str, Any]:
        there = [one for one in attributes if not one.optional or self._holds(self._world.has(term, one.name))]
        return {one.name: self._value(term, one.name) for one in there}

    def _value(self, term: Term, name: str) -> Any:
        value = self._world.get(term, name)
        if isinstance(value, Term):
            return self._plain(value)
        return [self._plain(one) for one in self._known(value.kind) if self._holds(value.has(one))]

    def _plain(self, term: Term) -> Any:
        if term.kind in self._world.schema.kinds:
            return {"__entity": self._uid(term)}
        value = self._eval(term.value)
        match term.kind:
            case "Bool":
                return z3.is_true(value)
            case "String":
                return value.as_string()
            case "datetime":
                return {"__extn": {"fn": "datetime", "arg": _moment(value.as_long())}}
            case _:
                return value.as_long()

    def _word(self, term: Term) -> str:
        plain = self._plain(term)
        match term.kind, plain:
            case "Bool", _:
                return "yes" if plain else ""
            case "datetime", _:
                return str(plain["__extn"]["arg"])
            case kind, {"__entity": {"id": name}}:
                return str(name) if self._world.is_named(kind, name) else ""
            case _:
                return str(plain)

    def _uid(self, term: Term) -> dict[str, str]:
        value = self._eval(term.value)
        name = (
            str(value).partition(".")[2]
            if self._world.is_enumerated(term.kind)
            else self._world.name_of(term.kind, value.as_long())
        )
        return {"type": f"{NAMESPACE}::{term.kind}", "id": name}

    def _key(self, term: Term) -> tuple[str, int]:
        return term.kind, self._eval(term.value).as_long()

    def _holds(self, condition: Any) -> bool:
        return bool(z3.is_true(self._eval(condition)))

    def _eval(self, value: Any) -> Any:
        return self._model.eval(value, model_completion=True)


def _moment(milliseconds: int) -> str:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
