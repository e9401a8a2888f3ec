"""The engine seam and Cedar behind it: deny by default, forbid outranks permit, and whatever errs refuses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
import json
from typing import Protocol

import cedarpy

from policy.bundle import Bundle
from policy.capabilities import Parameter, strictest
from policy.decision import Decision, Reason
from policy.entities import Entity, asked_of, require_complete, to_entities, to_queries
from policy.errors import IncompleteFacts
from policy.request import AccessRequest, Capability
from policy.rule import Rule

ALL_CAPABILITIES = tuple(Capability)


class Engine(Protocol):
    """Whatever answers access requests. It knows no clock and does no I/O."""

    @property
    def version(self) -> str:
        """What decisions rest on: two engines of one version decide alike."""
        ...

    def decide(self, request: AccessRequest, capabilities: Sequence[Capability] = ALL_CAPABILITIES) -> Decision:
        """Decide `capabilities` together; those that are not asked about count as refused."""
        ...


@dataclass(frozen=True, slots=True)
class _Slice:
    """The rules that can reach one institution's studies, the exchange's and its own, with what each one says."""

    policies: cedarpy.PolicySet
    reasons: Mapping[str, Reason]
    parameters: Mapping[str, Mapping[Parameter, int]]


class CedarEngine:
    """Decides with a bundle that is parsed once.

    Three rules keep Cedar's answer safe. A rule that errs is skipped by Cedar even if it forbids, so any error refuses
    everything; facts are checked to be complete before anything is asked; and nothing is parsed for each request but
    the request's own facts.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._schema = cedarpy.Schema.from_str(bundle.schema)
        self._roles = bundle.vocabulary.get("Role", frozenset())
        owners = {rule.institution for rule in bundle.rules} - {None}
        self._exchange = _to_slice(rule for rule in bundle.rules if rule.institution is None)
        self._slices = {
            owner: _to_slice(rule for rule in bundle.rules if rule.institution in {None, owner}) for owner in owners
        }

    @property
    def version(self) -> str:
        return self._bundle.hash

    @property
    def bundle(self) -> Bundle:
        """The bundle in force, for whoever shows it to officers."""
        return self._bundle

    def decide(self, request: AccessRequest, capabilities: Sequence[Capability] = ALL_CAPABILITIES) -> Decision:
        """Decide `capabilities` together. Facts that policy cannot read are refused, never guessed."""
        entities = to_entities(request, self._roles)
        try:
            require_complete(entities, asked_of(request), self._bundle.vocabulary)
            return self._ask(request, entities, capabilities)
        except (IncompleteFacts, ValueError, OverflowError, OSError):  # OSError: a moment beyond the calendar
            return self._refuse_all(errors=1)

    def _ask(self, request: AccessRequest, entities: list[Entity], capabilities: Sequence[Capability]) -> Decision:
        part = self._slices.get(request.study.institution, self._exchange)
        results = cedarpy.is_authorized_batch(
            to_queries(request, capabilities),
            part.policies,
            cedarpy.Entities.from_json_str(json.dumps(entities), schema=self._schema),
            schema=self._schema,
        )
        errors = sum(len(result.diagnostics.errors) for result in results)
        if errors:
            return self._refuse_all(errors)
        permitted = frozenset(one for one, result in zip(capabilities, results, strict=True) if result.allowed)
        rules = [sorted(result.diagnostics.reasons) for result in results]
        decided_by = {
            one: tuple(part.reasons[rule] for rule in by) for one, by in zip(capabilities, rules, strict=True)
        }
        parameters = strictest(part.parameters[rule] for by in rules for rule in by)
        return Decision(
            permitted,
            decided_by.get(Capability.VIEW, ()),
            {name.value: str(value) for name, value in parameters.items()},
            self.version,
            decided_by=decided_by,
        )

    def _refuse_all(self, errors: int) -> Decision:
        return Decision(frozenset(), (), {}, self.version, errors)


def _to_slice(rules: Iterable[Rule]) -> _Slice:
    """Parse rules under their own ids, so that Cedar names them as officers do."""
    by_id = {rule.id: rule for rule in rules}
    document = {
        "staticPolicies": {name: rule.body for name, rule in by_id.items()},
        "templates": {},
        "templateLinks": [],
    }
    return _Slice(
        cedarpy.PolicySet.from_json_str(json.dumps(document)),
        {name: rule.reason for name, rule in by_id.items()},
        {name: rule.parameters for name, rule in by_id.items()},
    )
