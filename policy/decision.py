"""What policy answers: which capabilities are permitted, because of which rules, under which policy version."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from policy.request import Capability


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that decided: its `@id`, its sentence for officers (`@says`) and for the person asking (`@user_says`)."""

    rule: str
    says: str
    user_says: str


@dataclass(frozen=True, slots=True)
class Decision:
    """All capabilities of one subject over one study, decided together.

    `because` names the rules that decided `view`; `parameters` are the merged `@obligation` values, strictest first;
    `policy` is the content hash of the bundle that decided; `errors` counts rules that failed (any error refuses all).
    `decided_by` names the rules for each capability: those that permit it, or those that forbid it, or none where
    nothing permits it. `grounds` say where facts that decided come from, for officers.
    """

    permitted: frozenset[Capability]
    because: tuple[Reason, ...]
    parameters: dict[str, str]
    policy: str
    errors: int = 0
    decided_by: Mapping[Capability, tuple[Reason, ...]] = field(default_factory=dict)
    grounds: tuple[str, ...] = ()

    def permits(self, capability: Capability) -> bool:
        return capability in self.permitted
