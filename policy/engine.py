"""The engine seam and Cedar behind it: deny by default, forbid outranks permit, and whatever errs refuses."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
import json
from typing import Protocol

import cedarpy

from policy.bundle import Bundle
from policy.capabilities import Parameter, strictest
from policy.decision import Decision, Reason
from policy.entities import (
    Entity,
    asked_of,
    require_complete,
    searched_by,
    to_entities,
    to_queries,
    to_search_entities,
    to_search_query,
)
from policy.errors import IncompleteFacts
from policy.likeness import Likeness
from policy.request import AccessRequest, Capability
from policy.rule import Rule, to_policy_set
from policy.searches import SearchDecision, SearchRequest
from policy.together import Answer, Reach, Together, are_alike, read_reach, to_together

ALL_CAPABILITIES = tuple(Capability)

_REMEMBERED = 4096
"""Decisions of one moment; those of the second before are asked for by nobody."""

_PARSED = 4
"""Bundles: the one in force, and those that it is compared with."""


class Engine(Protocol):
    """Whatever answers access requests. It knows no clock and does no I/O."""

    @property
    def version(self) -> str:
        """What decisions rest on: two engines of one version decide alike."""
        ...

    def decide(self, request: AccessRequest, capabilities: Sequence[Capability] = ALL_CAPABILITIES) -> Decision:
        """Decide `capabilities` together; those that are not asked about count as refused."""
        ...

    def decide_search(self, request: SearchRequest) -> SearchDecision:
        """Decide whether a search may be made, before anybody is asked."""
        ...

    def names(self, institution: str) -> bool:
        """Whether some rule tells `institution` apart from others by its name."""
        ...


@dataclass(frozen=True, slots=True)
class _Slice:
    """The rules that can reach one institution's studies, the exchange's and its own, with what each one says."""

    owner: str | None
    policies: cedarpy.PolicySet
    together: Together | None
    reasons: Mapping[str, Reason]
    parameters: Mapping[str, Mapping[Parameter, int]]
    likeness: Likeness


class CedarEngine:
    """Decides with a bundle that is parsed once.

    Three rules keep Cedar's answer safe. A rule that errs is skipped by Cedar even if it forbids, so any error refuses
    everything; facts are checked to be complete before anything is asked; and nothing is parsed for each request but
    the request's own facts. All capabilities are asked about at once, by `policy.together`.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._schema = cedarpy.Schema.from_str(bundle.schema)
        self._roles = bundle.vocabulary.get("Role", frozenset())
        self._slices = _to_slices(bundle)
        self._exchange = self._slices[None]
        self._named = frozenset(self._slices) | {name for rule in bundle.rules for name in rule.institutions}
        self._decided: dict[Hashable, Decision] = {}

    @property
    def version(self) -> str:
        return self._bundle.hash

    @property
    def bundle(self) -> Bundle:
        """The bundle in force, for whoever shows it to officers."""
        return self._bundle

    def decide(self, request: AccessRequest, capabilities: Sequence[Capability] = ALL_CAPABILITIES) -> Decision:
        """Decide `capabilities` together. Facts that policy cannot read are refused, never guessed.

        Requests with the same facts, but for what no rule can tell apart, are one question, which is decided once.
        """
        part = self._slices.get(request.study.institution, self._exchange)
        typical = part.likeness.typical(request)
        question = part.owner, typical, tuple(capabilities)
        decision = self._decided.get(question)
        if decision is None:
            decision = self._decide(part, typical, capabilities)
            if len(self._decided) >= _REMEMBERED:
                self._decided.clear()
            self._decided[question] = decision
        return decision

    def _decide(self, part: _Slice, request: AccessRequest, capabilities: Sequence[Capability]) -> Decision:
        entities = to_entities(request, self._roles)
        try:
            require_complete(entities, asked_of(request), self._bundle.vocabulary)
            return self._ask(part, request, entities, capabilities)
        except (IncompleteFacts, ValueError, OverflowError, OSError):  # OSError: a moment beyond the calendar
            return self._refuse_all(errors=1)

    def names(self, institution: str) -> bool:
        return institution in self._named

    def decide_search(self, request: SearchRequest) -> SearchDecision:
        """Decide by the rules that reach the institution. Facts that policy cannot read are refused, never guessed."""
        entities = to_search_entities(request, self._roles)
        part = self._slices.get(request.institution, self._exchange)
        try:
            require_complete(entities, searched_by(request), self._bundle.vocabulary)
            result = cedarpy.is_authorized(
                to_search_query(request),
                part.policies,
                cedarpy.Entities.from_json_str(json.dumps(entities), schema=self._schema),
                schema=self._schema,
            )
        except (IncompleteFacts, ValueError, OverflowError, OSError):
            return SearchDecision(permitted=False, because=(), policy=self.version, errors=1)
        errors = len(result.diagnostics.errors)
        because = tuple(part.reasons[rule] for rule in sorted(result.diagnostics.reasons)) if not errors else ()
        return SearchDecision(result.allowed and not errors, because, self.version, errors)

    def _ask(
        self, part: _Slice, request: AccessRequest, entities: list[Entity], capabilities: Sequence[Capability]
    ) -> Decision:
        """Ask about all at once, and where that cannot be or a rule fails, about each."""
        facts = cedarpy.Entities.from_json_str(json.dumps(entities), schema=self._schema)
        if part.together is not None:
            queries = to_queries(request, [Capability.VIEW])
            (result,) = cedarpy.is_authorized_batch(queries, part.together.policies, facts, schema=self._schema)
            if not result.diagnostics.errors:
                held = result.diagnostics.reasons
                return self._conclude(part, {one: part.together.answer(one, held) for one in capabilities})
        queries = to_queries(request, capabilities)
        results = cedarpy.is_authorized_batch(queries, part.policies, facts, schema=self._schema)
        errors = sum(len(result.diagnostics.errors) for result in results)
        if errors:
            return self._refuse_all(errors)
        answers = [Answer(result.allowed, result.diagnostics.reasons) for result in results]
        return self._conclude(part, dict(zip(capabilities, answers, strict=True)))

    def _conclude(self, part: _Slice, answers: Mapping[Capability, Answer]) -> Decision:
        decided_by = {
            one: tuple(part.reasons[rule] for rule in sorted(answer.rules)) for one, answer in answers.items()
        }
        parameters = strictest(part.parameters[rule] for answer in answers.values() for rule in answer.rules)
        return Decision(
            frozenset(one for one, answer in answers.items() if answer.permitted),
            decided_by.get(Capability.VIEW, ()),
            {name.value: str(value) for name, value in parameters.items()},
            self.version,
            decided_by=decided_by,
        )

    def _refuse_all(self, errors: int) -> Decision:
        return Decision(frozenset(), (), {}, self.version, errors)


@lru_cache(_PARSED)
def _to_slices(bundle: Bundle) -> Mapping[str | None, _Slice]:
    """The rules of `bundle` by the institution that they can reach, and at None those that reach every other."""
    schema = cedarpy.Schema.from_str(bundle.schema)
    reach = read_reach(bundle.rules, schema) if are_alike(schema) else None
    owners = {None} | {rule.institution for rule in bundle.rules}
    return {
        owner: _to_slice(owner, [rule for rule in bundle.rules if rule.institution in {None, owner}], reach)
        for owner in owners
    }


def _to_slice(owner: str | None, rules: Sequence[Rule], reach: Reach | None) -> _Slice:
    return _Slice(
        owner,
        to_policy_set(rules),
        to_together(rules, reach) if reach is not None else None,
        {rule.id: rule.reason for rule in rules},
        {rule.id: rule.parameters for rule in rules},
        Likeness(rules),
    )
