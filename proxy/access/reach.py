"""Which institutions somebody may ask, and how: decided before any archive is asked, of nothing that it holds."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from policy.engine import Engine
from policy.searches import SearchAction, SearchDecision
from proxy.access.asker import Asker, Named
from proxy.access.facts import Facts
from proxy.resources import InstitutionId
from proxy.settings.archives import Institution


@dataclass(frozen=True, slots=True)
class Reach:
    """The `institutions` that may be asked, and the decisions about all others."""

    institutions: frozenset[InstitutionId]
    refused: Mapping[InstitutionId, SearchDecision] = field(default_factory=dict)

    @property
    def forbidden(self) -> frozenset[InstitutionId]:
        """Those that a rule forbids to ask.

        Of the others no rule says that they may be asked, as is so where they cannot have anything for the caller.
        """
        return frozenset(one for one, decision in self.refused.items() if decision.because)

    @property
    def refusal(self) -> SearchDecision | None:
        """The decision that speaks for those that may not be asked."""
        refusals = self.refused.values()
        return next((one for one in refusals if one.because), next(iter(refusals), None))

    def within(self, only: InstitutionId | None) -> "Reach":
        """As far as it goes in one institution; everywhere for None."""
        if only is None:
            return self
        return Reach(self.institutions & {only}, {one: why for one, why in self.refused.items() if one == only})


def decide_reach(
    engine: Engine, facts: Facts, asker: Asker, named: Named, institutions: Iterable[Institution], moment: datetime
) -> Reach:
    """Ask policy about each of `institutions`; about those that no rule and no fact tells apart, once for all."""
    alike: dict[Hashable, SearchDecision] = {}
    permitted: set[InstitutionId] = set()
    refused: dict[InstitutionId, SearchDecision] = {}
    for one in institutions:
        what = one.id if engine.names(one.id) else "", one.allows_sharing, asker.is_known_at(one)
        if what not in alike:
            alike[what] = engine.decide_search(facts.to_search(asker, SearchAction.SEARCH, named, moment, one))
        if alike[what].permitted:
            permitted.add(InstitutionId(one.id))
        else:
            refused[InstitutionId(one.id)] = alike[what]
    return Reach(frozenset(permitted), refused)
