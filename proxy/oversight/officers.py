"""Who looks after labels and consents: officers of the exchange everywhere, those of an institution at their own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.requests import Request

from policy.errors import InvalidBundle
from policy.life.officers import shown_problems, shows
from proxy.access.caller import Caller
from proxy.access.officers import institution_of
from proxy.errors import NotPermitted
from proxy.http.demands import demand_proof
from proxy.http.identity import caller_of
from proxy.settings.archives import Institution


@dataclass(frozen=True, slots=True)
class Officer:
    """`institution` is the only one that the officer answers for; None for all and the exchange itself."""

    caller: Caller
    institution: str | None

    def answers_for(self, institution: str) -> bool:
        return self.institution in {None, institution}

    def is_shown(self, path: str) -> bool:
        """Whether this officer may read what a file of the policy says: the exchange's, and the own part."""
        return shows(self.institution, path)

    def told(self, error: InvalidBundle) -> str:
        """What is wrong with a policy, as far as it is in the part that this officer is shown."""
        return "; ".join(map(str, shown_problems(self.institution, error.problems)))


@dataclass(frozen=True, slots=True)
class Officers:
    """`suspended` says of an account whether it is; `scopes` are the institutions of officers who are named for one."""

    institutions: Sequence[Institution]
    suspended: Callable[[str], bool]
    scopes: Mapping[str, str | None] = field(default_factory=dict)

    async def reading(self, request: Request) -> Officer:
        """Whoever asks, as an officer. Raises `NotPermitted`."""
        return self._officer(await caller_of(request))

    async def changing(self, request: Request) -> Officer:
        """Like `reading`, for what changes something: no other site may have sent it, and no thief."""
        return self._officer(await demand_proof(request))

    def _officer(self, caller: Caller) -> Officer:
        if self.suspended(caller.subject):
            raise NotPermitted("only officers see and decide this")
        return Officer(caller, institution_of(caller, self.scopes, self.institutions))
