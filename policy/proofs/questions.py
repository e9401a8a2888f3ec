"""What officers ask of a change: can it newly allow, can it newly refuse, does an institution widen, is a rule idle?

An answer of "never" holds for every request that there can be; an example is checked by Cedar itself before it is told.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import cedarpy
import z3

from policy.bundle import Bundle
from policy.proofs.example import Example
from policy.proofs.schema import Schema, UnreadableSchema, read_schema
from policy.proofs.translation import applies, permits
from policy.proofs.world import Untranslatable, World
from policy.rule import Rule

MILLISECONDS: Final = 5000
"""How long the solver may think about one question; it takes a few."""


class Verdict(StrEnum):
    NEVER = "never"
    POSSIBLE = "possible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question about one action. `example` is what the rules would find in a request of that kind.

    `why` says what could not be answered.
    """

    question: str
    action: str
    verdict: Verdict
    example: tuple[str, ...] = ()
    why: str = ""


def compare(before: Bundle, after: Bundle) -> list[Finding]:
    """For each action, whether `after` can permit what `before` does not, and refuse what it permits."""
    if before.schema != after.schema:
        words = "the schema changes, so that requests before and after are not of one kind"
        return [Finding(question, "", Verdict.UNKNOWN, why=words) for question in ("newly allowed", "newly refused")]
    allowed = _ask_all("newly allowed", after, before.rules, after.rules)
    return [*allowed, *_ask_all("newly refused", after, after.rules, before.rules)]


def narrowing(bundle: Bundle) -> list[Finding]:
    """For each institution and action, whether its rules can permit what the others do not."""
    owners = sorted({rule.owner for rule in bundle.rules if rule.institution is not None})
    return [
        finding
        for owner in owners
        for finding in _ask_all(
            f"widened by {owner}", bundle, [rule for rule in bundle.rules if rule.owner != owner], bundle.rules
        )
    ]


def idle(bundle: Bundle) -> list[Finding]:
    """For each rule, whether there is a request that it is about; one with none says nothing."""
    schema = _schema_of(bundle)
    if isinstance(schema, str):
        return [Finding("applies", "", Verdict.UNKNOWN, why=schema)]
    return [_applies(rule, schema) for rule in bundle.rules]


def _ask_all(question: str, bundle: Bundle, refusing: Sequence[Rule], permitting: Sequence[Rule]) -> list[Finding]:
    """For each action of `bundle`, whether `permitting` can permit what `refusing` does not."""
    schema = _schema_of(bundle)
    if isinstance(schema, str):
        return [Finding(question, "", Verdict.UNKNOWN, why=schema)]
    cedar = cedarpy.Schema.from_str(bundle.schema)

    def confirmed(example: Example) -> bool:
        return example.permitted_by(permitting, cedar) is True and example.permitted_by(refusing, cedar) is False

    def asked(world: World) -> Any:
        return z3.And(permits(world, permitting), z3.Not(permits(world, refusing)))

    return [_ask(question, name, list(_worlds(schema, name)), asked, confirmed) for name in schema.actions]


def _applies(rule: Rule, schema: Schema) -> Finding:
    worlds = [world for name in schema.actions for world in _worlds(schema, name)]
    return _ask("applies", rule.id, worlds, lambda world: applies(world, rule), lambda _: True)


def _ask(
    question: str,
    action: str,
    worlds: Sequence[World],
    asked: Callable[[World], Any],
    confirmed: Callable[[Example], bool],
) -> Finding:
    unknown = ""
    for world in worlds:
        try:
            example = _solve(world, asked(world))
        except (Untranslatable, z3.Z3Exception) as error:
            unknown = str(error) if isinstance(error, Untranslatable) else "the solver failed"
            continue
        if isinstance(example, str):
            unknown = example
        elif example is not None and confirmed(example):
            return Finding(question, action, Verdict.POSSIBLE, example.words())
        elif example is not None:
            unknown = "an example was found that Cedar does not confirm"
    return Finding(question, action, Verdict.UNKNOWN if unknown else Verdict.NEVER, why=unknown)


def _solve(world: World, formula: Any) -> Example | str | None:
    """An example, None when there is none, or why that is not known."""
    solver = z3.Solver(ctx=world.solver_context)
    solver.set("timeout", MILLISECONDS)
    solver.add(formula, *world.bounds())
    outcome = solver.check()
    if outcome == z3.unsat:
        return None
    return Example(world, solver.model()) if outcome == z3.sat else "the solver took too long"


def _worlds(schema: Schema, name: str) -> Iterator[World]:
    action = schema.actions[name]
    return (World(schema, action, one, other) for one in action.principals for other in action.resources)


def _schema_of(bundle: Bundle) -> Schema | str:
    try:
        return read_schema(bundle.schema)
    except UnreadableSchema as error:
        return str(error)
