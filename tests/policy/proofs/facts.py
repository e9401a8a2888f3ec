"""A request's facts as equations for the solver, so that its answer about it can be compared with Cedar's."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import z3

from policy.entities import to_entities, to_queries
from policy.proofs.schema import Attribute
from policy.proofs.translation import permits
from policy.proofs.world import Group, Term, World
from policy.request import AccessRequest, Capability
from policy.rule import Rule


def permitted(world: World, rules: list[Rule], request: AccessRequest, roles: frozenset[str]) -> bool:
    """What `rules` as formulas say of `request`; both it and its contrary are asked, and one must be impossible."""
    formula = permits(world, rules)
    stated = list(equations(world, request, roles))
    outcomes = []
    for asked in (formula, z3.Not(formula)):
        solver = z3.Solver(ctx=world.solver_context)
        solver.add(*stated, asked)
        outcomes.append(solver.check() == z3.sat)
    assert outcomes in ([True, False], [False, True])
    return outcomes[0]


def equations(world: World, request: AccessRequest, roles: frozenset[str]) -> Iterator[Any]:
    entities = to_entities(request, roles)
    (query,) = to_queries(request, [Capability(world.action.name)])
    known = [_term(world, entity["uid"]) for entity in entities]
    yield world.principal.value == _term(world, query["principal"]).value
    yield world.resource.value == _term(world, query["resource"]).value
    for entity in entities:
        term = _term(world, entity["uid"])
        kind = world.schema.kinds[term.kind]
        yield from _attributes(world, term, kind.attributes, entity["attrs"], known)
        parents = {(_plain(parent["type"]), parent["id"]) for parent in entity["parents"]}
        for parent in kind.parents:
            for one in world.values(parent) if world.is_enumerated(parent) else _of(known, parent):
                yield world.is_in(term, one) == ((parent, one.path) in parents)
    yield from _attributes(world, world.context, world.action.context, query["context"], known)


def _attributes(
    world: World, term: Term, attributes: Mapping[str, Attribute], stated: Mapping[str, Any], known: list[Term]
) -> Iterator[Any]:
    for name, attribute in attributes.items():
        if attribute.optional:
            yield world.has(term, name) == (name in stated)
        if name in stated:
            yield from _equal(world, world.get(term, name), stated[name], known)


def _equal(world: World, value: Term | Group, stated: Any, known: list[Term]) -> Iterator[Any]:
    if isinstance(value, Group):
        held = {(_plain(one["__entity"]["type"]), one["__entity"]["id"]) for one in stated}
        members = world.values(value.kind) if world.is_enumerated(value.kind) else _of(known, value.kind)
        for member in members:
            yield value.has(member) == ((member.kind, member.path) in held)
        return
    match stated:
        case {"__entity": uid}:
            yield value.value == _term(world, uid).value
        case {"__extn": {"arg": text}}:
            yield value.value == int(datetime.fromisoformat(text).timestamp() * 1000)
        case _:
            yield value.value == stated


def _term(world: World, uid: Mapping[str, str]) -> Term:
    return world.entity(_plain(uid["type"]), uid["id"])


def _of(known: list[Term], kind: str) -> list[Term]:
    return [term for term in known if term.kind == kind]


def _plain(kind: str) -> str:
    return kind.removeprefix("HIE::")
