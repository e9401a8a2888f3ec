"""What policy answers: which capabilities are permitted, because of which rules, under which policy version."""

from dataclasses import dataclass

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
    """

    permitted: frozenset[Capability]
    because: tuple[Reason, ...]
    parameters: dict[str, str]
    policy: str
    errors: int = 0

    def permits(self, capability: Capability) -> bool:
        return capability in self.permitted
